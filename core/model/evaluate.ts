// Judging a bundle on the rows that its split holds out: predicted batch by batch, measured in float64.
import { ArgumentError } from "@millrace/kernels";
import type { Bundle } from "../bundle/bundle.ts";
import type { Device } from "../device/device.ts";
import type { Confusion } from "../validate/classification.ts";
import { countClasses, type Figure, type JudgedRows, judge, metricsOf, usualMetrics } from "../validate/judge.ts";
import type { ClassLabel } from "../validate/label-codes.ts";
import { clusteringMetricTable } from "../validate/metric/clustering-table.ts";
import type { MetricSpecification } from "../validate/metric/table.ts";
import { type HeldOutRows, readPartition } from "../validate/partition.ts";
import { encodeMatrix } from "./encode-matrix.ts";
import type { EstimatorTask } from "./estimator.ts";
import type { Answers } from "./fit-matrix.ts";
import { UsageMeter } from "./usage.ts";

export interface Evaluation {
  /** A metric that the held-out rows do not allow (ROC AUC where a class is missing) is left out. */
  readonly figures: readonly Figure[];
  readonly confusion: Confusion;
}

/** Rows whose distances are measured: all pairs of them are. */
const mostDistances = 2000;

/** Features of held-out rows, evenly chosen where there are many. */
const someFeatures = async (bundle: Bundle, rows: HeldOutRows, device: Device): Promise<JudgedRows["features"]> => {
  const meter = new UsageMeter(device.name, undefined);
  const { x } = await encodeMatrix(bundle.pipeline, rows, device, meter, () => {});
  const count = Math.min(x.rows, mostDistances);
  const places = Uint32Array.from({ length: count }, (_, at) => Math.floor((at * x.rows) / count));
  const data = new Float32Array(count * x.columns);
  places.forEach((place, at) => {
    data.set(x.data.subarray(place * x.columns, (place + 1) * x.columns), at * x.columns);
  });
  return { places, rows: { rows: count, columns: x.columns, data } };
};

/** Puts answers behind those of the chunks before; the model does not give those that have no place. */
const keep = <Values extends Float32Array | Int32Array>(all: Values, own: Values, offset: number): void => {
  if (all.length > 0) all.set(own, offset);
};

const bundleAnswers = ({ graph }: Bundle, name: string): boolean => Object.hasOwn(graph.outputs, name);

const isOfDistances = ({ kind }: MetricSpecification): boolean =>
  Object.entries(clusteringMetricTable).some(([name, own]) => name === kind && own.beside === "features");

/**
 * Predicts the held-out rows and measures the answers.
 * @throws as Bundle.predict, naming the row of the source; ArgumentError for a metric's choice that makes no sense
 */
export const evaluateBundle = async (
  bundle: Bundle,
  rows: HeldOutRows,
  answers: Answers,
  options: {
    readonly device: Device;
    readonly metrics: readonly MetricSpecification[];
    readonly positive?: ClassLabel | undefined;
    readonly signal?: AbortSignal | undefined;
    readonly onChunk: (rows: number) => void | Promise<void>;
  },
): Promise<Evaluation> => {
  const { task, classes, inputs } = bundle.signature;
  const { device, signal, metrics } = options;
  const count = rows.rowCount;
  const wide = count * classes.length;
  const known = answers.codes !== undefined;
  const classCount = answers.classes.length;
  const judged = {
    truth: new Int32Array(known ? count : 0),
    target: new Float64Array(answers.target ? count : 0),
    labels: new Int32Array(classes.length > 0 ? count : 0),
    probabilities: new Float32Array(bundleAnswers(bundle, "probabilities") ? wide : 0),
    prediction: new Float32Array(bundleAnswers(bundle, "prediction") ? count : 0),
    cluster: new Int32Array(bundleAnswers(bundle, "cluster") ? count : 0),
    score: new Float32Array(bundleAnswers(bundle, "score") ? (task === "classification" ? wide : count) : 0),
  };
  let offset = 0;
  const names = inputs.map((input) => input.name);
  for await (const { chunk, rowIndices } of readPartition(rows, names)) {
    const predicted = await bundle.predict(chunk, { device, signal, rowNumbers: rowIndices });
    keep(judged.probabilities, predicted.probabilities, offset * classes.length);
    keep(judged.score, predicted.score, offset * (task === "classification" ? classes.length : 1));
    keep(judged.prediction, predicted.prediction, offset);
    keep(judged.cluster, predicted.cluster, offset);
    keep(judged.labels, predicted.labels, offset);
    rowIndices.forEach((row, i) => {
      if (answers.target) judged.target[offset + i] = answers.target[row] ?? Number.NaN;
      if (answers.codes) judged.truth[offset + i] = answers.codes[row] ?? 0;
    });
    offset += rowIndices.length;
    await options.onChunk(rowIndices.length);
  }
  const positive = options.positive === undefined ? undefined : answers.classes.indexOf(options.positive);
  const features =
    count > 0 && task === "clustering" && metrics.some(isOfDistances)
      ? await someFeatures(bundle, rows, device)
      : undefined;
  const { truth, ...rest } = judged;
  const whole: JudgedRows = { ...rest, task, classCount, positive, features, truth: known ? truth : undefined };
  const counts = countClasses(truth, judged.labels, classes.length);
  return { figures: count > 0 ? judge(whole, metrics) : [], confusion: { classes, counts } };
};

/**
 * The metrics that a fit reports, those of its task that are usual if none are named.
 * @throws ArgumentError naming one that the task does not have
 */
export const checkMetrics = (
  task: EstimatorTask,
  named: readonly (MetricSpecification["kind"] | MetricSpecification)[] | undefined,
): readonly MetricSpecification[] => {
  const metrics = (named ?? usualMetrics(task)).map((own) => (typeof own === "string" ? { kind: own } : own));
  const known = metricsOf(task);
  const odd = metrics.find(({ kind }) => !known.includes(kind));
  if (odd !== undefined)
    throw new ArgumentError(`there is no metric "${odd.kind}" of ${task}; there are ${known.join(", ") || "none"}`);
  return metrics;
};
