// Ridge regression: the penalty is a triangle above the rows, so QR solves it as it solves least squares. With more columns
// than rows the coefficients are a mix of the rows, and the system is as large as the rows are many.
import { checkNumber, checkOption } from "../check-option.ts";
import type { EstimatorDefinition } from "../estimator.ts";
import { dot } from "./householder.ts";
import { centreOf, type LeastSquaresProblem, leastSquares } from "./least-squares.ts";
import { predictRegression, regressionModel, regressionOf } from "./linear-model.ts";
import type { Ridge } from "./specification.ts";

/**
 * The coefficients w = A^T v of the least-norm v: min |A A^T v - y|² + alpha |A^T v|² is (A A^T + alpha I) v = y, whose matrix has no
 * eigenvalue below alpha.
 */
const solveByRows = async (
  problem: LeastSquaresProblem & { readonly alpha: number },
  { mean, target }: { readonly mean: Float64Array; readonly target: number },
): Promise<Float64Array> => {
  const { rows, columns, x, y, weights, alpha, signal } = problem;
  const roots = Float64Array.from({ length: rows }, (_, row) => Math.sqrt(weights?.[row] ?? 1));
  const own = Array.from(roots, (root, row) =>
    Float64Array.from({ length: columns }, (_, k) => root * ((x[row * columns + k] ?? 0) - (mean[k] ?? 0))),
  );
  const gram = new Float64Array(rows * rows);
  own.forEach((left, i) => {
    own.forEach((right, j) => {
      if (j <= i) gram[i * rows + j] = gram[j * rows + i] = dot(left, right) + (i === j ? alpha : 0);
    });
  });
  const side = roots.map((root, row) => root * ((y[row] ?? 0) - target));
  const mix = await leastSquares({ rows, columns: rows, x: gram, y: side, fitIntercept: false, signal });
  const coefficients = new Float64Array(columns);
  own.forEach((row, i) => {
    for (let k = 0; k < columns; k++)
      coefficients[k] = (coefficients[k] ?? 0) + (mix.coefficients[i] ?? 0) * (row[k] ?? 0);
  });
  return coefficients;
};

export const ridgeDefinition: EstimatorDefinition<Ridge> = {
  kind: "Ridge",
  task: "regression",
  takesMissing: false,
  takesCategories: false,
  check: ({ kind, alpha, fitIntercept }) => {
    checkNumber(kind, "alpha", alpha);
    checkOption(kind, "fitIntercept", typeof fitIntercept === "boolean", "true or false", fitIntercept);
  },
  fit: async ({ kind, alpha, fitIntercept }, data, { signal }) => {
    const problem = { ...regressionOf(kind, data), fitIntercept, alpha, signal };
    const centre = centreOf(problem);
    const coefficients =
      alpha > 0 && problem.columns > problem.rows
        ? await solveByRows(problem, centre)
        : (await leastSquares(problem)).coefficients;
    return regressionModel(coefficients, centre.target - dot(coefficients, centre.mean), centre.mean, {});
  },
  apply: (_, _state, features, parameters) => predictRegression(features, parameters),
  work: (_, { rows, columns }) => ({
    flops: 2 * rows * columns * Math.min(rows, columns),
    bytes: 8 * rows * columns,
  }),
};
