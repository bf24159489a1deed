// Estimators, and fitting them over column pipelines.
export type { CheckpointOptions, TrainingCheckpoint, TrainingPosition } from "./checkpoint.ts";
export { CheckpointError, DivergenceError } from "./error.ts";
export {
  type EstimateColumn,
  type EstimateOptions,
  estimateFit,
  estimatePredict,
  type FitEstimate,
} from "./estimate.ts";
export { type MetricName, metricNames } from "./evaluate.ts";
export { type FitOptions, type FitProgress, type FitResult, fitPipeline } from "./fit-pipeline.ts";
export {
  type Estimator,
  type LogisticRegression,
  logisticRegression,
  type MLPClassifier,
  mlpClassifier,
} from "./specification.ts";
export type { KernelUsage } from "./usage.ts";
