// What `loadMetrics` gives: every metric by name, over batches, by slice, with intervals; and curves.
export type { MetricState } from "./accumulator.ts";
export {
  type BatchAccumulator,
  type MetricChoices,
  type MetricData,
  measure,
  metricAccumulator,
  metricNamesOf,
} from "./bound-metric.ts";
export { measureByClass } from "./by-class.ts";
export type { ClassAverage, ClassFigure, FigureOptions } from "./class-figures.ts";
export * from "./curves.ts";
export { type MetricFacts, metricTable } from "./table.ts";
