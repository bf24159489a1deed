// Metrics over batches and shards: start, add, merge, finish. Sums add; distributions merge as sorted lists, exactly.
import { MetricError } from "../error.ts";
import { type Distribution, mergeDistributions } from "./distribution.ts";
import { addOrder, startOrder } from "./order-metric.ts";
import { addSums, finishSums, mergeSums, type Sums, startSums } from "./sum-metric.ts";
import type { RowMetric } from "./table.ts";

/** What is kept of the rows so far. Immutable: a shard's can be merged or thrown away. */
export type MetricState = Sums | { readonly columns: readonly Distribution[] };

/** The steps of one metric over rows of one kind. */
export interface Accumulator<Rows> {
  start(): MetricState;
  /** @param chosen the rows that count */
  add(state: MetricState, rows: Rows, weights: ArrayLike<number>, chosen: ArrayLike<number>): MetricState;
  merge(left: MetricState, right: MetricState): MetricState;
  /** @throws MetricError when no row has weight, LabelError when a class that the metric needs has none */
  finish(state: MetricState): number;
}

const sumsIn = (state: MetricState): Sums => {
  if (!("sums" in state)) throw new MetricError("this state is another metric's: it holds no sums");
  return state;
};

const columnsIn = (state: MetricState): readonly Distribution[] => {
  if (!("columns" in state)) throw new MetricError("this state is another metric's: it holds no distributions");
  return state.columns;
};

/** The steps of a metric. */
export const accumulatorOf = <Rows>(metric: RowMetric<Rows>): Accumulator<Rows> =>
  metric.kind === "sums"
    ? {
        start: () => startSums(metric),
        add: (state, rows, weights, chosen) => addSums(metric, sumsIn(state), rows, weights, chosen),
        merge: (left, right) => mergeSums(metric, sumsIn(left), sumsIn(right)),
        finish: (state) => finishSums(metric, sumsIn(state)),
      }
    : {
        start: () => ({ columns: startOrder(metric) }),
        add: (state, rows, weights, chosen) => ({
          columns: addOrder(metric, columnsIn(state), rows, weights, chosen),
        }),
        merge: (left, right) => {
          const others = columnsIn(right);
          return {
            columns: columnsIn(left).map((own, at) => {
              const other = others[at];
              return other ? mergeDistributions(own, other) : own;
            }),
          };
        },
        finish: (state) => metric.finish(columnsIn(state)),
      };
