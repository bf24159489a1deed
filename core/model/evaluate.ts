// Judging a bundle on the rows that its split holds out: predicted batch by batch, measured in float64.
import { ArgumentError } from "@millrace/kernels";
import type { Bundle } from "../bundle/bundle.ts";
import type { Device } from "../device/device.ts";
import { averageOfClasses, type Confusion, classFigures } from "../validate/classification.ts";
import type { ClassLabel } from "../validate/label-codes.ts";
import { type HeldOutRows, readPartition } from "../validate/partition.ts";
import { logLoss, rocAuc } from "../validate/probability.ts";
import { type MetricName, metricNames } from "./metric-name.ts";

export interface Evaluation {
  /** A metric that the held-out rows do not allow (ROC AUC where a class is missing) is left out. */
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
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

/**
 * Predicts the held-out rows and measures the answers.
 * @throws as Bundle.predict, naming the row of the source
 */
export const evaluateBundle = async (
  bundle: Bundle,
  rows: HeldOutRows,
  labelCodes: Int32Array,
  options: {
    readonly device: Device;
    readonly metrics: readonly MetricName[];
    readonly positive?: ClassLabel | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onChunk: (rows: number) => void | Promise<void>;
  },
): Promise<Evaluation> => {
  const { classes, inputs } = bundle.signature;
  const truth = new Int32Array(rows.rowCount);
  const probabilities = new Float32Array(rows.rowCount * classes.length);
  const counts = new Float64Array(classes.length ** 2);
  let offset = 0;
  const names = inputs.map((input) => input.name);
  for await (const { chunk, rowIndices } of readPartition(rows, names)) {
    const { device, signal } = options;
    const predicted = await bundle.predict(chunk, { device, signal, rowNumbers: rowIndices });
    probabilities.set(predicted.probabilities, offset * classes.length);
    rowIndices.forEach((row, i) => {
      const code = labelCodes[row] ?? 0;
      truth[offset + i] = code;
      const at = code * classes.length + (predicted.labels[i] ?? 0);
      counts[at] = (counts[at] ?? 0) + 1;
    });
    offset += rowIndices.length;
    await options.onChunk(rowIndices.length);
  }
  const confusion = { classes, counts };
  const scores: Scores = { classes, truth, probabilities, confusion, positive: options.positive };
  const metrics: Partial<Record<MetricName, number>> = {};
  for (const name of options.metrics) {
    const value = rows.rowCount > 0 ? metricOf[name](scores) : undefined;
    if (value !== undefined) metrics[name] = value;
  }
  return { metrics, confusion };
};

/** Checks names of metrics. @throws ArgumentError naming one that is not known */
export const checkMetrics = (names: readonly string[]): readonly MetricName[] =>
  names.map((name) => {
    const known = metricNames.find((own) => own === name);
    if (!known) throw new ArgumentError(`there is no metric "${name}"; there are ${metricNames.join(", ")}`);
    return known;
  });
