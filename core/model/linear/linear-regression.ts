// Ordinary least squares.
import { checkOption } from "../check-option.ts";
import type { EstimatorDefinition } from "../estimator.ts";
import { centreOf, leastSquares } from "./least-squares.ts";
import { predictRegression, regressionModel, regressionOf } from "./linear-model.ts";
import type { LinearRegression } from "./specification.ts";

export const linearRegressionDefinition: EstimatorDefinition<LinearRegression> = {
  kind: "LinearRegression",
  task: "regression",
  takesMissing: false,
  takesCategories: false,
  check: ({ kind, fitIntercept }) => {
    checkOption(kind, "fitIntercept", typeof fitIntercept === "boolean", "true or false", fitIntercept);
  },
  fit: async ({ kind, fitIntercept }, data, { signal }) => {
    const problem = { ...regressionOf(kind, data), fitIntercept, signal };
    const { coefficients, intercept, rank } = await leastSquares(problem);
    return regressionModel(coefficients, intercept, centreOf(problem).mean, { rank });
  },
  apply: (_, _state, features, parameters) => predictRegression(features, parameters),
  work: (_, { rows, columns }) => ({
    flops: 2 * rows * columns * Math.min(rows, columns),
    bytes: 8 * rows * columns,
  }),
};
