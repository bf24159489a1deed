// Bayesian ridge regression (MacKay 1992; Tipping 2001) from sums of squares and products, in float64: the precisions of noise
// and weights are found with the weights. Priors and stopping are scikit-learn's.
import { symmetricEigen } from "./symmetric-eigen.ts";

/** Sums over centred rows. */
export interface RegressionSums {
  readonly count: number;
  /** [width][width], its lower triangle; overwritten. */
  readonly products: readonly Float64Array[];
  /** Products with the target. */
  readonly withTarget: Float64Array;
  readonly targetSquares: number;
}

const prior = 1e-6;
const mostRounds = 300;
const tolerance = 1e-3;

/** The weights of each column. @throws the signal's reason */
export const bayesianRidge = async (
  { count, products, withTarget, targetSquares }: RegressionSums,
  signal: AbortSignal | undefined,
): Promise<Float64Array> => {
  const width = withTarget.length;
  const { values, vectors } = await symmetricEigen(products, signal);
  const eigen = values.map((value) => Math.max(0, value));
  // All is done along the eigenvectors, where columns are independent.
  const turned = Float64Array.from(vectors, (vector) =>
    vector.reduce((sum, own, i) => sum + own * (withTarget[i] ?? 0), 0),
  );
  const sumOf = (term: (square: number, i: number) => number): number =>
    eigen.reduce((sum, square, i) => sum + term(square, i), 0);
  const along = (ratio: number): Float64Array =>
    turned.map((own, i) => ((eigen[i] ?? 0) + ratio > 0 ? own / ((eigen[i] ?? 0) + ratio) : 0));
  const weightsOf = (turnedWeights: Float64Array): Float64Array => {
    const weights = new Float64Array(width);
    vectors.forEach((vector, i) => {
      for (let k = 0; k < width; k++) weights[k] = (weights[k] ?? 0) + (vector[k] ?? 0) * (turnedWeights[i] ?? 0);
    });
    return weights;
  };
  let noise = 1 / (targetSquares / count + Number.EPSILON);
  let weight = 1;
  let before: Float64Array | undefined;
  for (let round = 0; round < mostRounds; round++) {
    const own = along(weight / noise);
    const errors = Math.max(
      0,
      targetSquares + sumOf((square, i) => square * (own[i] ?? 0) ** 2 - 2 * (own[i] ?? 0) * (turned[i] ?? 0)),
    );
    const determined = sumOf((square) => (noise * square) / (weight + noise * square));
    weight = (determined + 2 * prior) / (sumOf((_, i) => (own[i] ?? 0) ** 2) + 2 * prior);
    noise = (count - determined + 2 * prior) / (errors + 2 * prior);
    const weights = weightsOf(own);
    const moved = before?.reduce((sum, value, i) => sum + Math.abs(value - (weights[i] ?? 0)), 0);
    if (moved !== undefined && moved < tolerance) break;
    before = weights;
  }
  return weightsOf(along(weight / noise));
};
