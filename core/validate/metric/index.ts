// What @millrace/core/metrics gives: every metric by name, over batches, by slice, with intervals; and curves.
export type { MetricState } from "./accumulator.ts";
export type { Interval, IntervalOptions } from "./bootstrap.ts";
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
export { type ClusteringMetric, clusteringMetricTable } from "./clustering-table.ts";
export * from "./curves.ts";
export {
  type EvaluateOptions,
  evaluateMetrics,
  type MetricEvaluation,
  type MetricOutcome,
  type MetricTable,
  type SliceTable,
} from "./evaluate.ts";
export { type FigureChoices, type MetricFacts, type MetricSpecification, metricTable } from "./table.ts";
