// Linear support vector machines by coordinate descent in the dual (Hsieh, Chang, Lin, Keerthi and Sundararajan 2008), as
// liblinear has them: rows x columns a pass, for tables that are large both ways.
import { randomStream, shuffle } from "../../validate/random-stream.ts";
import { addMultiple, dot } from "./householder.ts";
import { coefficientsOf, dualOf, gapLimit, judge, type MarginProblem, type MarginSolution } from "./margin-problem.ts";

/** Passes between two looks at the gap, which costs a pass itself. */
const passesPerGap = 10;
const orderPurpose = 0x57c_0000;

/** Descends until the gap is `tol` times the objective, or `maxIter` passes are done. */
export const solveByDualDescent = async (
  problem: MarginProblem,
  { tol, maxIter, seed }: { readonly tol: number; readonly maxIter: number; readonly seed: number },
  breathe: () => Promise<void> | undefined,
): Promise<MarginSolution> => {
  const { rows, bounds } = problem;
  const { row, sign, margin } = bounds;
  const { limit, damping } = dualOf(bounds);
  const enough = gapLimit(bounds, tol);
  const squares = Float64Array.from(rows, (own) => dot(own, own));
  const alpha = new Float64Array(row.length);
  const scores = new Float64Array(rows.length);
  let w = coefficientsOf(problem, alpha);
  let found = { ...judge(problem, w, scores, alpha), w: w.slice(), multipliers: alpha.slice() };
  const order = Uint32Array.from(alpha, (_, i) => i);
  let iterations = 0;
  while (iterations < maxIter && found.gap > enough(found.objective)) {
    shuffle(order, randomStream(seed, orderPurpose + iterations));
    for (let at = 0; at < order.length; at++) {
      if (at % 16 === 0) await breathe();
      const i = order[at] ?? 0;
      const own = rows[row[i] ?? 0];
      const curvature = (squares[row[i] ?? 0] ?? 0) + (damping[i] ?? 0);
      if (!own || curvature === 0) continue;
      const before = alpha[i] ?? 0;
      const slope = (sign[i] ?? 0) * dot(own, w) + (damping[i] ?? 0) * before - (margin[i] ?? 0);
      const after = Math.min(Math.max(before - slope / curvature, 0), limit[i] ?? 0);
      if (after === before) continue;
      alpha[i] = after;
      addMultiple(w, (after - before) * (sign[i] ?? 0), own);
    }
    iterations++;
    if (iterations % passesPerGap !== 0 && iterations < maxIter) continue;
    // Made anew, so that rounding does not gather.
    w = coefficientsOf(problem, alpha);
    rows.forEach((own, i) => {
      scores[i] = dot(own, w);
    });
    const own = judge(problem, w, scores, alpha);
    if (own.gap < found.gap) found = { ...own, w: w.slice(), multipliers: alpha.slice() };
  }
  return { ...found, iterations, converged: found.gap <= enough(found.objective) };
};
