// Which way a linear support vector machine is solved, by its size, and the options that its kinds share.
import { ArgumentError } from "@millrace/kernels";
import { checkCount, checkOption } from "../check-option.ts";
import type { Matrix } from "../estimator.ts";
import { solveByDualDescent } from "./dual-descent.ts";
import { dot } from "./householder.ts";
import { solveByInteriorPoint } from "./interior-point.ts";
import { type Bounds, coefficientsOf, judge, type MarginSolution } from "./margin-problem.ts";
import type { LinearSVC, LinearSVR } from "./specification.ts";

type Margin = LinearSVC | LinearSVR;

/** Products of one interior-point iteration at most, about a second; beyond, passes over the rows are the cheaper way. */
const mostProducts = 1e9;

/** @throws ArgumentError naming the option */
export const checkMargin = ({ kind, C, fitIntercept, interceptScaling, maxIter, tol }: Margin): void => {
  checkOption(kind, "C", C > 0 && Number.isFinite(C), "a finite number above 0", C);
  checkOption(kind, "fitIntercept", typeof fitIntercept === "boolean", "true or false", fitIntercept);
  const scales = interceptScaling > 0 && Number.isFinite(interceptScaling);
  checkOption(kind, "interceptScaling", scales, "a finite number above 0", interceptScaling);
  checkCount(kind, "maxIter", maxIter);
  checkOption(kind, "tol", tol > 0 && Number.isFinite(tol), "a finite number above 0", tol);
};

/** Rows in float64, the intercept's column last. */
export interface MarginRows {
  readonly rows: readonly Float64Array[];
  readonly columns: number;
  /** The rows in as few coordinates as there are rows, with the same products, where that is fewer than columns. */
  readonly narrow: readonly Float64Array[] | undefined;
}

/** The lower triangle L of products L L' of the rows; a row that depends on those before it gets a zero at its place. */
const triangleOf = async (
  rows: readonly Float64Array[],
  breathe: () => Promise<void> | undefined,
): Promise<Float64Array[]> => {
  const triangle = rows.map(() => new Float64Array(rows.length));
  for (let i = 0; i < rows.length; i++) {
    const own = triangle[i];
    const row = rows[i];
    if (!own || !row) continue;
    for (let j = 0; j < i; j++) {
      const other = triangle[j];
      if (j % 16 === 0) await breathe();
      const diagonal = other?.[j] ?? 0;
      own[j] = diagonal === 0 ? 0 : (dot(row, rows[j] ?? row) - dot(own, other ?? own, 0, j)) / diagonal;
    }
    const square = dot(row, row);
    const left = square - dot(own, own, 0, i);
    own[i] = left > 1e-14 * square ? Math.sqrt(left) : 0;
  }
  return triangle;
};

/** The rows as the solvers read them. */
export const marginRows = async (
  x: Matrix,
  { fitIntercept, interceptScaling }: Margin,
  breathe: () => Promise<void> | undefined,
): Promise<MarginRows> => {
  const columns = x.columns + Number(fitIntercept);
  const rows = Array.from({ length: x.rows }, (_, row) => {
    const own = new Float64Array(columns);
    own.set(x.data.subarray(row * x.columns, (row + 1) * x.columns));
    if (fitIntercept) own[x.columns] = interceptScaling;
    return own;
  });
  const narrow =
    x.rows < columns && x.rows ** 3 <= mostProducts && x.rows ** 2 * columns <= 8 * mostProducts
      ? await triangleOf(rows, breathe)
      : undefined;
  return { rows, columns, narrow };
};

/** Solves for some bounds of the rows. @throws ArgumentError when no bound counts */
export const solveMargin = async (
  { rows, columns, narrow }: MarginRows,
  bounds: Bounds,
  options: { readonly kind: string; readonly tol: number; readonly maxIter: number; readonly seed: number },
  breathe: () => Promise<void> | undefined,
): Promise<MarginSolution> => {
  if (bounds.row.length === 0)
    throw new ArgumentError(`${options.kind}: all rows have weight 0; it takes at least one above it`);
  const problem = { rows, columns, bounds };
  if (!narrow)
    return rows.length * columns ** 2 <= mostProducts
      ? solveByInteriorPoint(problem, options.tol, breathe)
      : solveByDualDescent(problem, options, breathe);
  const found = await solveByInteriorPoint({ rows: narrow, columns: rows.length, bounds }, options.tol, breathe);
  const w = coefficientsOf(problem, found.multipliers);
  const scores = Float64Array.from(rows, (own) => dot(own, w));
  return { ...found, w, ...judge(problem, w, scores, found.multipliers) };
};
