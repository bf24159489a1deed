// Linear support vector machines by an interior-point method in float64 (Mehrotra 1992; Ferris and Munson 2002): the dual's
// Newton system is a diagonal plus a product as wide as the columns are many, so an iteration costs rows x columns², and ten
// to forty iterations reach any gap however badly the columns are scaled. liblinear's coordinate descent takes millions of
// passes on tables as they come.
import { addMultiple, dot } from "./householder.ts";
import { coefficientsOf, dualOf, gapLimit, judge, type MarginProblem, type MarginSolution } from "./margin-problem.ts";

/** How near to its bound a multiplier goes in one step. */
const stepShare = 0.995;
const iterationLimit = 200;

/** Factors I + Σ weight x x' into its lower triangle by rows (Cholesky), in place of it. */
const factorise = async (
  rows: readonly Float64Array[],
  weights: Float64Array,
  size: number,
  breathe: () => Promise<void> | undefined,
): Promise<Float64Array[]> => {
  const lower = Array.from({ length: size }, (_, i) => {
    const own = new Float64Array(i + 1);
    own[i] = 1;
    return own;
  });
  for (let row = 0; row < rows.length; row++) {
    if (row % 16 === 0) await breathe();
    const own = rows[row];
    const weight = weights[row] ?? 0;
    if (!own || weight === 0) continue;
    lower.forEach((target, i) => {
      const factor = weight * (own[i] ?? 0);
      if (factor !== 0) addMultiple(target, factor, own, 0, i + 1);
    });
  }
  for (let i = 0; i < size; i++) {
    if (i % 16 === 0) await breathe();
    const own = lower[i];
    if (!own) continue;
    for (let k = 0; k < i; k++) {
      const above = lower[k];
      if (above) own[k] = ((own[k] ?? 0) - dot(own, above, 0, k)) / (above[k] ?? 1);
    }
    // The diagonal is at least 1 but for rounding.
    own[i] = Math.sqrt(Math.max((own[i] ?? 0) - dot(own, own, 0, i), 1e-12));
  }
  return lower;
};

/** Solves L L' x = side, in place. */
const solveLower = (lower: readonly Float64Array[], side: Float64Array): Float64Array => {
  lower.forEach((own, i) => {
    side[i] = ((side[i] ?? 0) - dot(own, side, 0, i)) / (own[i] ?? 1);
  });
  for (let i = lower.length - 1; i >= 0; i--) {
    const own = lower[i];
    if (!own) continue;
    const value = (side[i] ?? 0) / (own[i] ?? 1);
    side[i] = value;
    addMultiple(side, -value, own, 0, i);
  }
  return side;
};

