// What a model said of some rows, judged for any task: each metric beside what would be had for nothing on the same rows.
import { ArgumentError } from "@millrace/kernels";
import type { EstimatorTask } from "../model/estimator.ts";
import {
  type ClusteringMetricName,
  type EvaluationMetricName,
  type MetricName,
  metricNames,
} from "../model/metric-name.ts";
import { averageOfClasses, type Confusion, classFigures } from "./classification.ts";
import type { ClusteredRows } from "./clustering.ts";
import { LabelError, MetricError } from "./error.ts";
import { type MetricChoices, type MetricData, measure, metricNamesOf } from "./metric/bound-metric.ts";
import { clusteringMetricTable } from "./metric/clustering-table.ts";
import type { MetricSpecification } from "./metric/table.ts";
import { logLoss, rocAuc } from "./probability.ts";

/** Rows and what a model said of them, as Bundle.predict gives it; what its task does not speak of is empty. */
export interface JudgedRows {
  readonly task: EstimatorTask;
  /** How many classes `truth` counts; 0 where no class is known. */
  readonly classCount: number;
  /** Of two classes the code that figures speak of; the last if absent. */
  readonly positive?: number | undefined;
  /** The class of each row; of clusters and outliers where one is known, to judge by. */
  readonly truth?: Int32Array | undefined;
  /** Regression: the quantity of each row. */
  readonly target?: Float64Array | undefined;
  readonly labels: Int32Array;
  /** [rows, classes]. */
  readonly probabilities: Float32Array;
  readonly prediction: Float32Array;
  readonly cluster: Int32Array;
  /** How unusual each row is; of a classifier [rows, classes] margins. */
  readonly score: Float32Array;
  /** Some of the rows with their features, for metrics of distances: [place of each among all rows, its features]. */
  readonly features?: { readonly places: ArrayLike<number>; readonly rows: ClusteredRows } | undefined;
}

/** A metric of some rows. */
export interface Figure {
  readonly metric: MetricSpecification;
  readonly value: number;
  /**
   * What the best constant gets on the same rows: of classes their shares (and so the most frequent one, and scores that are
   * all equal); of a quantity its mean, median or quantile; of clusters a single one. Undefined where that has no value.
   */
  readonly base: number | undefined;
}

/** What the rows do not allow (a class without rows, a logarithm of a negative number) has no value. */
const measured = (take: () => number): number | undefined => {
  try {
    const value = take();
    return Number.isNaN(value) ? undefined : value;
  } catch (error) {
    if (error instanceof LabelError || error instanceof MetricError) return undefined;
    throw error;
  }
};

/** Counts of true and predicted class, [classes, classes]. */
export const countClasses = (truth: Int32Array, labels: Int32Array, classCount: number): Float64Array => {
  const counts = new Float64Array(classCount ** 2);
  truth.forEach((code, row) => {
    const at = code * classCount + (labels[row] ?? 0);
    counts[at] = (counts[at] ?? 0) + 1;
  });
  return counts;
};

interface ClassScores extends JudgedRows {
  readonly truth: Int32Array;
  readonly codes: readonly number[];
  readonly confusion: Confusion;
}

const share =
  (name: keyof typeof classFigures) =>
  ({ confusion, positive, classCount }: ClassScores): number =>
    averageOfClasses(confusion, classFigures[name], {
      average: classCount === 2 ? "binary" : "macro",
      ...(positive === undefined ? {} : { positive }),
    });

/** The common ones without the table's bookkeeping: by counts of classes, or one pass. */
const direct: Readonly<Record<MetricName, (scores: ClassScores) => number>> = {
  accuracy: ({ confusion: { counts }, classCount }) =>
    counts.reduce((sum, count, at) => (at % (classCount + 1) === 0 ? sum + count : sum), 0) /
    counts.reduce((sum, count) => sum + count, 0),
  precision: share("precision"),
  recall: share("recall"),
  f1: share("f1"),
  rocAuc: ({ truth, probabilities, codes, positive }) =>
    new Set(truth).size < codes.length
      ? Number.NaN
      : rocAuc(truth, probabilities, { classes: codes, ...(positive === undefined ? {} : { positive }) }),
  logLoss: ({ truth, probabilities, codes }) => logLoss(truth, probabilities, { classes: codes }),
};

const isPlain = ({ kind, ...choices }: MetricSpecification): boolean =>
  Object.values(choices).every((choice) => choice === undefined);

const named = (kind: MetricSpecification["kind"]): EvaluationMetricName => {
  const own = metricNamesOf().find((name) => name === kind);
  if (!own) throw new ArgumentError(`there is no metric "${kind}" of classes or quantities`);
  return own;
};

/** Classes in their shares, one row a class: what the best constant answers. */
const constantClasses = ({ codes, confusion, classCount, score, labels }: ClassScores): MetricData => {
  const weights = codes.map((code) =>
    confusion.counts.slice(code * classCount, (code + 1) * classCount).reduce((sum, count) => sum + count, 0),
  );
  const shares = weights.map((weight) => weight / Math.max(1, labels.length));
  const mode = weights.indexOf(Math.max(...weights));
  return {
    truth: [...codes],
    predictions: codes.map(() => mode),
    probabilities: codes.flatMap(() => shares),
    ...(score.length > 0 ? { scores: codes.flatMap(() => codes.map(() => 0)) } : {}),
    weights,
  };
};

