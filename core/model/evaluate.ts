// Judging a bundle on the rows that its split holds out: predicted batch by batch, measured in float64.
import { ArgumentError } from "@millrace/kernels";
import type { Bundle } from "../bundle/bundle.ts";
import type { Device } from "../device/device.ts";
import { averageOfClasses, type Confusion, classFigures } from "../validate/classification.ts";
import { LabelError, MetricError } from "../validate/error.ts";
import type { ClassLabel } from "../validate/label-codes.ts";
import { measure, metricNamesOf } from "../validate/metric/bound-metric.ts";
import { type HeldOutRows, readPartition } from "../validate/partition.ts";
import { logLoss, rocAuc } from "../validate/probability.ts";
import type { EstimatorTask } from "./estimator.ts";
import type { Answers } from "./fit-matrix.ts";
import { type EvaluationMetricName, type MetricName, metricNames } from "./metric-name.ts";

export interface Evaluation {
  /** A metric that the held-out rows do not allow (ROC AUC where a class is missing) is left out. */
  readonly metrics: Readonly<Partial<Record<EvaluationMetricName, number>>>;
  readonly confusion: Confusion;
}

interface Scores {
  readonly classes: readonly ClassLabel[];
  /** Class codes of the truth. */
  readonly truth: Int32Array;
  /** [rows, classes] as the model gave them. */
  readonly probabilities: Float32Array;
  readonly confusion: Confusion;
  readonly positive: ClassLabel | undefined;
}

const figure =
  (name: keyof typeof classFigures) =>
  ({ confusion, positive, classes }: Scores): number =>
    averageOfClasses(confusion, classFigures[name], {
      average: classes.length === 2 ? "binary" : "macro",
      ...(positive === undefined ? {} : { positive }),
    });

const codesAsClasses = (scores: Scores): readonly number[] => scores.classes.map((_, code) => code);

const metricOf: Readonly<Record<MetricName, (scores: Scores) => number | undefined>> = {
  accuracy: ({ confusion: { classes, counts } }) => {
    const right = counts.reduce((sum, count, at) => (at % (classes.length + 1) === 0 ? sum + count : sum), 0);
    return right / counts.reduce((sum, count) => sum + count, 0);
  },
  precision: figure("precision"),
  recall: figure("recall"),
  f1: figure("f1"),
  rocAuc: (scores) => {
    const present = new Set(scores.truth);
    if (present.size < scores.classes.length) return undefined;
    const positive = scores.positive === undefined ? undefined : scores.classes.indexOf(scores.positive);
    return rocAuc(scores.truth, scores.probabilities, {
      classes: codesAsClasses(scores),
      ...(positive === undefined ? {} : { positive }),
    });
  },
  logLoss: (scores) => logLoss(scores.truth, scores.probabilities, { classes: codesAsClasses(scores) }),
};

/** The metrics of a task that are reported when none are named. */
const metricsOfTask: Readonly<Record<EstimatorTask, readonly EvaluationMetricName[]>> = {
  classification: metricNames,
  regression: ["rootMeanSquaredError", "meanAbsoluteError", "r2"],
  ranking: [],
  clustering: [],
  outlierDetection: [],
};

/** Answers of the held-out rows, as they come. */
interface Judged {
  readonly truth: Int32Array;
  readonly target: Float64Array;
  readonly labels: Int32Array;
  readonly probabilities: Float32Array;
  readonly margins: Float32Array;
  readonly prediction: Float32Array;
}

/** Puts answers behind those of the chunks before; the model does not give those that have no place. */
const keep = <Values extends Float32Array | Int32Array>(all: Values, own: Values, offset: number): void => {
  if (all.length > 0) all.set(own, offset);
};

