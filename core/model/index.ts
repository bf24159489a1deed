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
export { fitPipeline } from "./fit.ts";
export type { FitOptions, FitProgress, FitResult } from "./fit-pipeline.ts";
export { type ClusteringMetricName, type EvaluationMetricName, type MetricName, metricNames } from "./metric-name.ts";
export {
  type Estimator,
  type EstimatorSpecification,
  type LogisticRegression,
  logisticRegression,
  type MLPClassifier,
  type MLPRegressor,
  mlpClassifier,
  mlpRegressor,
} from "./specification.ts";
export type { KernelUsage } from "./usage.ts";
