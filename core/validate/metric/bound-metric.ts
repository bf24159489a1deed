// A metric bound to the rows that it measures, so that metrics of different tasks are handled alike.
import { ArgumentError } from "@millrace/kernels";
import type { EvaluationMetricName } from "../../model/metric-name.ts";
import { MetricError } from "../error.ts";
import { type ClassLabel, checkWeights, type Labels } from "../label-codes.ts";
import { type Accumulator, accumulatorOf, type MetricState } from "./accumulator.ts";
import { type ClassRows, classRows } from "./class-rows.ts";
import { queryRows } from "./ranking-figures.ts";
import { quantityRows } from "./regression-figures.ts";
import { type FigureChoices, type MetricEntry, metricTable, type RowMetric } from "./table.ts";

/** What was true of some rows and what a model said of them. */
export interface MetricData {
  /** Classes; in regression quantities; in ranking the relevance of each item. */
  readonly truth: Labels;
  /** Predicted classes or quantities. */
  readonly predictions?: Labels | undefined;
  /** [rows, classes] row-major, or of two classes the second's of each row. */
  readonly probabilities?: ArrayLike<number> | undefined;
  /** Decision scores of classes, or in ranking the score of each item. */
  readonly scores?: ArrayLike<number> | undefined;
  /** In ranking: the query of each item. */
  readonly queries?: ArrayLike<number> | readonly string[] | undefined;
  /** One finite number of at least 0 a row; in ranking one a query, in the order in which they first come. Absent: 1. */
  readonly weights?: ArrayLike<number> | undefined;
}

/** How the metrics read the rows. */
export interface MetricChoices extends FigureChoices {
  /** The classes in the order of the columns of `probabilities`; the sorted distinct labels if absent. */
  readonly classes?: readonly ClassLabel[] | undefined;
  /** Of two classes the one that figures speak of; the last if absent. */
  readonly positive?: ClassLabel | undefined;
}

/** A metric and its rows. */
export interface BoundMetric {
  readonly accumulator: Omit<Accumulator<never>, "add">;
  /** Adds some of the rows. */
  add(state: MetricState, chosen: ArrayLike<number>): MetricState;
  /** Hands metric and rows, of whatever kind, to a function. */
  use<Result>(take: <Rows>(metric: RowMetric<Rows>, rows: Rows, weights: ArrayLike<number>) => Result): Result;
}

const bound = <Rows>(metric: RowMetric<Rows>, rows: Rows, weights: ArrayLike<number>): BoundMetric => {
  const accumulator = accumulatorOf(metric);
  return {
    accumulator,
    add: (state, chosen) => accumulator.add(state, rows, weights, chosen),
    use: (take) => take(metric, rows, weights),
  };
};

const numbers = (name: string, values: Labels | undefined): ArrayLike<number> => {
  if (!values) throw new MetricError(`this metric takes \`${name}\``);
  return Float64Array.from(values, (value: number | string | boolean, row: number) => {
    if (typeof value !== "number") throw new MetricError(`${name}: row ${row} is ${value}; quantities are numbers`);
    return value;
  });
};

/** Rows of one task, checked once for all metrics. */
export interface TaskRows {
  readonly count: number;
  readonly weights: ArrayLike<number>;
  /** In ranking the items of each query. */
  readonly items?: readonly Uint32Array[];
  bind(entry: MetricEntry): BoundMetric;
}

const wrongTask = (): never => {
  throw new ArgumentError(
    "the metrics of one call are of one task: ask for classification, regression and ranking apart",
  );
};

