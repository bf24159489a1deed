// One table of figures: asked-for metrics of all rows and of the rows of each slice, each with an interval if one is wanted.
import { ArgumentError } from "@millrace/kernels";
import type { EvaluationMetricName } from "../../model/metric-name.ts";
import { LabelError, MetricError } from "../error.ts";
import { type ClassLabel, compareLabels } from "../label-codes.ts";
import { bootstrapIntervals, type Interval, type IntervalOptions } from "./bootstrap.ts";
import {
  type BoundMetric,
  everyRow,
  type MetricChoices,
  type MetricData,
  metricEntry,
  type TaskRows,
  taskRows,
} from "./bound-metric.ts";

/** A metric of some rows: its value, or why it has none. */
export type MetricOutcome =
  | { readonly value: number; readonly interval?: Interval | undefined }
  | { readonly value: undefined; readonly reason: string };

/** The metrics of some rows. */
export interface MetricTable {
  readonly rows: number;
  /** The sum of their weights. */
  readonly weight: number;
  readonly metrics: Readonly<Partial<Record<EvaluationMetricName, MetricOutcome>>>;
}

/** The metrics of the rows that share a value of a column, or of several. */
export interface SliceTable extends MetricTable {
  /** The value of each column; undefined where it is missing. */
  readonly values: Readonly<Record<string, ClassLabel | undefined>>;
}

/** What is asked for besides the metrics. */
export interface EvaluateOptions extends MetricChoices {
  /** Lists of columns; each list gives one table for each combination of their values that occurs. */
  readonly slices?: readonly (readonly string[])[] | undefined;
  /** The columns that slices name, one value a row. */
  readonly columns?: Readonly<Record<string, ArrayLike<ClassLabel | null | undefined>>> | undefined;
  /** Intervals for all rows and each slice; none if absent. */
  readonly interval?: IntervalOptions | undefined;
}

/** All rows' metrics and the slices'. */
export interface MetricEvaluation {
  readonly overall: MetricTable;
  readonly slices: readonly SliceTable[];
}

/** Runs `measure`; what the rows do not allow (a class without rows, say) is an outcome, other errors are thrown. */
const outcomeOf = (measure: () => number): MetricOutcome => {
  try {
    return { value: measure() };
  } catch (error) {
    if (error instanceof LabelError || error instanceof MetricError) return { value: undefined, reason: error.message };
    throw error;
  }
};

interface Slice {
  readonly values: Readonly<Record<string, ClassLabel | undefined>>;
  readonly chosen: readonly number[];
}

/** Values of a column by row; in ranking by query, whose items must agree. */
const columnOf = (
  name: string,
  columns: EvaluateOptions["columns"],
  count: number,
  items: TaskRows["items"],
): (ClassLabel | undefined)[] => {
  const column = columns && Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (!column)
    throw new ArgumentError(
      `slices name the column "${name}"; there are ${Object.keys(columns ?? {}).join(", ") || "none"}`,
    );
  const wanted = items ? items.reduce((sum, own) => sum + own.length, 0) : count;
  if (column.length !== wanted)
    throw new ArgumentError(`column "${name}" has ${column.length} values for ${wanted} rows; give one a row`);
  return Array.from({ length: count }, (_, row) => {
    const [first = row, ...others] = items?.[row] ?? [row];
    const value = column[first] ?? undefined;
    const odd = others.find((item) => (column[item] ?? undefined) !== value);
    if (odd !== undefined)
      throw new ArgumentError(`rows ${first} and ${odd} are of one query, but differ in column "${name}"`);
    return value;
  });
};

const byValue = (left: ClassLabel | undefined, right: ClassLabel | undefined): number =>
  left === undefined ? Number(right !== undefined) : right === undefined ? -1 : compareLabels(left, right);

const slicesOf = (names: readonly string[], rows: TaskRows, columns: EvaluateOptions["columns"]): Slice[] => {
  if (names.length === 0) throw new ArgumentError("a slice names at least one column");
  const values = names.map((name) => columnOf(name, columns, rows.count, rows.items));
  const slices = new Map<string, { own: (ClassLabel | undefined)[]; chosen: number[] }>();
  for (let row = 0; row < rows.count; row++) {
    const own = values.map((column) => column[row]);
    const key = JSON.stringify(own.map((value) => (typeof value === "number" ? `${value}` : [value])));
    const slice = slices.get(key);
    if (slice) slice.chosen.push(row);
    else slices.set(key, { own, chosen: [row] });
  }
  return [...slices.values()]
    .sort((left, right) => names.reduce((order, _, at) => order || byValue(left.own[at], right.own[at]), 0))
    .map(({ own, chosen }) => ({ values: Object.fromEntries(names.map((name, at) => [name, own[at]])), chosen }));
};

/**
 * Measures rows by any metrics of one task: overall, by slice, and with bootstrap intervals. A metric that the rows do not
 * allow (ROC AUC where a class is missing) has a reason in place of a value.
 * @throws ArgumentError for unknown names, metrics of several tasks, or columns that are not there; LabelError, MetricError for
 * rows that no metric could take
 * @example
 * const { overall, slices } = await evaluateMetrics(["rocAuc", "brier"], { truth, probabilities },
 *   { slices: [["island"], ["island", "sex"]], columns: { island, sex }, interval: { level: 0.9 } });
 */
export const evaluateMetrics = async (
  names: readonly EvaluationMetricName[],
  data: MetricData,
  options: EvaluateOptions = {},
): Promise<MetricEvaluation> => {
  const [first, ...others] = names.map(metricEntry);
  if (!first) throw new ArgumentError("name at least one metric");
  const rows = taskRows(first.task, data, options);
  const bound = [first, ...others].map((entry) => rows.bind(entry));
  const tableOf = async (chosen: ArrayLike<number>): Promise<MetricTable> => {
    const outcomes = bound.map(({ accumulator, add }) =>
      outcomeOf(() => accumulator.finish(add(accumulator.start(), chosen))),
    );
    const having: BoundMetric[] = bound.filter((_, i) => outcomes[i]?.value !== undefined);
    const intervals = options.interval ? await bootstrapIntervals(having, chosen, options.interval) : [];
    const intervalOf = new Map(having.map((metric, i) => [metric, intervals[i]]));
    let weight = 0;
    for (let i = 0; i < chosen.length; i++) weight += rows.weights[chosen[i] ?? 0] ?? 0;
    const entries = names.map((name, i): [EvaluationMetricName, MetricOutcome] => {
      const outcome = outcomes[i] ?? { value: undefined, reason: "not measured" };
      const metric = bound[i];
      const interval = metric && intervalOf.get(metric);
      return [name, outcome.value === undefined || !interval ? outcome : { value: outcome.value, interval }];
    });
    return { rows: chosen.length, weight, metrics: Object.fromEntries(entries) };
  };
  const overall = await tableOf(everyRow(rows.count));
  const slices: SliceTable[] = [];
  for (const list of options.slices ?? [])
    for (const { values, chosen } of slicesOf(list, rows, options.columns))
      slices.push({ values, ...(await tableOf(chosen)) });
  return { overall, slices };
};
