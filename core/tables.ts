// @millrace/core/tables: estimators over a matrix of features, fitted on arrays; steps over numbers; how clusterings, scores
// and features are judged. A door of its own: a page of tensors does not pay for what models are called. The same modules as
// @millrace/core otherwise; fitPipeline there takes every estimator and step of here.
export * from "./model/bayes/index.ts";
export * from "./model/boosting/index.ts";
export * from "./model/cluster/index.ts";
export * from "./model/cross-validation.ts";
export type {
  EstimatorTask,
  FitContext,
  FitData,
  FittedModel,
  Matrix,
  ModelOutputs,
  Plain,
  StoredParameter,
} from "./model/estimator.ts";
export * from "./model/facts.ts";
export {
  type FittedEstimator,
  fitEstimator,
  type HostOutputs,
  type MatrixLike,
  matrixOf,
} from "./model/fit-estimator.ts";
export * from "./model/linear/index.ts";
export * from "./model/neighbours/index.ts";
export { type GrowingFit, startPartialFit } from "./model/partial-fit.ts";
export * from "./model/tree/index.ts";
export * from "./model/tree/shap.ts";
export * from "./preprocess/decomposition-specification.ts";
export { preparePipeline } from "./preprocess/door-forms.ts";
export * from "./preprocess/encoding-specification.ts";
export { categoricalFeatures } from "./preprocess/fitted.ts";
export * from "./preprocess/imputation-specification.ts";
export * from "./preprocess/numeric-specification.ts";
export * from "./preprocess/selection-specification.ts";
export { transformFrame, transformTable } from "./preprocess/transform.ts";
export * from "./sample/smote.ts";
export * from "./validate/calibration.ts";
export * from "./validate/clustering.ts";
export * from "./validate/folds.ts";
export { type FoldRows, makeFolds, threeWaySplit } from "./validate/make-folds.ts";
export * from "./validate/permutation-importance.ts";
