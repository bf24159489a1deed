// Covariances to what densities need: float64 on the host, clusters x columns^3.
import { ArgumentError } from "@millrace/kernels";

/** The inverse, transposed, of the Cholesky factor of a covariance, [columns, columns], and half the log of its precision. */
export interface Precision {
  readonly factor: Float64Array;
  readonly logDeterminant: number;
}

/** A component whose covariance has no inverse. */
export const shrunk = (): ArgumentError =>
  new ArgumentError(
    "GaussianMixture: a component has shrunk to fewer dimensions than there are columns: raise regCovar, or ask for fewer components",
  );

const at = (matrix: Float64Array, size: number, row: number, column: number): number =>
  matrix[row * size + column] ?? 0;

/** Lower triangular. @throws ArgumentError when the covariance is not positive definite */
const cholesky = (covariance: Float64Array, size: number): Float64Array => {
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column <= row; column++) {
      let sum = at(covariance, size, row, column);
      for (let k = 0; k < column; k++) sum -= at(lower, size, row, k) * at(lower, size, column, k);
      if (row === column && !(sum > 0)) throw shrunk();
      lower[row * size + column] = row === column ? Math.sqrt(sum) : sum / at(lower, size, column, column);
    }
  return lower;
};

/** @throws ArgumentError when the covariance is not positive definite */
export const precisionOf = (covariance: Float64Array, size: number): Precision => {
  const lower = cholesky(covariance, size);
  const factor = new Float64Array(size * size);
  let logDeterminant = 0;
  // Column by column of the inverse, which is stored as a row of its transpose.
  for (let column = 0; column < size; column++) {
    logDeterminant -= Math.log(at(lower, size, column, column));
    for (let row = column; row < size; row++) {
      let sum = row === column ? 1 : 0;
      for (let k = column; k < row; k++) sum -= at(lower, size, row, k) * at(factor, size, column, k);
      factor[column * size + row] = sum / at(lower, size, row, row);
    }
  }
  return { factor, logDeterminant };
};
