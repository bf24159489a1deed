// The metrics that a fit may report; apart, so that their names load without what computes them.

/** Metrics by name. Of two classes precision, recall and f1 are of the positive one; of more, the mean of the classes. */
export type MetricName = "accuracy" | "precision" | "recall" | "f1" | "rocAuc" | "logLoss";

/** Every metric of a classification, in the order of reports. */
export const metricNames: readonly MetricName[] = ["accuracy", "precision", "recall", "f1", "rocAuc", "logLoss"];

/** Every metric that evaluateMetrics knows: of classes, of quantities, of ranked lists. */
export type EvaluationMetricName =
  | MetricName
  | "balancedAccuracy"
  | "fBeta"
  | "specificity"
  | "jaccard"
  | "rocAucOneVersusOne"
  | "averagePrecision"
  | "matthewsCorrelation"
  | "cohenKappa"
  | "brier"
  | "hinge"
  | "topKAccuracy"
  | "expectedCalibrationError"
  | "meanSquaredError"
  | "rootMeanSquaredError"
  | "meanAbsoluteError"
  | "medianAbsoluteError"
  | "maxError"
  | "r2"
  | "explainedVariance"
  | "meanAbsolutePercentageError"
  | "symmetricMeanAbsolutePercentageError"
  | "meanSquaredLogError"
  | "pinball"
  | "poissonDeviance"
  | "gammaDeviance"
  | "tweedieDeviance"
  | "ndcg"
  | "meanAveragePrecision"
  | "meanReciprocalRank";

/** Every metric of a clustering: of the rows' distances, or beside classes that are known. */
export type ClusteringMetricName =
  | "silhouette"
  | "daviesBouldin"
  | "calinskiHarabasz"
  | "adjustedRand"
  | "normalisedMutualInformation";
