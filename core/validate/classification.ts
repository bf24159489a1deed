// Metrics of predicted classes, in float64 with scikit-learn's meaning: confusion matrix, accuracy, precision, recall, F1.
import { MetricError } from "./error.ts";
import { type ClassLabel, checkLengths, checkWeights, codesOf, distinctLabels, type Labels } from "./label-codes.ts";

/** Weights that every metric here takes: one finite number of at least 0 a row; absent, each row counts once. */
export interface MetricOptions {
  readonly weights?: ArrayLike<number>;
}

/** How the figures of the classes become one. */
export interface AverageOptions extends MetricOptions {
  /**
   * "binary" (default): of the class `positive`, where there are two; "macro": the mean of the classes; "weighted": the
   * mean weighted by each class's share of the truth.
   */
  readonly average?: "binary" | "macro" | "weighted";
  /** The class that "binary" speaks of; the last of the sorted classes if absent. */
  readonly positive?: ClassLabel;
  /** The value where a class was never predicted, or never true: 0 if absent. */
  readonly zeroDivision?: number;
}

/** How often each true class was predicted as each class. */
export interface Confusion {
  readonly classes: readonly ClassLabel[];
  /** [true class, predicted class], row-major: sums of weights. */
  readonly counts: Float64Array;
}

/**
 * Sums of weights by true and predicted class.
 * @param classes the classes in order; without it, the sorted distinct labels of both lists
 * @throws LabelError on a missing or unknown label, MetricError on lists of different lengths or bad weights
 */
export const confusionMatrix = (
  truth: Labels,
  predicted: Labels,
  options: MetricOptions & { readonly classes?: readonly ClassLabel[] } = {},
): Confusion => {
  checkLengths("true labels", truth.length, "predictions", predicted.length);
  const classes = options.classes ?? distinctLabels(["truth", truth], ["predicted", predicted]);
  const weights = checkWeights(options.weights, truth.length);
  const rows = codesOf("truth", truth, classes);
  const columns = codesOf("predicted", predicted, classes);
  const counts = new Float64Array(classes.length ** 2);
  rows.forEach((code, row) => {
    const at = code * classes.length + (columns[row] ?? 0);
    counts[at] = (counts[at] ?? 0) + (weights[row] ?? 0);
  });
  return { classes, counts };
};

/**
 * Share of the weight of rows that were predicted right.
 * @throws LabelError, MetricError
 * @example
 * accuracy(["a", "b", "b"], ["a", "b", "a"]); // 2 / 3
 */
export const accuracy = (truth: Labels, predicted: Labels, options: MetricOptions = {}): number => {
  const { classes, counts } = confusionMatrix(truth, predicted, options);
  let right = 0;
  for (let i = 0; i < classes.length; i++) right += counts[i * classes.length + i] ?? 0;
  return right / counts.reduce((sum, count) => sum + count, 0);
};

/** Weight of a class that was predicted right, predicted at all, and true. */
interface ClassCounts {
  readonly hit: number;
  readonly predicted: number;
  readonly actual: number;
}

const countsOfClasses = ({ classes, counts }: Confusion): ClassCounts[] =>
  classes.map((_, own) => {
    let predicted = 0;
    let actual = 0;
    for (let other = 0; other < classes.length; other++) {
      predicted += counts[other * classes.length + own] ?? 0;
      actual += counts[own * classes.length + other] ?? 0;
    }
    return { hit: counts[own * classes.length + own] ?? 0, predicted, actual };
  });

const positiveIndex = (classes: readonly ClassLabel[], positive: ClassLabel | undefined): number => {
  if (classes.length > 2)
    throw new MetricError(
      `average "binary" is for two classes, but there are ${classes.length} (${classes.join(", ")}): choose "macro" or "weighted"`,
    );
  const index = positive === undefined ? classes.length - 1 : classes.indexOf(positive);
  if (index < 0) throw new MetricError(`the positive class ${positive} is none of ${classes.join(", ")}`);
  return index;
};

/** A figure of each class made into one. */
export const averageOfClasses = (
  confusion: Confusion,
  figure: (counts: ClassCounts, zeroDivision: number) => number,
  options: AverageOptions,
): number => {
  const counts = countsOfClasses(confusion);
  const { average = "binary", zeroDivision = 0 } = options;
  const figures = counts.map((own) => figure(own, zeroDivision));
  if (average === "binary") return figures[positiveIndex(confusion.classes, options.positive)] ?? Number.NaN;
  const weights = counts.map((own) => (average === "macro" ? 1 : own.actual));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return figures.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0) / total;
};

const ratio = (part: number, whole: number, zeroDivision: number): number =>
  whole === 0 ? zeroDivision : part / whole;

/** The figure of one class from its counts. */
export const classFigures = {
  precision: (counts: ClassCounts, zeroDivision: number): number => ratio(counts.hit, counts.predicted, zeroDivision),
  recall: (counts: ClassCounts, zeroDivision: number): number => ratio(counts.hit, counts.actual, zeroDivision),
  f1: (counts: ClassCounts, zeroDivision: number): number =>
    ratio(2 * counts.hit, counts.predicted + counts.actual, zeroDivision),
} as const;

const averaged =
  (name: keyof typeof classFigures) =>
  (truth: Labels, predicted: Labels, options: AverageOptions = {}): number =>
    averageOfClasses(confusionMatrix(truth, predicted, options), classFigures[name], options);

/** Of the rows predicted to be of a class, the share that are. @throws LabelError, MetricError */
export const precision = averaged("precision");

/** Of the rows that are of a class, the share predicted to be. @throws LabelError, MetricError */
export const recall = averaged("recall");

/** Harmonic mean of precision and recall. @throws LabelError, MetricError */
export const f1 = averaged("f1");