const judgeClasses = (rows: JudgedRows, metrics: readonly MetricSpecification[]): Figure[] => {
  const { truth, labels, probabilities, score, classCount, positive } = rows;
  if (!truth) return [];
  const codes = Array.from({ length: classCount }, (_, code) => code);
  const scores = {
    ...rows,
    truth,
    codes,
    confusion: { classes: codes, counts: countClasses(truth, labels, classCount) },
  };
  const data: MetricData = {
    truth,
    predictions: labels,
    ...(probabilities.length > 0 ? { probabilities } : {}),
    ...(score.length > 0 ? { scores: score } : {}),
  };
  const constant = constantClasses(scores);
  return metrics.flatMap((metric): Figure[] => {
    const { kind, ...choices } = metric;
    const options: MetricChoices = { ...choices, classes: codes, positive };
    const own = isPlain(metric) && metricNames.find((name) => name === kind);
    const fast = own && (probabilities.length > 0 || (own !== "rocAuc" && own !== "logLoss"));
    const value = measured(() => (fast ? direct[own](scores) : measure(named(kind), data, options)));
    if (value === undefined) return [];
    return [{ metric, value, base: measured(() => measure(named(kind), constant, options)) }];
  });
};

const quantileOf = (values: Float64Array, part: number): number => {
  const sorted = values.slice().sort();
  const place = part * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  return low + ((sorted[Math.ceil(place)] ?? low) - low) * (place - Math.floor(place));
};

/** The constant that a metric of quantities likes best, or the mean. */
const constantOf = ({ kind, quantile = 0.5 }: MetricSpecification, target: Float64Array): number => {
  if (kind === "meanAbsoluteError" || kind === "medianAbsoluteError") return quantileOf(target, 0.5);
  if (kind === "pinball") return quantileOf(target, quantile);
  return target.reduce((sum, value) => sum + value, 0) / target.length;
};

const judgeQuantities = ({ target, prediction }: JudgedRows, metrics: readonly MetricSpecification[]): Figure[] =>
  metrics.flatMap((metric): Figure[] => {
    if (!target || target.length === 0) return [];
    const { kind, ...choices } = metric;
    const value = measured(() => measure(named(kind), { truth: target, predictions: prediction }, choices));
    if (value === undefined) return [];
    const constant = new Float64Array(target.length).fill(constantOf(metric, target));
    const base = measured(() => measure(named(kind), { truth: target, predictions: constant }, choices));
    return [{ metric, value, base }];
  });

const isClustering = (name: string): name is ClusteringMetricName => Object.hasOwn(clusteringMetricTable, name);

const judgeClusters = ({ truth, cluster, features }: JudgedRows, metrics: readonly MetricSpecification[]): Figure[] =>
  metrics.flatMap((metric): Figure[] => {
    if (!isClustering(metric.kind)) return [];
    const own = clusteringMetricTable[metric.kind];
    if (own.beside === "classes") {
      if (!truth) return [];
      const value = measured(() => own.measure(truth, cluster));
      const base = measured(() => own.measure(truth, new Int32Array(truth.length)));
      return value === undefined ? [] : [{ metric, value, base }];
    }
    if (!features) return [];
    const clusters = Int32Array.from(features.places, (place) => cluster[place] ?? -1);
    const value = measured(() => own.measure(features.rows, clusters));
    return value === undefined ? [] : [{ metric, value, base: undefined }];
  });

const judgeOutliers = (rows: JudgedRows, metrics: readonly MetricSpecification[]): Figure[] => {
  const { truth, score, positive = 1 } = rows;
  if (!truth || rows.classCount !== 2) return [];
  const data = { truth, probabilities: positive === 1 ? score : score.map((own) => 1 - own) };
  const even = { truth, probabilities: new Float32Array(truth.length).fill(0.5) };
  return metrics.flatMap((metric): Figure[] => {
    const options = { classes: [0, 1], positive };
    const value = measured(() => measure(named(metric.kind), data, options));
    if (value === undefined) return [];
    return [{ metric, value, base: measured(() => measure(named(metric.kind), even, options)) }];
  });
};

const judges: Readonly<Record<EstimatorTask, (rows: JudgedRows, metrics: readonly MetricSpecification[]) => Figure[]>> =
  {
    classification: judgeClasses,
    regression: judgeQuantities,
    ranking: () => [],
    clustering: judgeClusters,
    outlierDetection: judgeOutliers,
  };

/**
 * Judges rows by metrics of their task, in the order of the metrics. A metric that the rows do not allow is left out.
 * @throws ArgumentError for choices that make no sense
 * @example judge({ task: "regression", target, prediction, ... }, [{ kind: "r2" }]); // [{ metric, value, base: 0 }]
 */
export const judge = (rows: JudgedRows, metrics: readonly MetricSpecification[]): Figure[] =>
  judges[rows.task](rows, metrics);

const clusteringNames = Object.keys(clusteringMetricTable).filter(isClustering);

/** The metrics that a task can be judged by, in the order of reports. Outliers and two of clusters want a label to judge by. */
export const metricsOf = (task: EstimatorTask): readonly MetricSpecification["kind"][] => {
  if (task === "clustering") return clusteringNames;
  return task === "outlierDetection" ? ["rocAuc", "averagePrecision"] : metricNamesOf(task);
};

/** The metrics of a task that are reported when none are named. */
export const usualMetrics = (task: EstimatorTask): readonly MetricSpecification["kind"][] => {
  if (task === "classification") return metricNames;
  return task === "regression" ? ["rootMeanSquaredError", "meanAbsoluteError", "r2"] : metricsOf(task);
};
