// Histogram gradient boosting.
export {
  type BoostingOptions,
  type GradientBoosting,
  type GradientBoostingClassifier,
  type GradientBoostingRanker,
  type GradientBoostingRegressor,
  gradientBoostingClassifier,
  gradientBoostingRanker,
  gradientBoostingRegressor,
} from "./specification.ts";
