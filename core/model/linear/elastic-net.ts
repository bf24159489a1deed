// The lasso and elastic net by coordinate descent in float64, as scikit-learn has them (Friedman, Hastie and Tibshirani 2010),
// until the duality gap is small: the gap bounds how far the objective is above its minimum.

import { breather } from "../breath.ts";
import { checkCount, checkNumber, checkOption } from "../check-option.ts";
import type { EstimatorDefinition, FitContext, FitData, FittedModel } from "../estimator.ts";
import { addMultiple, dot } from "./householder.ts";
import { centreOf } from "./least-squares.ts";
import { predictRegression, regressionModel, regressionOf } from "./linear-model.ts";
import type { ElasticNet, Lasso } from "./specification.ts";

type Descent = Omit<ElasticNet, "kind"> & { readonly kind: string };

/** Centred columns times the roots of weights that sum to the rows. */
interface Centred {
  readonly matrix: readonly Float64Array[];
  readonly y: Float64Array;
}

interface Penalty {
  readonly l1: number;
  readonly l2: number;
  readonly positive: boolean;
}

const checkDescent = ({ kind, alpha, l1Ratio, fitIntercept, positive, maxIter, tol }: Descent): void => {
  checkOption(
    kind,
    "alpha",
    alpha > 0 && Number.isFinite(alpha),
    "a number above 0 (LinearRegression has none)",
    alpha,
  );
  checkOption(kind, "l1Ratio", l1Ratio >= 0 && l1Ratio <= 1, "from 0 to 1", l1Ratio);
  checkOption(kind, "fitIntercept", typeof fitIntercept === "boolean", "true or false", fitIntercept);
  checkOption(kind, "positive", typeof positive === "boolean", "true or false", positive);
  checkCount(kind, "maxIter", maxIter);
  checkNumber(kind, "tol", tol);
};

/**
 * The gap between 1/2 |y - Xw|² + l1 |w|₁ + l2/2 |w|² and its dual at the residual, scaled to be feasible.
 */
const dualityGap = (
  { matrix, y }: Centred,
  residual: Float64Array,
  w: Float64Array,
  { l1, l2, positive }: Penalty,
): number => {
  let steepest = 0;
  matrix.forEach((column, k) => {
    const slope = dot(column, residual) - l2 * (w[k] ?? 0);
    steepest = Math.max(steepest, positive ? slope : Math.abs(slope));
  });
  const size = dot(residual, residual);
  const scale = steepest > l1 ? l1 / steepest : 1;
  const sum = w.reduce((total, value) => total + Math.abs(value), 0);
  return (
    0.5 * size * (1 + scale * scale) + l1 * sum - scale * dot(residual, y) + 0.5 * l2 * (1 + scale * scale) * dot(w, w)
  );
};

const descend = async (
  rows: Centred,
  penalty: Penalty,
  { maxIter, tol }: { readonly maxIter: number; readonly tol: number },
  { signal, report }: FitContext,
) => {
  const { matrix, y } = rows;
  const { l1, l2, positive } = penalty;
  const squares = matrix.map((column) => dot(column, column));
  const w = new Float64Array(matrix.length);
  const residual = y.slice();
  const breathe = breather(signal);
  // A look at the clock for each 1,000 values or so: of short columns the looks would cost more than the work.
  const stride = Math.ceil(1000 / y.length);
  const enough = tol * dot(y, y);
  let gap = Number.POSITIVE_INFINITY;
  let iterations = 0;
  const all = Uint32Array.from(w, (_, k) => k);
  let sweep = all;
  while (iterations < maxIter && gap > enough) {
    let most = 0;
    let largest = 0;
    for (let at = 0; at < sweep.length; at++) {
      if (at % stride === 0) await breathe();
      const k = sweep[at] ?? 0;
      const column = matrix[k] ?? y;
      const square = squares[k] ?? 0;
      if (square === 0) continue;
      const before = w[k] ?? 0;
      const slope = dot(column, residual) + square * before;
      const size = Math.max((positive ? slope : Math.abs(slope)) - l1, 0) / (square + l2);
      const after = slope < 0 ? -size : size;
      if (after !== before) {
        addMultiple(residual, before - after, column);
        w[k] = after;
      }
      most = Math.max(most, Math.abs(after - before));
      largest = Math.max(largest, Math.abs(after));
    }
    iterations++;
    // Few coefficients are not 0: they are brought to rest among themselves before all are looked at again. The gap costs a
    // pass; it is asked for when all have come to rest, and now and then.
    const rests = largest === 0 || most <= tol * largest;
    const now = rests || iterations % 10 === 0;
    if ((sweep === all && now) || iterations === maxIter) gap = dualityGap(rows, residual, w, penalty);
    if (sweep === all) sweep = all.filter((k) => w[k] !== 0);
    else if (now) sweep = all;
    if (sweep.length === 0) sweep = all;
    const loss = (0.5 * dot(residual, residual)) / y.length;
    report?.({ step: iterations, epoch: iterations, epochs: maxIter, fraction: iterations / maxIter, loss });
  }
  return { w, gap, iterations, converged: gap <= enough };
};

const fitDescent = async (options: Descent, data: FitData, context: FitContext): Promise<FittedModel> => {
  const { kind, alpha, l1Ratio, fitIntercept, positive } = options;
  const problem = { ...regressionOf(kind, data), fitIntercept };
  const { rows, columns, x, y, weights } = problem;
  const { mean, target } = centreOf(problem);
  const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? rows;
  const roots = Float64Array.from({ length: rows }, (_, row) => Math.sqrt(((weights?.[row] ?? 1) * rows) / total));
  const matrix = Array.from({ length: columns }, (_, k) =>
    roots.map((root, row) => root * ((x[row * columns + k] ?? 0) - (mean[k] ?? 0))),
  );
  const own = { matrix, y: roots.map((root, row) => root * ((y[row] ?? 0) - target)) };
  const penalty = { l1: alpha * l1Ratio * rows, l2: alpha * (1 - l1Ratio) * rows, positive };
  const { w, gap, iterations, converged } = await descend(own, penalty, options, context);
  const found = { iterations, converged, dualityGap: gap / rows };
  return regressionModel(w, target - dot(w, mean), mean, found);
};

const shared = { task: "regression", takesMissing: false, takesCategories: false } as const;

/** State: coefficients, intercept, iterations, whether the gap came below the tolerance, and the gap of the objective. */
export const elasticNetDefinition: EstimatorDefinition<ElasticNet> = {
  ...shared,
  kind: "ElasticNet",
  check: checkDescent,
  fit: fitDescent,
  apply: (_, _state, features, parameters) => predictRegression(features, parameters),
  // Some tens of passes settle most tables.
  work: ({ maxIter }, { rows, columns }) => ({
    flops: 4 * rows * columns * Math.min(maxIter, 50),
    bytes: 16 * rows * columns * Math.min(maxIter, 50),
  }),
};

export const lassoDefinition: EstimatorDefinition<Lasso> = {
  ...shared,
  kind: "Lasso",
  check: (specification) => checkDescent({ ...specification, l1Ratio: 1 }),
  fit: (specification, data, context) => fitDescent({ ...specification, l1Ratio: 1 }, data, context),
  apply: (_, _state, features, parameters) => predictRegression(features, parameters),
  work: ({ maxIter }, { rows, columns }) => ({
    flops: 4 * rows * columns * Math.min(maxIter, 50),
    bytes: 16 * rows * columns * Math.min(maxIter, 50),
  }),
};
