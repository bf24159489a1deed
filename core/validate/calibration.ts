// Probabilities out of scores, and the threshold that costs least: what scikit-learn's CalibratedClassifierCV is made of. All on
// the host in float64; calibrate on rows that the model was not fitted on.
import { LabelError, MetricError } from "./error.ts";

/** Rows of a calibration. */
export interface CalibrationRows {
  /** Of each row, higher speaks for the second class. */
  readonly scores: ArrayLike<number>;
  /** 1 where the row is of the second class, 0 where it is of the first. */
  readonly truth: ArrayLike<number>;
  /** At least 0; 1 if left out. */
  readonly weights?: ArrayLike<number>;
}

/** A fitted calibration: plain numbers, and the probability of a score. */
export interface Sigmoid {
  /** P = 1 / (1 + exp(slope * score + intercept)), so a slope below 0 is a score that speaks for the second class. */
  readonly slope: number;
  readonly intercept: number;
}

/** A non-decreasing line through points, flat beyond its ends. */
export interface Isotonic {
  /** Ascending. */
  readonly scores: Float64Array;
  /** The probability at each of them. */
  readonly probabilities: Float64Array;
}

interface Row {
  readonly score: number;
  readonly positive: number;
  readonly weight: number;
}

/** @throws MetricError for lengths, scores or weights; LabelError unless the truth is 0 and 1 */
const rowsOf = ({ scores, truth, weights }: CalibrationRows): Row[] => {
  if (truth.length !== scores.length || (weights && weights.length !== scores.length))
    throw new MetricError(
      `there are ${scores.length} scores, but ${truth.length} rows of truth and ${weights?.length ?? "no"} weights`,
    );
  const rows = Array.from(scores, (score, row): Row => {
    const positive = truth[row] ?? Number.NaN;
    const weight = weights?.[row] ?? 1;
    if (!Number.isFinite(score)) throw new MetricError(`the score of row ${row} is ${score}; scores are finite`);
    if (positive !== 0 && positive !== 1) throw new LabelError(`the truth of row ${row} is ${positive}; it is 0 or 1`);
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new MetricError(`the weight of row ${row} is ${weight}; weights are at least 0`);
    return { score, positive, weight };
  }).filter(({ weight }) => weight > 0);
  for (const wanted of [0, 1])
    if (!rows.some(({ positive }) => positive === wanted))
      throw new LabelError(`no row of class ${wanted} has a weight; both classes are needed`);
  return rows;
};

/**
 * Platt's sigmoid, with his targets that keep a little of the prior, by Newton's method with backtracking (Lin, Lin and Weng
 * 2007, "A note on Platt's probabilistic outputs for support vector machines").
 * @throws MetricError, LabelError
 * @example const { slope, intercept } = fitSigmoid({ scores: [-2, -1, 1, 2], truth: [0, 0, 1, 1] });
 */
export const fitSigmoid = (calibration: CalibrationRows): Sigmoid => {
  const rows = rowsOf(calibration);
  const size = rows.reduce((most, { score }) => Math.max(most, Math.abs(score)), 0) || 1;
  const mass = (wanted: number): number =>
    rows.reduce((sum, { positive, weight }) => sum + (positive === wanted ? weight : 0), 0);
  const [negatives, positives] = [mass(0), mass(1)];
  const targets = [1 / (negatives + 2), (positives + 1) / (positives + 2)];
  const lossAt = (slope: number, intercept: number): number =>
    rows.reduce((sum, { score, positive, weight }) => {
      const z = (slope * score) / size + intercept;
      // log(1 + exp(z)) - (1 - target) z, without overflow.
      return sum + weight * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - (1 - (targets[positive] ?? 0)) * z);
    }, 0);
  let slope = 0;
  let intercept = Math.log((negatives + 1) / (positives + 1));
  let loss = lossAt(slope, intercept);
  for (let iteration = 0; iteration < 100; iteration++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-12, 0, 1e-12];
    for (const { score, positive, weight } of rows) {
      const own = score / size;
      const first = 1 / (1 + Math.exp(-(slope * own + intercept)));
      const error = weight * (first - 1 + (targets[positive] ?? 0));
      const curve = weight * first * (1 - first);
      g0 += error * own;
      g1 += error;
      h00 += curve * own * own;
      h01 += curve * own;
      h11 += curve;
    }
    const determinant = h00 * h11 - h01 * h01;
    const [d0, d1] = [(h01 * g1 - h11 * g0) / determinant, (h01 * g0 - h00 * g1) / determinant];
    const gain = g0 * d0 + g1 * d1;
    if (!(gain < -1e-14 * Math.max(1, loss))) break;
    let length = 1;
    while (length > 1e-10 && lossAt(slope + length * d0, intercept + length * d1) > loss + 1e-4 * length * gain)
      length /= 2;
    if (length <= 1e-10) break;
    slope += length * d0;
    intercept += length * d1;
    loss = lossAt(slope, intercept);
  }
  return { slope: slope / size, intercept };
};

