// LambdaRank as LightGBM has it (Burges 2010): rows of a query pull and push each other by how much the NDCG would change if
// they changed places. Its derivatives are of pairs within a query, so they are taken on the host.
import { ArgumentError } from "@millrace/kernels";
import type { FitData } from "../estimator.ts";
import type { TakeDerivatives } from "./derivatives.ts";
import { exp64, log64 } from "./float64.ts";
import type { Objective } from "./objective.ts";
import type { GradientBoostingRanker } from "./specification.ts";

/** A pair's share grows at most by this when scores lie close, in the normed form. */
const closest = 0.01;
/** Relevance of at most so much: its gain is 2^relevance - 1. */
const mostRelevance = 30;

const log2 = (value: number): number => log64(value) / Math.LN2;

/** First rows of queries, and the end of the last. @throws ArgumentError when a query is in two places */
const startsOf = (kind: string, groups: Int32Array): number[] => {
  const starts: number[] = [];
  const seen = new Set<number>();
  groups.forEach((group, row) => {
    if (row > 0 && groups[row - 1] === group) return;
    if (seen.has(group))
      throw new ArgumentError(
        `${kind}: rows of a group stand together, but group ${group} begins again at row ${row}: sort rows by group`,
      );
    seen.add(group);
    starts.push(row);
  });
  return [...starts, groups.length];
};

/** @throws ArgumentError where the data lacks groups or relevances, or has weights */
export const lambdaRank = (
  { kind, sigmoid, lambdarankTruncationLevel: level, lambdarankNorm: norm }: GradientBoostingRanker,
  { target, groups, weights }: FitData,
): Objective => {
  if (!target || !groups)
    throw new ArgumentError(`${kind} takes a target, the relevance of each row, and groups, the query of each row`);
  if (weights) throw new ArgumentError(`${kind} takes no weights of rows: leave them out`);
  const bad = target.findIndex((own) => !(Number.isInteger(own) && own >= 0 && own <= mostRelevance));
  if (bad >= 0)
    throw new ArgumentError(
      `${kind}: the target of row ${bad} is ${target[bad]}; a relevance is a whole number from 0 to ${mostRelevance}`,
    );
  const starts = startsOf(kind, groups);
  const gains = target.map((own) => 2 ** own - 1);
  let longest = 0;
  starts.forEach((from, i) => {
    longest = Math.max(longest, (starts[i + 1] ?? from) - from);
  });
  const discounts = Float64Array.from({ length: longest }, (_, place) => 1 / log2(place + 2));
  const dcgOf = (own: ArrayLike<number>, count: number): number => {
    let sum = 0;
    for (let i = 0; i < Math.min(count, own.length); i++) sum += (own[i] ?? 0) * (discounts[i] ?? 0);
    return sum;
  };
  const best = Float64Array.from(starts.slice(0, -1), (from, i) =>
    dcgOf(
      gains
        .slice(from, starts[i + 1])
        .sort()
        .reverse(),
      level,
    ),
  );

  const pairs = Math.min(level, longest) * longest;
  // What lambdas of a query add up to at most; normed, they are shrunk to the logarithm of that.
  const most = norm ? log2(1 + (2 * sigmoid * pairs) / closest) : 2 * sigmoid * pairs;

  /** Derivatives of a query's rows. */
  const deriveQuery = (query: number, scores: Float64Array, lambdas: Float64Array, hessians: Float64Array): number => {
    const from = starts[query] ?? 0;
    const count = (starts[query + 1] ?? from) - from;
    lambdas.fill(0, 0, count);
    hessians.fill(0, 0, count);
    const scoreOf = (row: number): number => scores[from + row] ?? 0;
    const order = Uint32Array.from({ length: count }, (_, row) => row).sort((a, b) => scoreOf(b) - scoreOf(a) || a - b);
    const ideal = best[query] ?? 0;
    if (ideal === 0) return 0;
    const isFlat = scoreOf(order[0] ?? 0) === scoreOf(order[count - 1] ?? 0);
    let sum = 0;
    for (let i = 0; i < Math.min(count - 1, level); i++)
      for (let j = i + 1; j < count; j++) {
        const [one, other] = [order[i] ?? 0, order[j] ?? 0];
        const gap = (gains[from + one] ?? 0) - (gains[from + other] ?? 0);
        if (gap === 0) continue;
        const [high, low] = gap > 0 ? [one, other] : [other, one];
        const distance = scoreOf(high) - scoreOf(low);
        let change = (Math.abs(gap) * ((discounts[i] ?? 0) - (discounts[j] ?? 0))) / ideal;
        if (norm && !isFlat) change /= closest + Math.abs(distance);
        const chance = 1 / (1 + exp64(Math.min(Math.max(sigmoid * distance, -700), 700)));
        const lambda = sigmoid * change * chance;
        const hessian = sigmoid * sigmoid * change * chance * (1 - chance);
        lambdas[high] = (lambdas[high] ?? 0) - lambda;
        lambdas[low] = (lambdas[low] ?? 0) + lambda;
        hessians[high] = (hessians[high] ?? 0) + hessian;
        hessians[low] = (hessians[low] ?? 0) + hessian;
        sum += 2 * lambda;
      }
    const factor = norm && sum > 0 ? log2(1 + sum) / sum : 1;
    for (let row = 0; row < count; row++) {
      lambdas[row] = (lambdas[row] ?? 0) * factor;
      hessians[row] = (hessians[row] ?? 0) * factor;
    }
    return (
      1 -
      dcgOf(
        Float64Array.from(order, (row) => gains[from + row] ?? 0),
        level,
      ) /
        ideal
    );
  };

  return {
    kernel: "host",
    groups: 1,
    target,
    weights: undefined,
    slopes: { below: 0, above: 0 },
    // A pair's hessian is at most sigmoid times its lambda.
    bounds: { gradient: most, hessian: sigmoid * most },
    start: () => [0],
    derive: (scores: Float64Array, take: TakeDerivatives) => {
      const [lambdas, hessians] = [new Float64Array(longest), new Float64Array(longest)];
      let loss = 0;
      for (let query = 0; query + 1 < starts.length; query++) {
        loss += deriveQuery(query, scores, lambdas, hessians);
        const from = starts[query] ?? 0;
        for (let row = from; row < (starts[query + 1] ?? from); row++)
          take(0, row, lambdas[row - from] ?? 0, hessians[row - from] ?? 0);
      }
      // A mean over queries, as the mean over rows that it is divided to.
      return (loss / (starts.length - 1)) * target.length;
    },
  };
};
