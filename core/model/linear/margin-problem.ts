// What linear support vector machines minimise, as one problem: |w|² / 2 + Σ cost * max(0, margin - sign * xw)^p over bounds,
// each of which asks a row to be on one side. A class asks one bound of a row, a quantity two.
import { dot } from "./householder.ts";

/** Bounds, one entry each in every array. */
export interface Bounds {
  readonly row: Int32Array;
  /** 1: the score is to be at least `margin`; -1: less the score is. */
  readonly sign: Float64Array;
  readonly margin: Float64Array;
  /** Above 0. */
  readonly cost: Float64Array;
  /** Errors count by their squares (p is 2). */
  readonly squared: boolean;
}

/** Rows with their bounds. */
export interface MarginProblem {
  readonly rows: readonly Float64Array[];
  readonly columns: number;
  readonly bounds: Bounds;
}

/**
 * Multipliers of the bounds: at least 0 and at most `limit`; half of `damping` times their squares is taken off the dual. A
 * linear error bounds them by its cost, a squared one damps them by 1 / (2 cost).
 */
export const dualOf = ({
  cost,
  squared,
}: Bounds): { readonly limit: Float64Array; readonly damping: Float64Array } => ({
  limit: squared ? new Float64Array(cost.length).fill(Number.POSITIVE_INFINITY) : cost,
  damping: cost.map((own) => (squared ? 1 / (2 * own) : 0)),
});

/** The coefficients that multipliers stand for. */
export const coefficientsOf = ({ rows, columns, bounds }: MarginProblem, multipliers: Float64Array): Float64Array => {
  const factors = new Float64Array(rows.length);
  multipliers.forEach((value, i) => {
    const row = bounds.row[i] ?? 0;
    factors[row] = (factors[row] ?? 0) + value * (bounds.sign[i] ?? 0);
  });
  const w = new Float64Array(columns);
  rows.forEach((own, row) => {
    const factor = factors[row] ?? 0;
    if (factor !== 0) for (let k = 0; k < columns; k++) w[k] = (w[k] ?? 0) + factor * (own[k] ?? 0);
  });
  return w;
};

/** The objective at w, and how far above the dual at the multipliers it is. `scores` are those of the rows. */
export const judge = (
  { bounds }: MarginProblem,
  w: Float64Array,
  scores: Float64Array,
  multipliers: Float64Array,
): { readonly objective: number; readonly gap: number } => {
  const { row, sign, margin, cost, squared } = bounds;
  const { damping } = dualOf(bounds);
  const square = dot(w, w);
  let objective = square / 2;
  let dual = -square / 2;
  for (let i = 0; i < row.length; i++) {
    const error = Math.max(0, (margin[i] ?? 0) - (sign[i] ?? 0) * (scores[row[i] ?? 0] ?? 0));
    objective += (cost[i] ?? 0) * (squared ? error * error : error);
    const own = multipliers[i] ?? 0;
    dual += own * (margin[i] ?? 0) - (own * own * (damping[i] ?? 0)) / 2;
  }
  return { objective, gap: objective - dual };
};

/** The largest gap at which a problem counts as solved: `tol` of the objective, and of what the zero vector costs a little. */
export const gapLimit = ({ row, margin, cost, squared }: Bounds, tol: number): ((objective: number) => number) => {
  let atZero = 0;
  for (let i = 0; i < row.length; i++) {
    const error = Math.max(0, margin[i] ?? 0);
    atZero += (cost[i] ?? 0) * (squared ? error * error : error);
  }
  return (objective) => tol * objective + 1e-12 * atZero;
};

/** What a solver found. */
export interface MarginSolution {
  readonly w: Float64Array;
  /** Of the bounds. */
  readonly multipliers: Float64Array;
  readonly objective: number;
  readonly gap: number;
  readonly iterations: number;
  readonly converged: boolean;
}