/** Checks the rows of a task. @throws LabelError, MetricError */
export const taskRows = (task: MetricEntry["task"], data: MetricData, choices: MetricChoices): TaskRows => {
  if (task === "classification") {
    const rows: ClassRows = classRows({ ...data, classes: choices.classes, positive: choices.positive });
    const weights = checkWeights(data.weights, data.truth.length);
    return {
      count: data.truth.length,
      weights,
      bind: (entry) => (entry.task === task ? bound(entry.make(rows, choices), rows, weights) : wrongTask()),
    };
  }
  if (task === "regression") {
    const rows = quantityRows(numbers("truth", data.truth), numbers("predictions", data.predictions));
    const weights = checkWeights(data.weights, data.truth.length);
    return {
      count: data.truth.length,
      weights,
      bind: (entry) => (entry.task === task ? bound(entry.make(rows, choices), rows, weights) : wrongTask()),
    };
  }
  if (!data.queries) throw new MetricError("metrics of ranked lists take `queries`, the query of each item");
  const rows = queryRows(numbers("truth", data.truth), numbers("scores", data.scores), data.queries);
  const weights = checkWeights(data.weights, rows.items.length);
  return {
    count: rows.items.length,
    weights,
    items: rows.items,
    bind: (entry) => (entry.task === task ? bound(entry.make(rows, choices), rows, weights) : wrongTask()),
  };
};

/** The table's entry of a name. @throws ArgumentError listing the names there are */
export const metricEntry = (name: string): MetricEntry => {
  const known = metricNamesOf().find((own) => own === name);
  if (!known) throw new ArgumentError(`there is no metric "${name}"; there are ${metricNamesOf().join(", ")}`);
  return metricTable[known];
};

const isName = (name: string): name is EvaluationMetricName => Object.hasOwn(metricTable, name);

/** Every metric's name, in the order of reports; of one task if it is named. */
export const metricNamesOf = (task?: MetricEntry["task"]): EvaluationMetricName[] =>
  Object.keys(metricTable)
    .filter(isName)
    .filter((name) => task === undefined || metricTable[name].task === task);

/** All rows. */
export const everyRow = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, row) => row);

/** One metric of all rows. @throws LabelError, MetricError, ArgumentError */
export const measure = (name: EvaluationMetricName, data: MetricData, choices: MetricChoices = {}): number => {
  const entry = metricEntry(name);
  const rows = taskRows(entry.task, data, choices);
  const { accumulator, add } = rows.bind(entry);
  return accumulator.finish(add(accumulator.start(), everyRow(rows.count)));
};

/** A metric over batches: what `metricAccumulator` gives. */
export interface BatchAccumulator {
  start(): MetricState;
  /** The state with the rows of one more batch. @throws LabelError, MetricError */
  add(state: MetricState, batch: MetricData): MetricState;
  merge(left: MetricState, right: MetricState): MetricState;
  /** @throws MetricError when no row has weight, LabelError when a class that the metric needs has none */
  finish(state: MetricState): number;
}

/**
 * A metric over batches and shards, with the same value as over all rows at once, up to the order of additions.
 * @throws ArgumentError for an unknown name, or without `classes` for a metric of classes: a batch may lack some
 * @example
 * const { start, add, merge, finish } = metricAccumulator("rocAuc", { classes: ["no", "yes"] });
 * const value = finish(merge(add(start(), firstShard), add(start(), secondShard)));
 */
export const metricAccumulator = (name: EvaluationMetricName, choices: MetricChoices = {}): BatchAccumulator => {
  const entry = metricEntry(name);
  const { classes } = choices;
  const some = classes?.[0];
  if (entry.task === "classification" && (some === undefined || !classes))
    throw new ArgumentError(`metricAccumulator("${name}") takes \`classes\`: a batch may lack some`);
  const shape: MetricData =
    entry.task === "classification" && some !== undefined
      ? { truth: typeof some === "string" ? [some] : typeof some === "boolean" ? [some] : [some] }
      : { truth: [0], predictions: [0], scores: [0], queries: [0] };
  const { accumulator } = taskRows(entry.task, shape, choices).bind(entry);
  return {
    start: () => accumulator.start(),
    merge: (left, right) => accumulator.merge(left, right),
    finish: (state) => accumulator.finish(state),
    add: (state, batch) => {
      const rows = taskRows(entry.task, batch, choices);
      return rows.bind(entry).add(state, everyRow(rows.count));
    },
  };
};
