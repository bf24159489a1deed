// Figures of predicted quantities that are sums over rows, with scikit-learn's meaning in float64.
import { ArgumentError } from "@millrace/kernels";
import { MetricError } from "../error.ts";
import { checkLengths } from "../label-codes.ts";
import { meanMetric, type SumMetric } from "./sum-metric.ts";

/** True and predicted quantities, one a row. */
export interface QuantityRows {
  readonly truth: ArrayLike<number>;
  readonly prediction: ArrayLike<number>;
}

/** Checks the rows of a regression. @throws MetricError on no rows, other lengths, or a value that is not finite */
export const quantityRows = (truth: ArrayLike<number>, prediction: ArrayLike<number>): QuantityRows => {
  if (truth.length === 0) throw new MetricError("a metric of no rows has no value: give at least one row");
  checkLengths("true values", truth.length, "predictions", prediction.length);
  for (const [name, values] of [
    ["true", truth],
    ["predicted", prediction],
  ] as const)
    for (let row = 0; row < values.length; row++)
      if (!Number.isFinite(values[row]))
        throw new MetricError(`the ${name} value of row ${row} is ${values[row]}; a quantity is finite`);
  return { truth, prediction };
};

type Loss = (truth: number, prediction: number, row: number) => number;

const meanOf = (loss: Loss, finish?: (mean: number) => number): SumMetric<QuantityRows> =>
  meanMetric(
    ({ truth, prediction }, row) => loss(truth[row] ?? Number.NaN, prediction[row] ?? Number.NaN, row),
    finish,
  );

const outOfRange = (row: number, name: string, value: number, wanted: string): never => {
  throw new MetricError(`the ${name} value of row ${row} is ${value}; this metric takes ${wanted}`);
};

const squared: Loss = (truth, prediction) => (truth - prediction) ** 2;
const absolute: Loss = (truth, prediction) => Math.abs(truth - prediction);
const logarithmic: Loss = (truth, prediction, row) => {
  if (!(truth > -1)) outOfRange(row, "true", truth, "values above -1");
  if (!(prediction > -1)) outOfRange(row, "predicted", prediction, "values above -1");
  return (Math.log1p(truth) - Math.log1p(prediction)) ** 2;
};

/** A denominator of 0: 1 for a perfect prediction, else 0. */
const explained = (left: number, whole: number): number => (whole === 0 ? Number(left === 0) : 1 - left / whole);

const variance = (sums: ArrayLike<number>, at: number): number =>
  Math.max(0, (sums[at + 1] ?? 0) - (sums[at] ?? 0) ** 2 / (sums[0] ?? 0));

/** The figures without a choice. */
export const regressionFigures = {
  meanSquaredError: meanOf(squared),
  rootMeanSquaredError: meanOf(squared, Math.sqrt),
  meanAbsoluteError: meanOf(absolute),
  meanSquaredLogError: meanOf(logarithmic),
  /** The denominator is at least 2^-52. */
  meanAbsolutePercentageError: meanOf((truth, given) => Math.abs(truth - given) / Math.max(Math.abs(truth), 2 ** -52)),
  /** Mean of 2 |y - p| / (|y| + |p|), from 0 to 2; a row of both 0 counts 0. */
  symmetricMeanAbsolutePercentageError: meanOf((truth, given) =>
    truth === given ? 0 : (2 * Math.abs(truth - given)) / (Math.abs(truth) + Math.abs(given)),
  ),
  r2: {
    kind: "sums",
    width: 4,
    moments: [1],
    term: ({ truth, prediction }, row, into) => {
      const [own = Number.NaN, given = Number.NaN] = [truth[row], prediction[row]];
      into[1] = own;
      into[3] = (own - given) ** 2;
    },
    finish: (sums) => explained(sums[3] ?? 0, variance(sums, 1)),
  },
  explainedVariance: {
    kind: "sums",
    width: 5,
    moments: [1, 3],
    term: ({ truth, prediction }, row, into) => {
      const [own = Number.NaN, given = Number.NaN] = [truth[row], prediction[row]];
      into[1] = own;
      into[3] = own - given;
    },
    finish: (sums) => explained(variance(sums, 3), variance(sums, 1)),
  },
} as const satisfies Readonly<Record<string, SumMetric<QuantityRows>>>;

/** Mean pinball loss of the quantile `alpha`. @throws ArgumentError for one outside 0..1 */
export const pinballMetric = (alpha: number): SumMetric<QuantityRows> => {
  if (!(alpha >= 0 && alpha <= 1)) throw new ArgumentError(`quantile is from 0 to 1, but is ${alpha}`);
  return meanOf((truth, given) => (truth >= given ? alpha * (truth - given) : (1 - alpha) * (given - truth)));
};

/**
 * Mean Tweedie deviance: 0 is squared error, 1 Poisson's, 2 gamma's.
 * @throws ArgumentError for a power between 0 and 1; at a row, MetricError for a value that the power does not allow
 */
export const tweedieMetric = (power: number): SumMetric<QuantityRows> => {
  if (!(Number.isFinite(power) && (power <= 0 || power >= 1)))
    throw new ArgumentError(`power is at most 0 or at least 1 (no distribution has one between), but is ${power}`);
  if (power === 0) return meanOf(squared);
  return meanOf((truth, given, row) => {
    if (!(given > 0)) outOfRange(row, "predicted", given, "predictions above 0");
    if (power >= 2 && !(truth > 0)) outOfRange(row, "true", truth, "values above 0");
    if (power >= 1 && !(truth >= 0)) outOfRange(row, "true", truth, "values of at least 0");
    if (power === 1) return 2 * ((truth === 0 ? 0 : truth * Math.log(truth / given)) - truth + given);
    if (power === 2) return 2 * (Math.log(given / truth) + truth / given - 1);
    const first = Math.max(truth, 0) ** (2 - power) / ((1 - power) * (2 - power));
    return 2 * (first - (truth * given ** (1 - power)) / (1 - power) + given ** (2 - power) / (2 - power));
  });
};