/** What a metric may not have, it goes without: a class without rows, scores where there are none. */
const measured = (
  name: EvaluationMetricName,
  judged: Judged,
  classes: number,
  positive?: number,
): number | undefined => {
  const { truth, target, labels, probabilities, margins, prediction } = judged;
  const codes = Array.from({ length: classes }, (_, code) => code);
  try {
    return classes > 0
      ? measure(
          name,
          {
            truth,
            predictions: labels,
            ...(probabilities.length > 0 ? { probabilities } : {}),
            ...(margins.length > 0 ? { scores: margins } : {}),
          },
          { classes: codes, positive },
        )
      : measure(name, { truth: target, predictions: prediction });
  } catch (error) {
    if (error instanceof LabelError || error instanceof MetricError) return undefined;
    throw error;
  }
};

/**
 * Predicts the held-out rows and measures the answers.
 * @throws as Bundle.predict, naming the row of the source; ArgumentError for a metric of another task
 */
export const evaluateBundle = async (
  bundle: Bundle,
  rows: HeldOutRows,
  answers: Answers,
  options: {
    readonly device: Device;
    readonly metrics?: readonly EvaluationMetricName[] | undefined;
    readonly positive?: ClassLabel | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onChunk: (rows: number) => void | Promise<void>;
  },
): Promise<Evaluation> => {
  const { task, classes, inputs } = bundle.signature;
  const count = rows.rowCount;
  const wide = count * classes.length;
  const judged: Judged = {
    truth: new Int32Array(count),
    target: new Float64Array(count),
    labels: new Int32Array(classes.length > 0 ? count : 0),
    probabilities: new Float32Array(bundleAnswers(bundle, "probabilities") ? wide : 0),
    margins: new Float32Array(task === "classification" && bundleAnswers(bundle, "score") ? wide : 0),
    prediction: new Float32Array(bundleAnswers(bundle, "prediction") ? count : 0),
  };
  const counts = new Float64Array(classes.length ** 2);
  let offset = 0;
  const names = inputs.map((input) => input.name);
  for await (const { chunk, rowIndices } of readPartition(rows, names)) {
    const { device, signal } = options;
    const predicted = await bundle.predict(chunk, { device, signal, rowNumbers: rowIndices });
    keep(judged.probabilities, predicted.probabilities, offset * classes.length);
    keep(judged.margins, predicted.score, offset * classes.length);
    keep(judged.prediction, predicted.prediction, offset);
    keep(judged.labels, predicted.labels, offset);
    rowIndices.forEach((row, i) => {
      judged.target[offset + i] = answers.target?.[row] ?? Number.NaN;
      const code = answers.codes?.[row] ?? 0;
      judged.truth[offset + i] = code;
      const at = code * classes.length + (predicted.labels[i] ?? 0);
      if (classes.length > 0) counts[at] = (counts[at] ?? 0) + 1;
    });
    offset += rowIndices.length;
    await options.onChunk(rowIndices.length);
  }
  const confusion = { classes, counts };
  const scores: Scores = { ...judged, classes, confusion, positive: options.positive };
  const positive = options.positive === undefined ? undefined : classes.indexOf(options.positive);
  const metrics: Partial<Record<EvaluationMetricName, number>> = {};
  for (const name of count > 0 ? (options.metrics ?? metricsOfTask[task]) : []) {
    const own = metricNames.find((known) => known === name);
    const value =
      own && (judged.probabilities.length > 0 || (own !== "rocAuc" && own !== "logLoss"))
        ? metricOf[own](scores)
        : measured(name, judged, classes.length, positive);
    if (value !== undefined) metrics[name] = value;
  }
  return { metrics, confusion };
};

const bundleAnswers = ({ graph }: Bundle, name: string): boolean => Object.hasOwn(graph.outputs, name);

/** Checks names of metrics against a task. @throws ArgumentError naming one that it does not have */
export const checkMetrics = (task: EstimatorTask, names: readonly string[]): void => {
  const known: readonly string[] = task === "classification" || task === "regression" ? metricNamesOf(task) : [];
  const odd = names.find((name) => !known.includes(name));
  if (odd !== undefined)
    throw new ArgumentError(`there is no metric "${odd}" of ${task}; there are ${known.join(", ") || "none"}`);
};