/** The probability of the second class. @example applySigmoid(fitSigmoid(rows), 0.3) */
export const applySigmoid = ({ slope, intercept }: Sigmoid, score: number): number =>
  1 / (1 + Math.exp(slope * score + intercept));

/**
 * The non-decreasing probabilities nearest to the truth, by pooling adjacent violators (Barlow, Bartholomew, Bremner and Brunk
 * 1972); rows of equal score are one point.
 * @throws MetricError, LabelError
 * @example fitIsotonic({ scores: [1, 2, 3, 4], truth: [0, 1, 0, 1] }).probabilities // 0, 0.5, 0.5, 1
 */
export const fitIsotonic = (calibration: CalibrationRows): Isotonic => {
  const rows = rowsOf(calibration).sort((left, right) => left.score - right.score);
  const pools: { first: number; last: number; weight: number; sum: number }[] = [];
  for (let at = 0; at < rows.length; ) {
    const score = rows[at]?.score ?? Number.NaN;
    let [weight, sum] = [0, 0];
    for (; rows[at]?.score === score; at++) {
      const row = rows[at];
      weight += row?.weight ?? 0;
      sum += (row?.weight ?? 0) * (row?.positive ?? 0);
    }
    let pool = { first: score, last: score, weight, sum };
    for (let last = pools.at(-1); last && last.sum * pool.weight >= pool.sum * last.weight; last = pools.at(-1)) {
      pool = { first: last.first, last: pool.last, weight: last.weight + pool.weight, sum: last.sum + pool.sum };
      pools.pop();
    }
    pools.push(pool);
  }
  const points = pools.flatMap(({ first, last, weight, sum }) =>
    (first === last ? [first] : [first, last]).map((score) => ({ score, probability: sum / weight })),
  );
  return {
    scores: Float64Array.from(points, ({ score }) => score),
    probabilities: Float64Array.from(points, ({ probability }) => probability),
  };
};

/** The probability of the second class: between points along the line, beyond them as at the end. */
export const applyIsotonic = ({ scores, probabilities }: Isotonic, score: number): number => {
  let low = 0;
  let high = scores.length - 1;
  if (!(score > (scores[low] ?? score))) return probabilities[low] ?? Number.NaN;
  if (score >= (scores[high] ?? score)) return probabilities[high] ?? Number.NaN;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((scores[middle] ?? 0) <= score) low = middle;
    else high = middle;
  }
  const [left, right] = [scores[low] ?? 0, scores[high] ?? 0];
  const [below, above] = [probabilities[low] ?? 0, probabilities[high] ?? 0];
  return below + ((above - below) * (score - left)) / (right - left);
};

/** What each outcome costs; a gain is below 0. */
export interface OutcomeCosts {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly trueNegative: number;
  readonly falseNegative: number;
}

/**
 * The threshold of least mean cost: a row counts as of the second class when its score is at least the threshold. Every score is
 * tried, and Infinity, which takes no row; of equal costs the lowest threshold is chosen.
 * @throws MetricError, LabelError
 * @example thresholdByCost({ scores, truth }, { truePositive: 0, falsePositive: 1, trueNegative: 0, falseNegative: 5 }).threshold
 */
export const thresholdByCost = (
  calibration: CalibrationRows,
  costs: OutcomeCosts,
): { readonly threshold: number; readonly cost: number } => {
  for (const [name, cost] of Object.entries(costs))
    if (!Number.isFinite(cost)) throw new MetricError(`the cost ${name} is ${cost}; costs are finite`);
  const rows = rowsOf(calibration).sort((left, right) => left.score - right.score);
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  const { truePositive, falsePositive, trueNegative, falseNegative } = costs;
  let cost = rows.reduce((sum, { positive, weight }) => sum + weight * (positive ? truePositive : falsePositive), 0);
  let best = { threshold: rows[0]?.score ?? Number.NaN, cost };
  rows.forEach(({ score, positive, weight }, at) => {
    cost += weight * (positive ? falseNegative - truePositive : trueNegative - falsePositive);
    const next = rows[at + 1]?.score ?? Number.POSITIVE_INFINITY;
    if (next > score && cost < best.cost) best = { threshold: next, cost };
  });
  return { threshold: best.threshold, cost: best.cost / total };
};
