// What `estimators()` of @millrace/core loads: models over a matrix of features, fitted on arrays, and the metrics of
// clusterings. A page of tensors does not pay for what models are called.
import type { bernoulliNaiveBayes, gaussianNaiveBayes, multinomialNaiveBayes } from "./model/bayes/index.ts";
import type { dbscan, gaussianMixture, kMeans, miniBatchKMeans } from "./model/cluster/index.ts";
import type { fitEstimator, matrixOf } from "./model/fit-estimator.ts";
import type { kNeighborsClassifier, kNeighborsRegressor } from "./model/neighbours/index.ts";
import type { startPartialFit } from "./model/partial-fit.ts";
import type {
  adjustedRand,
  calinskiHarabasz,
  daviesBouldin,
  normalisedMutualInformation,
  silhouette,
} from "./validate/clustering.ts";

export * from "./model/bayes/index.ts";
export * from "./model/cluster/index.ts";
export type { FitContext, FitData, FittedModel, Matrix, ModelOutputs } from "./model/estimator.ts";
export {
  type FittedEstimator,
  fitEstimator,
  type HostOutputs,
  type MatrixLike,
  matrixOf,
} from "./model/fit-estimator.ts";
export * from "./model/neighbours/index.ts";
export { type GrowingFit, startPartialFit } from "./model/partial-fit.ts";
export * from "./validate/clustering.ts";

/** Estimators over a matrix, how they are fitted, and the metrics of clusterings. */
export interface Estimators {
  readonly bernoulliNaiveBayes: typeof bernoulliNaiveBayes;
  readonly gaussianNaiveBayes: typeof gaussianNaiveBayes;
  readonly multinomialNaiveBayes: typeof multinomialNaiveBayes;
  readonly kNeighborsClassifier: typeof kNeighborsClassifier;
  readonly kNeighborsRegressor: typeof kNeighborsRegressor;
  readonly kMeans: typeof kMeans;
  readonly miniBatchKMeans: typeof miniBatchKMeans;
  readonly gaussianMixture: typeof gaussianMixture;
  readonly dbscan: typeof dbscan;
  readonly fitEstimator: typeof fitEstimator;
  readonly matrixOf: typeof matrixOf;
  readonly startPartialFit: typeof startPartialFit;
  readonly silhouette: typeof silhouette;
  readonly daviesBouldin: typeof daviesBouldin;
  readonly calinskiHarabasz: typeof calinskiHarabasz;
  readonly adjustedRand: typeof adjustedRand;
  readonly normalisedMutualInformation: typeof normalisedMutualInformation;
}
