// Support vector regression: each row asks that its score be at most epsilon above its quantity, and at most epsilon below.
import { breather } from "../breath.ts";
import { checkNumber, checkOption } from "../check-option.ts";
import type { EstimatorDefinition, FitContext, FitData, FittedModel } from "../estimator.ts";
import { centreOf } from "./least-squares.ts";
import { predictRegression, regressionModel, regressionOf } from "./linear-model.ts";
import type { Bounds } from "./margin-problem.ts";
import { checkMargin, marginRows, solveMargin } from "./solve-margin.ts";
import type { LinearSVR } from "./specification.ts";

const boundsOf = (target: Float64Array, weights: Float64Array | undefined, { C, epsilon, loss }: LinearSVR): Bounds => {
  const counted = Int32Array.from(target, (_, i) => i).filter((i) => (weights?.[i] ?? 1) > 0);
  const row = Int32Array.from({ length: 2 * counted.length }, (_, at) => counted[at >> 1] ?? 0);
  const sign = Float64Array.from(row, (_, at) => (at % 2 === 0 ? 1 : -1));
  return {
    row,
    sign,
    margin: Float64Array.from(row, (i, at) => (sign[at] ?? 0) * (target[i] ?? 0) - epsilon),
    cost: Float64Array.from(row, (i) => C * (weights?.[i] ?? 1)),
    squared: loss === "squaredEpsilonInsensitive",
  };
};

const fit = async (specification: LinearSVR, data: FitData, { seed, signal }: FitContext): Promise<FittedModel> => {
  const problem = regressionOf(specification.kind, data);
  const { columns, weights, y } = problem;
  const { mean } = centreOf(problem);
  const breathe = breather(signal);
  const rows = await marginRows(data.x, specification, breathe);
  const bounds = boundsOf(y, weights, specification);
  const { w, objective, gap, iterations, converged } = await solveMargin(
    rows,
    bounds,
    { ...specification, seed },
    breathe,
  );
  const intercept = specification.fitIntercept ? specification.interceptScaling * (w[columns] ?? 0) : 0;
  const found = { objective, dualityGap: gap, iterations, converged };
  return regressionModel(w.slice(0, columns), intercept, mean, found);
};

/** State: coefficients, intercept, the objective and its duality gap, iterations, whether the gap came below the tolerance. */
export const linearSVRDefinition: EstimatorDefinition<LinearSVR> = {
  kind: "LinearSVR",
  task: "regression",
  takesMissing: false,
  takesCategories: false,
  check: (specification) => {
    const { kind, loss, epsilon } = specification;
    checkMargin(specification);
    checkNumber(kind, "epsilon", epsilon);
    const losses: readonly string[] = ["epsilonInsensitive", "squaredEpsilonInsensitive"];
    checkOption(kind, "loss", losses.includes(loss), `one of ${losses.join(", ")}`, loss);
  },
  fit,
  apply: (_, _state, features, parameters) => predictRegression(features, parameters),
  work: (_, { rows, columns }) => ({
    flops: 20 * rows * columns * Math.min(rows, columns),
    bytes: 160 * rows * columns,
  }),
};
