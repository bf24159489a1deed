// Least squares in float64, for fits whose features are float32 and for those that are not. Rows go block by block into one
// triangle (sequential TSQR: Demmel, Grigori, Hoemmen and Langou 2012), so that memory is that of the triangle; the Gram
// matrix, which would square the condition number, is never formed. The triangle is then factored again with pivoting, which
// finds columns that depend on others; their freedom is used for the solution of least norm, as scikit-learn's is.
import { ArgumentError } from "@millrace/kernels";
import { breather } from "../breath.ts";
import { exactSum } from "./exact-sum.ts";
import { addMultiple, dot, triangularise } from "./householder.ts";

/** Rows and what is wanted of them. */
export interface LeastSquaresProblem {
  readonly rows: number;
  readonly columns: number;
  /** Row-major [rows, columns]. */
  readonly x: Float64Array | Float32Array;
  /** [rows]. */
  readonly y: Float64Array;
  /** [rows], at least 0. 1 if left out. */
  readonly weights?: Float64Array | undefined;
  /** Default true. */
  readonly fitIntercept?: boolean;
  /** Adds alpha times the sum of squared coefficients. Default 0. */
  readonly alpha?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface LeastSquaresSolution {
  readonly coefficients: Float64Array;
  readonly intercept: number;
  /** Columns that depend on no others, as far as float64 tells. */
  readonly rank: number;
}

/** Weighted means of the columns and of y, or zeros without an intercept. @throws ArgumentError when no row has weight */
export const centreOf = ({
  rows,
  columns,
  x,
  y,
  weights,
  fitIntercept = true,
}: LeastSquaresProblem): { readonly mean: Float64Array; readonly target: number } => {
  const total = weights ? weights.reduce((sum, weight) => sum + weight, 0) : rows;
  if (!(total > 0)) throw new ArgumentError("weights: at least one row has a weight above 0");
  const mean = new Float64Array(columns);
  if (!fitIntercept) return { mean, target: 0 };
  let target = y[0] ?? 0;
  let shift = 0;
  // Means of differences from the first row: a large offset costs no digits.
  for (let row = 0; row < rows; row++) {
    const weight = (weights?.[row] ?? 1) / total;
    shift += weight * ((y[row] ?? 0) - target);
    for (let k = 0; k < columns; k++) mean[k] = (mean[k] ?? 0) + weight * ((x[row * columns + k] ?? 0) - (x[k] ?? 0));
  }
  target += shift;
  return { mean: mean.map((value, k) => value + (x[k] ?? 0)), target };
};

/** Norms of the columns as they came, before the mean is taken off: what is left of a constant column is rounding beside them. */
const normsOf = ({ rows, columns, x, weights }: LeastSquaresProblem): Float64Array => {
  const squares = new Float64Array(columns);
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < columns; k++)
      squares[k] = (squares[k] ?? 0) + (weights?.[row] ?? 1) * (x[row * columns + k] ?? 0) ** 2;
  return squares.map(Math.sqrt);
};

/** The least-norm solution of the first `rank` rows of a trapezoid, in the order of its columns. */
const solveTrapezoid = async (
  columns: readonly Float64Array[],
  rank: number,
  side: Float64Array,
  breathe: () => Promise<void> | undefined,
): Promise<Float64Array> => {
  const size = columns.length;
  if (rank === size) {
    const solution = side.slice(0, rank);
    for (let k = rank - 1; k >= 0; k--) {
      const column = columns[k] ?? side;
      solution[k] = (solution[k] ?? 0) / (column[k] ?? 1);
      addMultiple(solution, -(solution[k] ?? 0), column, 0, k);
    }
    return solution;
  }
  // R^T = Q S, so the least-norm solution of R w = c is Q S^-T c.
  const rows = Array.from({ length: rank }, (_, i) => Float64Array.from(columns, (column) => column[i] ?? 0));
  const originals = rows.map((row) => row.slice());
  await triangularise(rows, [], breathe);
  const middle = side.slice(0, rank);
  for (let k = 0; k < rank; k++) {
    const column = rows[k] ?? middle;
    middle[k] = ((middle[k] ?? 0) - dot(column, middle, 0, k)) / (column[k] ?? 1);
  }
  // Q S^-T c = R^T S^-1 (S^-T c).
  for (let k = rank - 1; k >= 0; k--) {
    const column = rows[k] ?? middle;
    middle[k] = (middle[k] ?? 0) / (column[k] ?? 1);
    addMultiple(middle, -(middle[k] ?? 0), column, 0, k);
  }
  const solution = new Float64Array(size);
  originals.forEach((row, k) => {
    addMultiple(solution, middle[k] ?? 0, row);
  });
  return solution;
};

/** The pivoted triangle of the centred, weighted rows, and the right side with it. */
interface Factored {
  readonly triangle: readonly Float64Array[];
  readonly order: readonly number[];
  readonly rank: number;
  readonly side: Float64Array;
}

