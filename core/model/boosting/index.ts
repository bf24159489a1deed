// Histogram gradient boosting.
export {
  type BoostingOptions,
  type GradientBoosting,
  type GradientBoostingClassifier,
  type GradientBoostingRegressor,
  gradientBoostingClassifier,
  gradientBoostingRegressor,
} from "./specification.ts";
