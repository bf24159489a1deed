// Curves of scores of two classes: ROC, precision against recall, calibration, with scikit-learn's points.
import { ArgumentError } from "@millrace/kernels";
import { LabelError, MetricError } from "../error.ts";
import { type ClassLabel, checkLengths, checkWeights, codesOf, distinctLabels, type Labels } from "../label-codes.ts";
import { distributionOf } from "./distribution.ts";
import { binOf, uniformEdges } from "./probability-figures.ts";

/** Options of the curves. */
export interface CurveOptions {
  /** One finite number of at least 0 a row; absent, each row counts once. */
  readonly weights?: ArrayLike<number> | undefined;
  /** The class that high scores speak for; the last of the sorted labels if absent. */
  readonly positive?: ClassLabel | undefined;
  /** Leaves out points between others of one straight line. Default: true for ROC, false for precision and recall. */
  readonly dropIntermediate?: boolean | undefined;
}

interface Thresholds {
  readonly thresholds: number[];
  readonly truePositives: number[];
  readonly falsePositives: number[];
}

const positiveRows = (truth: Labels, positive: ClassLabel | undefined): Uint8Array => {
  const classes = distinctLabels(["truth", truth]);
  if (classes.length !== 2)
    throw new LabelError(`a curve is of two classes, but the truth has ${classes.length} (${classes.join(", ")})`);
  const index = positive === undefined ? 1 : classes.indexOf(positive);
  if (index < 0) throw new MetricError(`the positive class ${positive} is none of ${classes.join(", ")}`);
  return Uint8Array.from(codesOf("truth", truth, classes), (code) => Number(code === index));
};

const thresholdsOf = (truth: Labels, scores: ArrayLike<number>, options: CurveOptions): Thresholds => {
  checkLengths("true labels", truth.length, "scores", scores.length);
  const weights = checkWeights(options.weights, truth.length);
  const positives = positiveRows(truth, options.positive);
  const rows: number[] = [];
  for (let row = 0; row < truth.length; row++) {
    if (!Number.isFinite(scores[row]))
      throw new MetricError(`the score of row ${row} is ${scores[row]}; scores are finite numbers`);
    if ((weights[row] ?? 0) > 0) rows.push(row);
  }
  const counted = distributionOf(
    rows,
    (row) => scores[row] ?? 0,
    weights,
    2,
    (row) => positives[row] ?? 0,
  );
  const kept: Thresholds = { thresholds: [], truePositives: [], falsePositives: [] };
  let [hits, misses] = [0, 0];
  counted.values.forEach((value, i) => {
    misses += counted.weights[2 * i] ?? 0;
    hits += counted.weights[2 * i + 1] ?? 0;
    kept.thresholds.push(value);
    kept.truePositives.push(hits);
    kept.falsePositives.push(misses);
  });
  if (hits === 0 || misses === 0)
    throw new LabelError(
      `a curve takes rows of weight of both classes, but there are none of the ${hits === 0 ? "positive" : "negative"}`,
    );
  return kept;
};

const select = (
  { thresholds, truePositives, falsePositives }: Thresholds,
  keep: (i: number) => boolean,
): Thresholds => ({
  thresholds: thresholds.filter((_, i) => keep(i)),
  truePositives: truePositives.filter((_, i) => keep(i)),
  falsePositives: falsePositives.filter((_, i) => keep(i)),
});

/** Keeps the ends and every point where either count bends. */
const corners = (points: Thresholds): Thresholds => {
  const bends = (counts: number[], i: number): boolean =>
    (counts[i + 1] ?? 0) - (counts[i] ?? 0) !== (counts[i] ?? 0) - (counts[i - 1] ?? 0);
  const last = points.thresholds.length - 1;
  return select(
    points,
    (i) => i === 0 || i === last || bends(points.falsePositives, i) || bends(points.truePositives, i),
  );
};

/** Points of a ROC curve, thresholds falling; the first point is (0, 0) at infinity. */
export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  readonly thresholds: Float64Array;
}

/**
 * The ROC curve: for each threshold the share of negatives and of positives whose score is at least it.
 * @throws LabelError unless there are two classes with rows of weight, MetricError on bad scores, weights or lengths
 * @example
 * const { falsePositiveRate, truePositiveRate } = rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
 */
export const rocCurve = (truth: Labels, scores: ArrayLike<number>, options: CurveOptions = {}): RocCurve => {
  const all = thresholdsOf(truth, scores, options);
  const points = options.dropIntermediate === false ? all : corners(all);
  const rates = (counts: number[]): Float64Array =>
    Float64Array.of(0, ...counts.map((count) => count / (counts.at(-1) ?? 1)));
  return {
    falsePositiveRate: rates(points.falsePositives),
    truePositiveRate: rates(points.truePositives),
    thresholds: Float64Array.of(Number.POSITIVE_INFINITY, ...points.thresholds),
  };
};