const factor = async (
  problem: LeastSquaresProblem,
  { mean, target }: { readonly mean: Float64Array; readonly target: number },
  breathe: () => Promise<void> | undefined,
): Promise<Factored> => {
  const { rows, columns, x, y, weights, alpha = 0 } = problem;
  // The triangle so far stands above the rows of the next block; a penalty is a triangle to begin with.
  const kept = alpha > 0 || rows > columns ? columns : 0;
  const blockRows = Math.min(rows, kept > 0 ? Math.max(256, 3 * columns) : rows);
  const matrix = Array.from({ length: columns }, (_, k) => {
    const column = new Float64Array(kept + blockRows);
    if (kept > 0) column[k] = Math.sqrt(alpha);
    return column;
  });
  const side = new Float64Array(kept + blockRows);
  for (let from = 0; from < rows; from += blockRows) {
    const own = Math.min(blockRows, rows - from);
    side.fill(0, kept);
    for (const column of matrix) column.fill(0, kept);
    for (let row = from; row < from + own; row++) {
      const root = Math.sqrt(weights?.[row] ?? 1);
      const at = kept + row - from;
      side[at] = root * ((y[row] ?? 0) - target);
      for (let k = 0; k < columns; k++) {
        const column = matrix[k];
        if (column) column[at] = root * ((x[row * columns + k] ?? 0) - (mean[k] ?? 0));
      }
    }
    if (kept > 0) await triangularise(matrix, [side], breathe);
  }
  const top = kept || rows;
  const square = matrix.map((column) => column.slice(0, top));
  const right = side.slice(0, top);
  const norms = normsOf(problem);
  const scale = alpha > 0 ? norms.map((norm) => Math.hypot(norm, Math.sqrt(alpha))) : norms;
  const tolerance = 16 * Number.EPSILON * Math.max(columns, 16);
  return {
    ...(await triangularise(square, [right], breathe, { scale, tolerance })),
    triangle: square,
    side: right,
  };
};

/** Problems of more elements are not refined: it would take 20 operations an element, and many rows average rounding away. */
const refinedElements = 2 ** 21;

/**
 * Corrects a solution by what its gradient says (corrected semi-normal equations: Bjoerck 1987), the gradient summed in twice
 * the digits. Large residuals cost the squared condition number without it: Wampler5 has 6.0 digits before and 9 after.
 */
const refine = (
  { rows, columns, x, y, weights, fitIntercept = true, alpha = 0 }: LeastSquaresProblem,
  mean: Float64Array,
  { triangle, order }: Factored,
  { coefficients, intercept, rank }: LeastSquaresSolution,
): LeastSquaresSolution => {
  const sums = Array.from(coefficients, (value) => exactSum(-alpha * value));
  const offset = exactSum();
  const total = weights ? weights.reduce((sum, weight) => sum + weight, 0) : rows;
  for (let row = 0; row < rows; row++) {
    const residual = exactSum(y[row] ?? 0);
    for (let k = 0; k < columns; k++) residual.add(-(x[row * columns + k] ?? 0), coefficients[k] ?? 0);
    if (fitIntercept) residual.add(-1, intercept);
    const weighted = (weights?.[row] ?? 1) * residual.value();
    offset.add(1, weighted);
    sums.forEach((sum, k) => {
      sum.add(x[row * columns + k] ?? 0, weighted);
    });
  }
  const shift = fitIntercept ? offset.value() : 0;
  const step = Float64Array.from(order, (k) => {
    const sum = sums[k];
    sum?.add(-(mean[k] ?? 0), shift);
    return sum?.value() ?? 0;
  });
  for (let k = 0; k < columns; k++) {
    const column = triangle[k] ?? step;
    step[k] = ((step[k] ?? 0) - dot(column, step, 0, k)) / (column[k] ?? 1);
  }
  for (let k = columns - 1; k >= 0; k--) {
    const column = triangle[k] ?? step;
    step[k] = (step[k] ?? 0) / (column[k] ?? 1);
    addMultiple(step, -(step[k] ?? 0), column, 0, k);
  }
  const refined = coefficients.slice();
  let change = shift / total;
  order.forEach((column, k) => {
    refined[column] = (refined[column] ?? 0) + (step[k] ?? 0);
    change -= (mean[column] ?? 0) * (step[k] ?? 0);
  });
  return { coefficients: refined, intercept: fitIntercept ? intercept + change : 0, rank };
};

/**
 * Least squares with or without an intercept, in float64: 2 rows columns² operations. NIST's certified sets come out to at
 * least 6 digits, Filip's tenth degree among them (test/core/model/linear/nist.test.ts).
 * @throws ArgumentError when sizes do not agree or no row has weight; the signal's reason
 * @example
 * const { coefficients, intercept } = await leastSquares({ rows: 3, columns: 1, x: Float64Array.of(1, 2, 3), y: Float64Array.of(3, 5, 7) });
 */
export const leastSquares = async (problem: LeastSquaresProblem): Promise<LeastSquaresSolution> => {
  const { rows, columns, x, y, weights } = problem;
  if (x.length !== rows * columns || y.length !== rows || (weights && weights.length !== rows))
    throw new ArgumentError(
      `leastSquares: x is [${rows}, ${columns}], so y and weights have ${rows} values and x ${rows * columns}; got ${y.length}, ${weights?.length ?? "none"} and ${x.length}`,
    );
  const breathe = breather(problem.signal);
  const centre = centreOf(problem);
  const { mean, target } = centre;
  const factored = await factor(problem, centre, breathe);
  const { order, rank } = factored;
  const found = await solveTrapezoid(factored.triangle, rank, factored.side, breathe);
  const coefficients = new Float64Array(columns);
  order.forEach((column, k) => {
    coefficients[column] = found[k] ?? 0;
  });
  const solution = { coefficients, intercept: target - dot(coefficients, mean), rank };
  return rank === columns && rows * columns <= refinedElements ? refine(problem, mean, factored, solution) : solution;
};
