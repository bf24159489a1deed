// Metrics whose value follows from weighted sums over rows. Stated by the terms of one row, so that one statement serves the
// whole, any shards, any slice, and all replicates of a bootstrap.
import { MetricError } from "../error.ts";

/** A metric that is a function of sums. */
export interface SumMetric<Rows> {
  readonly kind: "sums";
  /** How many sums there are. The first is of 1, thus the weight of the rows. */
  readonly width: number;
  /**
   * Places where `term` writes a quantity whose variance is wanted: the sums there and one further are kept of its first and
   * second power about a pivot, since sums of raw squares lose the digits of a variance that is small beside the mean.
   */
  readonly moments?: readonly number[];
  /** Writes the terms of a row into zeros; the first is filled already. @throws MetricError for values out of range */
  readonly term: (rows: Rows, row: number, into: Float64Array) => void;
  readonly finish: (sums: ArrayLike<number>) => number;
}

/** Sums so far. Immutable: a shard's can be merged or thrown away. */
export interface Sums {
  readonly sums: Float64Array;
  /** One a moment; none before the first row. */
  readonly pivots: readonly number[] | undefined;
}

/** Sums of no row. */
export const startSums = <Rows>(metric: SumMetric<Rows>): Sums => ({
  sums: new Float64Array(metric.width),
  pivots: undefined,
});

/** Writes a row's terms with its moments taken about the pivots. */
export const termOf = <Rows>(
  metric: SumMetric<Rows>,
  rows: Rows,
  row: number,
  pivots: readonly number[],
  into: Float64Array,
): void => {
  into.fill(0);
  into[0] = 1;
  metric.term(rows, row, into);
  metric.moments?.forEach((at, i) => {
    const centred = (into[at] ?? 0) - (pivots[i] ?? 0);
    into[at] = centred;
    into[at + 1] = centred * centred;
  });
};

/** The pivots that a row gives: its own quantities. */
export const pivotsOf = <Rows>(metric: SumMetric<Rows>, rows: Rows, row: number): readonly number[] => {
  const raw = new Float64Array(metric.width);
  metric.term(rows, row, raw);
  return (metric.moments ?? []).map((at) => raw[at] ?? 0);
};

/** The sums with more rows. @param chosen the rows that count */
export const addSums = <Rows>(
  metric: SumMetric<Rows>,
  state: Sums,
  rows: Rows,
  weights: ArrayLike<number>,
  chosen: ArrayLike<number>,
): Sums => {
  const first = chosen[0];
  if (first === undefined) return state;
  const pivots = state.pivots ?? pivotsOf(metric, rows, first);
  const sums = state.sums.slice();
  const term = new Float64Array(metric.width);
  for (let i = 0; i < chosen.length; i++) {
    const row = chosen[i] ?? 0;
    termOf(metric, rows, row, pivots, term);
    const weight = weights[row] ?? 0;
    for (let at = 0; at < term.length; at++) sums[at] = (sums[at] ?? 0) + weight * (term[at] ?? 0);
  }
  return { sums, pivots };
};

/** Moves moments to other pivots: sum(w (x - p - d)^2) = second - 2 d first + d^2 weight. */
const rebased = <Rows>(metric: SumMetric<Rows>, { sums, pivots }: Sums, wanted: readonly number[]): Float64Array => {
  const moved = sums.slice();
  metric.moments?.forEach((at, i) => {
    const by = (wanted[i] ?? 0) - (pivots?.[i] ?? 0);
    const [weight = 0, first = 0, second = 0] = [sums[0], sums[at], sums[at + 1]];
    moved[at] = first - by * weight;
    moved[at + 1] = second - 2 * by * first + by * by * weight;
  });
  return moved;
};

/** The sums of both. */
export const mergeSums = <Rows>(metric: SumMetric<Rows>, left: Sums, right: Sums): Sums => {
  if (!left.pivots) return right;
  if (!right.pivots) return left;
  const other = rebased(metric, right, left.pivots);
  return { sums: left.sums.map((sum, at) => sum + (other[at] ?? 0)), pivots: left.pivots };
};

/** The value of the metric. @throws MetricError when no row has weight */
export const finishSums = <Rows>(metric: SumMetric<Rows>, { sums }: Sums): number => {
  if (!((sums[0] ?? 0) > 0)) throw new MetricError("a metric of no rows of weight has no value: give at least one row");
  return metric.finish(sums);
};

/** A mean of one value a row. */
export const meanMetric = <Rows>(
  value: (rows: Rows, row: number) => number,
  finish: (mean: number) => number = (mean) => mean,
): SumMetric<Rows> => ({
  kind: "sums",
  width: 2,
  term: (rows, row, into) => {
    into[1] = value(rows, row);
  },
  finish: (sums) => finish((sums[1] ?? 0) / (sums[0] ?? 0)),
});
