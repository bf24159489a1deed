// Linear support vector machines as classifiers: one problem for two classes, else one a class against the rest.
import { breather } from "../breath.ts";
import { classesApart } from "../check-classes.ts";
import { checkOption } from "../check-option.ts";
import type { EstimatorDefinition, FitContext, FitData, FittedModel } from "../estimator.ts";
import { parameterOf } from "../parameter-of.ts";
import { checkClassWeight, rowWeights } from "../row-weights.ts";
import { dot } from "./householder.ts";
import type { Bounds } from "./margin-problem.ts";
import { checkMargin, marginRows, solveMargin } from "./solve-margin.ts";
import type { LinearSVC } from "./specification.ts";

const boundsOf = (codes: Int32Array, positive: number, costs: Float64Array, squared: boolean): Bounds => {
  const row = Int32Array.from(costs, (_, i) => i).filter((i) => (costs[i] ?? 0) > 0);
  return {
    row,
    sign: Float64Array.from(row, (i) => (codes[i] === positive ? 1 : -1)),
    margin: new Float64Array(row.length).fill(1),
    cost: Float64Array.from(row, (i) => costs[i] ?? 0),
    squared,
  };
};

const fit = async (
  specification: LinearSVC,
  data: FitData,
  { seed, signal, report }: FitContext,
): Promise<FittedModel> => {
  const { kind, C, loss, fitIntercept, interceptScaling, classWeight } = specification;
  const { x } = data;
  const weights = rowWeights(data, classWeight);
  const { codes, classCount } = classesApart(kind, { ...data, weights });
  const breathe = breather(signal);
  const rows = await marginRows(x, specification, breathe);
  const costs = weights.map((weight) => C * weight);
  const problems = classCount === 2 ? [1] : Array.from({ length: classCount }, (_, code) => code);
  const origin = Float32Array.from({ length: x.columns }, (_, k) => {
    let mean = 0;
    for (let row = 0; row < x.rows; row++) mean += ((x.data[row * x.columns + k] ?? 0) - mean) / (row + 1);
    return mean;
  });
  const coefficients = new Float32Array(x.columns * classCount);
  const atOrigin = new Float32Array(classCount);
  const intercepts: number[] = [];
  const objectives: number[] = [];
  let converged = true;
  let iterations = 0;
  for (const [done, positive] of problems.entries()) {
    const bounds = boundsOf(codes, positive, costs, loss === "squaredHinge");
    const found = await solveMargin(rows, bounds, { ...specification, seed }, breathe);
    const intercept = fitIntercept ? interceptScaling * (found.w[x.columns] ?? 0) : 0;
    const own = found.w.subarray(0, x.columns);
    const start = intercept + dot(own, Float64Array.from(origin));
    // Of two classes the first has the margin of the second, turned.
    for (const [code, sign] of classCount === 2
      ? ([
          [0, -1],
          [1, 1],
        ] as const)
      : ([[positive, 1]] as const)) {
      atOrigin[code] = sign * start;
      own.forEach((value, k) => {
        coefficients[k * classCount + code] = sign * value;
      });
    }
    intercepts.push(intercept);
    objectives.push(found.objective);
    converged &&= found.converged;
    iterations = Math.max(iterations, found.iterations);
    const fraction = (done + 1) / problems.length;
    report?.({ step: done + 1, epoch: done + 1, epochs: problems.length, fraction, loss: found.objective });
  }
  return {
    parameters: {
      origin: { shape: [x.columns], data: origin },
      coefficients: { shape: [x.columns, classCount], data: coefficients },
      atOrigin: { shape: [classCount], data: atOrigin },
    },
    state: { intercepts, objectives, iterations, converged },
  };
};

/**
 * State: by problem (one for two classes, else one a class) the intercepts and the objectives reached; the most iterations of
 * one, and whether all came below the tolerance.
 */
export const linearSVCDefinition: EstimatorDefinition<LinearSVC> = {
  kind: "LinearSVC",
  task: "classification",
  takesMissing: false,
  takesCategories: false,
  check: (specification) => {
    const { kind, loss, classWeight } = specification;
    checkMargin(specification);
    checkOption(kind, "loss", ["hinge", "squaredHinge"].includes(loss), '"hinge" or "squaredHinge"', loss);
    checkClassWeight(kind, classWeight);
  },
  fit,
  apply: (_, _state, features, parameters) => ({
    score: features
      .subtract(parameterOf(parameters, "origin"))
      .matmul(parameterOf(parameters, "coefficients"))
      .add(parameterOf(parameters, "atOrigin")),
  }),
  // Some twenty interior-point iterations a problem.
  work: (_, { rows, columns, classes }) => {
    const problems = 20 * (classes > 2 ? classes : 1);
    const narrow = Math.min(rows, columns);
    return { flops: problems * rows * columns * narrow, bytes: 8 * problems * rows * columns };
  },
};
