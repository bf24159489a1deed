// Figures of ranked lists: rows are queries, each with the relevance of its items and the scores that rank them.
import { ArgumentError } from "@millrace/kernels";
import { MetricError } from "../error.ts";
import { checkLengths } from "../label-codes.ts";
import { meanMetric, type SumMetric } from "./sum-metric.ts";

/** Items of queries, those of a query next to each other in `order`. */
export interface QueryRows {
  readonly relevance: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
  /** Items by query. */
  readonly items: readonly Uint32Array[];
}

/**
 * Groups items by their query, queries in the order in which they first come.
 * @param queries the query of each item
 * @throws MetricError on no items, other lengths, or a relevance or score that is not finite (relevance at least 0)
 */
export const queryRows = (
  relevance: ArrayLike<number>,
  scores: ArrayLike<number>,
  queries: ArrayLike<number> | readonly string[],
): QueryRows => {
  if (relevance.length === 0) throw new MetricError("a metric of no rows has no value: give at least one item");
  checkLengths("relevances", relevance.length, "scores", scores.length);
  checkLengths("relevances", relevance.length, "queries", queries.length);
  const items = new Map<number | string, number[]>();
  for (let row = 0; row < relevance.length; row++) {
    const own = relevance[row] ?? Number.NaN;
    if (!(own >= 0 && Number.isFinite(own)))
      throw new MetricError(`the relevance of row ${row} is ${own}; a relevance is a finite number of at least 0`);
    if (!Number.isFinite(scores[row]))
      throw new MetricError(`the score of row ${row} is ${scores[row]}; scores are finite numbers`);
    const query = queries[row] ?? 0;
    const list = items.get(query);
    if (list) list.push(row);
    else items.set(query, [row]);
  }
  return { relevance, scores, items: Array.from(items.values(), (list) => Uint32Array.from(list)) };
};

const ranked = ({ scores, items }: QueryRows, query: number): Uint32Array =>
  (items[query] ?? new Uint32Array()).slice().sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));

/** Calls back with each run of equally scored items: its relevances, and its places from `from` to `to`. */
const eachTie = (
  { relevance, scores }: QueryRows,
  order: Uint32Array,
  use: (relevances: readonly number[], from: number) => void,
): void => {
  for (let from = 0; from < order.length; ) {
    let to = from;
    const own: number[] = [];
    for (; to < order.length && scores[order[to] ?? 0] === scores[order[from] ?? 0]; to++)
      own.push(relevance[order[to] ?? 0] ?? 0);
    use(own, from);
    from = to;
  }
};

const discount = (place: number, k: number): number => (place < k ? 1 / Math.log2(place + 2) : 0);

const checkK = (k: number): number => {
  if (!(k === Number.POSITIVE_INFINITY || (Number.isInteger(k) && k >= 1)))
    throw new ArgumentError(`k is a whole number above 0, but is ${k}`);
  return k;
};

/**
 * Mean over queries of the discounted gain of the first k items, by that of the best order (Jarvelin and Kekalainen 2002), the
 * gain of an item being its relevance; tied items share their places' discounts. A query without relevant items counts 0.
 */
export const ndcgMetric = (k = Number.POSITIVE_INFINITY): SumMetric<QueryRows> => {
  checkK(k);
  return meanMetric((rows, query) => {
    const order = ranked(rows, query);
    let gain = 0;
    eachTie(rows, order, (own, from) => {
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      own.forEach((_, i) => {
        gain += mean * discount(from + i, k);
      });
    });
    const best = Float64Array.from(order, (item) => rows.relevance[item] ?? 0)
      .sort()
      .reverse();
    const ideal = best.reduce((sum, value, place) => sum + value * discount(place, k), 0);
    return ideal === 0 ? 0 : gain / ideal;
  });
};

/**
 * Mean over queries of the average precision, an item being relevant when its relevance is above 0; tied items are one
 * threshold. A query without relevant items counts 0.
 */
export const meanAveragePrecisionMetric: SumMetric<QueryRows> = meanMetric((rows, query) => {
  let [sum, hits] = [0, 0];
  eachTie(rows, ranked(rows, query), (own, from) => {
    const here = own.filter((value) => value > 0).length;
    hits += here;
    sum += (here * hits) / (from + own.length);
  });
  return hits === 0 ? 0 : sum / hits;
});

/**
 * Mean over queries of 1 / the place of the first relevant item; among tied items it stands at the last place of the tie, so
 * that a constant score earns nothing. A query without relevant items counts 0.
 */
export const meanReciprocalRankMetric: SumMetric<QueryRows> = meanMetric((rows, query) => {
  let found = 0;
  eachTie(rows, ranked(rows, query), (own, from) => {
    if (found === 0 && own.some((value) => value > 0)) found = 1 / (from + own.length);
  });
  return found;
});
