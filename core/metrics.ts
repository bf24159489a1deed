// @millrace/core/metrics: every metric by name over all rows, batches or slices, with intervals; curves; figures by class.
// A door of its own: a page that only computes or predicts pays nothing for it. The same modules as @millrace/core otherwise.

export {
  type AverageOptions,
  accuracy,
  type Confusion,
  confusionMatrix,
  f1,
  type MetricOptions,
  precision,
  recall,
} from "./validate/classification.ts";
export { countClasses, type Figure, type JudgedRows, judge, metricsOf, usualMetrics } from "./validate/judge.ts";
export * from "./validate/metric/index.ts";
export { type LogLossOptions, logLoss, type RocAucOptions, rocAuc } from "./validate/probability.ts";
