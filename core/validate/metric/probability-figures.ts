// Figures of probabilities and decision scores that are sums over rows: log loss, Brier, hinge, top-k, calibration error.
import { ArgumentError } from "@millrace/kernels";
import { LabelError, MetricError } from "../error.ts";
import { type ClassRows, probabilitiesOf } from "./class-rows.ts";
import { meanMetric, type SumMetric } from "./sum-metric.ts";

const epsilon = 2 ** -52;

const checkTwo = (rows: ClassRows, name: string): void => {
  if (rows.classes.length < 2)
    throw new LabelError(
      `${name} takes at least two classes, but there is only ${rows.classes[0]}: name all in \`classes\``,
    );
};

/** Mean negative logarithm of the true class's probability, clipped to [2^-52, 1 - 2^-52]. */
export const logLossMetric = (rows: ClassRows): SumMetric<ClassRows> => {
  checkTwo(rows, "log loss");
  const width = rows.classes.length;
  return meanMetric((own, row) => {
    const given = probabilitiesOf(own)[row * width + (own.truth[row] ?? 0)] ?? Number.NaN;
    return -Math.log(Math.min(Math.max(given, epsilon), 1 - epsilon));
  });
};

/** Mean squared distance of the probabilities from the truth (Brier 1950); of two classes halved, so of the positive one's. */
export const brierMetric = (rows: ClassRows): SumMetric<ClassRows> => {
  checkTwo(rows, "the Brier score");
  const width = rows.classes.length;
  return meanMetric((own, row) => {
    const given = probabilitiesOf(own);
    let sum = 0;
    for (let column = 0; column < width; column++)
      sum += (Number(own.truth[row] === column) - (given[row * width + column] ?? Number.NaN)) ** 2;
    return width === 2 ? sum / 2 : sum;
  });
};

/**
 * Mean of max(0, 1 - margin): of two classes the margin is the score, negated for the first class; of more, the true class's
 * score less the largest other (Crammer and Singer 2001). @throws MetricError without scores
 */
export const hingeMetric = (rows: ClassRows): SumMetric<ClassRows> => {
  checkTwo(rows, "hinge loss");
  return meanMetric((own, row) => {
    const given = own.scores;
    if (!given) throw new MetricError("hinge loss takes decision `scores`, which are not probabilities");
    const width = given.length / own.truth.length;
    const code = own.truth[row] ?? 0;
    if (width === 1) return Math.max(0, 1 - (code === 1 ? 1 : -1) * (given[row] ?? Number.NaN));
    let other = Number.NEGATIVE_INFINITY;
    for (let column = 0; column < width; column++)
      if (column !== code) other = Math.max(other, given[row * width + column] ?? Number.NaN);
    return Math.max(0, 1 - (given[row * width + code] ?? Number.NaN) + other);
  });
};

/**
 * Share of rows whose true class is among the k largest scores or probabilities; of equal ones the later class ranks first, as
 * in scikit-learn. @throws ArgumentError for a k that is not from 1 to the number of classes
 */
export const topKAccuracyMetric = (rows: ClassRows, k: number): SumMetric<ClassRows> => {
  const width = rows.classes.length;
  if (!(Number.isInteger(k) && k >= 1 && k <= width))
    throw new ArgumentError(`k is a whole number from 1 to the ${width} classes, but is ${k}`);
  return meanMetric((own, row) => {
    const given = own.probabilities ?? own.scores ?? probabilitiesOf(own);
    if (given.length < own.truth.length * width)
      throw new MetricError("top-k accuracy takes one score a class, [rows, classes]");
    const code = own.truth[row] ?? 0;
    const score = given[row * width + code] ?? Number.NaN;
    let before = 0;
    for (let column = 0; column < width; column++) {
      const other = given[row * width + column] ?? Number.NaN;
      if (other > score || (other === score && column > code)) before++;
    }
    return Number(before < k);
  });
};

/** Edges of equal bins of 0 to 1, the inner ones: numpy's linspace(0, 1, bins + 1)[1:-1], to the last bit. */
export const uniformEdges = (bins: number): Float64Array => {
  if (!(Number.isInteger(bins) && bins >= 1)) throw new ArgumentError(`bins is a whole number above 0, but is ${bins}`);
  return Float64Array.from({ length: bins - 1 }, (_, i) => (i + 1) * (1 / bins));
};

/** The bin of a value: the number of inner edges below it, so that an edge belongs to the bin under it. */
export const binOf = (edges: Float64Array, value: number): number => {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Expected calibration error of the largest probability (Guo et al. 2017): over equal bins of it, the mean distance of the
 * share predicted right from the mean probability, weighted by the bins' rows.
 */
export const calibrationErrorMetric = (rows: ClassRows, bins: number): SumMetric<ClassRows> => {
  const width = rows.classes.length;
  const edges = uniformEdges(bins);
  return {
    kind: "sums",
    width: 1 + bins,
    term: (own, row, into) => {
      const given = probabilitiesOf(own);
      let best = 0;
      for (let column = 1; column < width; column++)
        if ((given[row * width + column] ?? 0) > (given[row * width + best] ?? 0)) best = column;
      const confidence = given[row * width + best] ?? Number.NaN;
      into[1 + binOf(edges, confidence)] = Number(own.truth[row] === best) - confidence;
    },
    finish: (sums) => {
      let error = 0;
      for (let bin = 1; bin <= bins; bin++) error += Math.abs(sums[bin] ?? 0);
      return error / (sums[0] ?? 0);
    },
  };
};