/** Points of precision against recall, thresholds rising; the last point, (1, 0), has no threshold. */
export interface PrecisionRecallCurve {
  readonly precision: Float64Array;
  readonly recall: Float64Array;
  readonly thresholds: Float64Array;
}

/**
 * Precision and recall of the rows whose score is at least each threshold.
 * @throws LabelError unless there are two classes with rows of weight, MetricError on bad scores, weights or lengths
 */
export const precisionRecallCurve = (
  truth: Labels,
  scores: ArrayLike<number>,
  options: CurveOptions = {},
): PrecisionRecallCurve => {
  const all = thresholdsOf(truth, scores, options);
  const last = all.thresholds.length - 1;
  const points = options.dropIntermediate
    ? select(
        all,
        (i) =>
          i === 0 ||
          i === last ||
          all.truePositives[i] !== all.truePositives[i - 1] ||
          all.truePositives[i + 1] !== all.truePositives[i],
      )
    : all;
  const whole = all.truePositives.at(-1) ?? 1;
  const precisions = points.truePositives.map((hits, i) => hits / (hits + (points.falsePositives[i] ?? 0)));
  return {
    precision: Float64Array.from([...precisions.reverse(), 1]),
    recall: Float64Array.from([...points.truePositives.map((hits) => hits / whole).reverse(), 0]),
    thresholds: Float64Array.from(points.thresholds.reverse()),
  };
};

/** Options of calibrationCurve. */
export interface CalibrationOptions {
  /** How many bins: 5 if absent. */
  readonly bins?: number | undefined;
  /** "uniform" (default): bins of equal width; "quantile": of equal counts of rows. */
  readonly strategy?: "uniform" | "quantile" | undefined;
  /** The class that the probabilities are of; the last of the sorted labels if absent. */
  readonly positive?: ClassLabel | undefined;
}

/** Of each bin that has rows, the share of positives and the mean probability. */
export interface CalibrationCurve {
  readonly shareOfPositives: Float64Array;
  readonly meanProbability: Float64Array;
  /** Rows in each bin. */
  readonly counts: Uint32Array;
}

const quantileEdges = (values: ArrayLike<number>, bins: number): Float64Array => {
  const sorted = Float64Array.from(values).sort();
  return uniformEdges(bins).map((share) => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const [low = 0, high = low] = [sorted[below], sorted[below + 1]];
    return low + (high - low) * (place - below);
  });
};

/**
 * How often the positive class comes true where its probability is near each value (reliability).
 * @throws LabelError unless there are two classes, MetricError on lengths or a value outside 0..1, ArgumentError for bins
 */
export const calibrationCurve = (
  truth: Labels,
  probabilities: ArrayLike<number>,
  options: CalibrationOptions = {},
): CalibrationCurve => {
  checkLengths("true labels", truth.length, "probabilities", probabilities.length);
  const { bins = 5, strategy = "uniform" } = options;
  if (strategy !== "uniform" && strategy !== "quantile")
    throw new ArgumentError(`strategy is "uniform" or "quantile", but is "${String(strategy)}"`);
  const positives = positiveRows(truth, options.positive);
  const edges = strategy === "uniform" ? uniformEdges(bins) : quantileEdges(probabilities, bins);
  const counts = new Uint32Array(bins);
  const hits = new Float64Array(bins);
  const sums = new Float64Array(bins);
  for (let row = 0; row < truth.length; row++) {
    const given = probabilities[row] ?? Number.NaN;
    if (!(given >= 0 && given <= 1))
      throw new MetricError(`row ${row} has the probability ${given}, which is not between 0 and 1`);
    const bin = binOf(edges, given);
    counts[bin] = (counts[bin] ?? 0) + 1;
    hits[bin] = (hits[bin] ?? 0) + (positives[row] ?? 0);
    sums[bin] = (sums[bin] ?? 0) + given;
  }
  const filled = [...counts.keys()].filter((bin) => (counts[bin] ?? 0) > 0);
  const shareIn = (of: Float64Array): Float64Array =>
    Float64Array.from(filled, (bin) => (of[bin] ?? 0) / (counts[bin] ?? 1));
  return {
    shareOfPositives: shareIn(hits),
    meanProbability: shareIn(sums),
    counts: Uint32Array.from(filled, (bin) => counts[bin] ?? 0),
  };
};