/** Solves to a duality gap of `tol` times the objective. */
export const solveByInteriorPoint = async (
  problem: MarginProblem,
  tol: number,
  breathe: () => Promise<void> | undefined,
): Promise<MarginSolution> => {
  const { rows, columns, bounds } = problem;
  const { row, sign, margin } = bounds;
  const { limit, damping } = dualOf(bounds);
  const count = row.length;
  const enough = gapLimit(bounds, tol);
  const at = (values: Float64Array, i: number): number => values[i] ?? 0;
  const isBound = (i: number): boolean => limit[i] !== Number.POSITIVE_INFINITY;

  const alpha = limit.map((own) => (own === Number.POSITIVE_INFINITY ? 1 : own / 2));
  let w = coefficientsOf(problem, alpha);
  const scores = new Float64Array(rows.length);
  const score = (vector: Float64Array, into: Float64Array): void =>
    rows.forEach((own, i) => {
      into[i] = dot(own, vector);
    });
  score(w, scores);
  /** Slope of the dual's negative in a multiplier. */
  const slope = (i: number): number =>
    at(sign, i) * at(scores, row[i] ?? 0) + at(damping, i) * at(alpha, i) - at(margin, i);
  /** Multipliers of alpha >= 0 and of alpha <= limit. */
  const below = Float64Array.from(alpha, (_, i) => Math.max(1, slope(i)));
  const above = Float64Array.from(alpha, (_, i) => (isBound(i) ? Math.max(1, -slope(i)) : 0));
  const room = (i: number): number => at(limit, i) - at(alpha, i);

  const weights = new Float64Array(rows.length);
  const inverse = new Float64Array(count);
  const rowScores = new Float64Array(rows.length);
  /** The Newton step of alpha for a right side: diagonal and product by the Sherman-Morrison-Woodbury formula. */
  const newton = (lower: readonly Float64Array[], right: Float64Array): Float64Array => {
    const scaled = right.map((value, i) => value * at(inverse, i));
    score(solveLower(lower, coefficientsOf(problem, scaled)), rowScores);
    return scaled.map((value, i) => value - at(inverse, i) * at(sign, i) * at(rowScores, row[i] ?? 0));
  };

  let found = { ...judge(problem, w, scores, alpha), w, multipliers: alpha.slice() };
  let iterations = 0;
  while (iterations < iterationLimit && found.gap > enough(found.objective)) {
    await breathe();
    iterations++;
    weights.fill(0);
    let products = 0;
    let pairs = 0;
    for (let i = 0; i < count; i++) {
      const bound = isBound(i);
      const diagonal = at(damping, i) + at(below, i) / at(alpha, i) + (bound ? at(above, i) / room(i) : 0);
      inverse[i] = 1 / diagonal;
      const own = row[i] ?? 0;
      weights[own] = at(weights, own) + 1 / diagonal;
      products += at(below, i) * at(alpha, i) + (bound ? at(above, i) * room(i) : 0);
      pairs += bound ? 2 : 1;
    }
    const lower = await factorise(rows, weights, columns, breathe);
    const slopes = Float64Array.from(alpha, (_, i) => slope(i));
    const step = (target: number, first?: { alpha: Float64Array; below: Float64Array; above: Float64Array }) => {
      // Second-order terms come from the step towards the boundary.
      const aim = (i: number, other: Float64Array | undefined, turn: number): number =>
        target - (first && other ? turn * at(first.alpha, i) * at(other, i) : 0);
      const right = slopes.map(
        (own, i) =>
          -own + aim(i, first?.below, 1) / at(alpha, i) - (isBound(i) ? aim(i, first?.above, -1) / room(i) : 0),
      );
      const dAlpha = newton(lower, right);
      const dBelow = dAlpha.map(
        (own, i) => aim(i, first?.below, 1) / at(alpha, i) - at(below, i) - (at(below, i) / at(alpha, i)) * own,
      );
      const dAbove = dAlpha.map((own, i) =>
        isBound(i) ? aim(i, first?.above, -1) / room(i) - at(above, i) + (at(above, i) / room(i)) * own : 0,
      );
      let length = 1 / stepShare;
      for (let i = 0; i < count; i++) {
        const shrink = (value: number, change: number): void => {
          if (change < 0) length = Math.min(length, -value / change);
        };
        shrink(at(alpha, i), at(dAlpha, i));
        shrink(at(below, i), at(dBelow, i));
        if (!isBound(i)) continue;
        shrink(room(i), -at(dAlpha, i));
        shrink(at(above, i), at(dAbove, i));
      }
      return { alpha: dAlpha, below: dBelow, above: dAbove, length: stepShare * length };
    };
    const affine = step(0);
    let after = 0;
    for (let i = 0; i < count; i++) {
      const own = at(alpha, i) + affine.length * at(affine.alpha, i);
      after += own * (at(below, i) + affine.length * at(affine.below, i));
      if (isBound(i)) after += (at(limit, i) - own) * (at(above, i) + affine.length * at(affine.above, i));
    }
    const mean = products / pairs;
    const taken = step(mean * (after / products) ** 3, affine);
    addMultiple(alpha, taken.length, taken.alpha);
    addMultiple(below, taken.length, taken.below);
    addMultiple(above, taken.length, taken.above);
    w = coefficientsOf(problem, alpha);
    score(w, scores);
    const own = judge(problem, w, scores, alpha);
    if (own.gap < found.gap) found = { ...own, w, multipliers: alpha.slice() };
    // Nothing more is to be had from these numbers.
    if (!(taken.length > 1e-10)) break;
  }
  return { ...found, iterations, converged: found.gap <= enough(found.objective) };
};
