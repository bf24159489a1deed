// Maximisation: components from the sums of a pass, float64 on the host.
import { precisionOf, shrunk } from "./covariance.ts";
import type { CovarianceType, GaussianMixture } from "./specification.ts";

/** Sums of all rows about `means`; see Moments. */
export interface MixtureTotals {
  readonly weights: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/** A mixture, float64 on the host, in the place and scale of its blocks. */
export interface Mixture {
  /** P(component). */
  readonly shares: Float64Array;
  /** [components, columns]. */
  readonly means: Float64Array;
  /** [components, columns, columns] or [components, columns]: covariances, repeated where components have one. */
  readonly covariances: Float64Array;
  readonly precisions: Float64Array;
  readonly offsets: Float64Array;
}

/** Components' covariances are whole matrices. */
export const isFullType = (type: CovarianceType): boolean => type === "full" || type === "tied";

/** Average of parts of one size, each by its weight. */
const averaged = (parts: readonly Float64Array[], weights: Float64Array): Float64Array => {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const own = new Float64Array(parts[0]?.length ?? 0);
  parts.forEach((part, j) => {
    part.forEach((value, i) => {
      own[i] = (own[i] ?? 0) + (value * (weights[j] ?? 0)) / total;
    });
  });
  return own;
};

/**
 * @param ridge what regCovar is in each column's scale
 * @throws ArgumentError when a covariance is not positive definite
 */
export const maximise = (
  { covarianceType }: GaussianMixture,
  { weights: found, sums, squares }: MixtureTotals,
  before: Float64Array,
  ridge: Float64Array,
): Mixture => {
  const components = found.length;
  const columns = ridge.length;
  // As scikit-learn: a component that lost its rows keeps a trace of weight.
  const weights = found.map((weight) => weight + 10 * Number.EPSILON);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shift = sums.map((sum, i) => sum / (weights[Math.floor(i / columns)] ?? 1));
  const isFull = isFullType(covarianceType);
  const size = isFull ? columns * columns : columns;
  let parts: Float64Array[] = Array.from(weights, (weight, j) =>
    Float64Array.from({ length: size }, (_, i) => {
      const [row, column] = isFull ? [Math.floor(i / columns), i % columns] : [i, i];
      const moved = (shift[j * columns + row] ?? 0) * (shift[j * columns + column] ?? 0);
      const spread = (squares[j * size + i] ?? 0) / weight - moved;
      return row === column ? Math.max(spread, 0) + (ridge[row] ?? 0) : spread;
    }),
  );
  if (covarianceType === "tied") {
    const one = averaged(parts, weights);
    parts = parts.map(() => one);
  }
  if (covarianceType === "spherical")
    parts = parts.map((own) => own.map(() => own.reduce((sum, spread) => sum + spread, 0) / columns));
  const shares = weights.map((weight) => weight / total);
  const constant = (-columns / 2) * Math.log(2 * Math.PI);
  const precisions = parts.map((own) => {
    if (isFull) return precisionOf(own, columns);
    if (own.some((spread) => !(spread > 0))) throw shrunk();
    return {
      factor: own.map((spread) => 1 / Math.sqrt(spread)),
      logDeterminant: own.reduce((sum, spread) => sum - Math.log(spread) / 2, 0),
    };
  });
  const joined = (list: readonly Float64Array[]): Float64Array =>
    list.reduce(
      (all, own, j) => {
        all.set(own, j * size);
        return all;
      },
      new Float64Array(components * size),
    );
  return {
    shares,
    means: before.map((mean, i) => mean + (shift[i] ?? 0)),
    covariances: joined(parts),
    precisions: joined(precisions.map(({ factor }) => factor)),
    offsets: shares.map((share, j) => Math.log(share) + (precisions[j]?.logDeterminant ?? 0) + constant),
  };
};
