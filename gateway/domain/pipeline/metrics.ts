// Every metric that GraphQL offers. To add one: what it says, below; its choices and their defaults are core's.
import { clusteringMetricTable, type MetricSpecification, metricTable } from "@millrace/core/metrics";
import { type Declaration, type Table, tableOf } from "./declaration.ts";
import { type AnyOption, type Enumeration, enumeration, float, int, oneOf } from "./option.ts";

/** A metric with its choices, as core takes it. */
export type Metric = MetricSpecification;

const average = enumeration("ClassAverage", "How the figures of the classes become one.", {
  binary: "That of the positive class. Of two classes alone.",
  macro: "The mean of the classes.",
  micro: "Of the counts of all classes together.",
  weighted: "The mean by each class's share of the rows.",
});
const kappaWeights = enumeration("KappaWeights", "How a disagreement is weighed by the distance of two classes.", {
  linear: "By their distance in the sorted order.",
  quadratic: "By its square.",
});

/** Every choice that some metric has. */
export const choices = {
  average: oneOf(average, "BINARY of two classes and MACRO of more, when left out."),
  zeroDivision: float({ from: 0, to: 1 }, "The value of a share of nothing: no row predicted, or none true."),
  beta: float({ above: 0 }, "What recall is weighed by against precision."),
  kappaWeights: oneOf(kappaWeights, "All disagreements weigh alike when left out."),
  k: int({ from: 1 }, "How many places count: of NDCG all when left out."),
  bins: int({ from: 1, to: 1000 }, "Bins of the largest probability."),
  quantile: float({ from: 0, to: 1 }, "The quantile."),
  power: float({}, "The power of the variance: 0 normal, 1 Poisson, 2 gamma; none between 0 and 1."),
} satisfies Readonly<Record<string, AnyOption>>;

const descriptions: Readonly<Record<MetricSpecification["kind"], string>> = {
  accuracy: "Share of rows whose class is right.",
  precision: "Share of rows called positive that are.",
  recall: "Share of positive rows that are called so.",
  f1: "Harmonic mean of precision and recall.",
  rocAuc:
    "Probability that a positive row is ranked above a negative one. One against the rest, macro mean, when there are more than two classes. Of outliers: against the label.",
  logLoss: "Mean negative log probability of the true class, in nats. Lower is better.",
  balancedAccuracy: "Mean of the classes' recalls.",
  fBeta: "Harmonic mean of precision and recall, recall weighed by beta.",
  specificity: "Share of negative rows that are called so.",
  jaccard: "Rows called positive that are, of those that are called so or are.",
  rocAucOneVersusOne: "ROC AUC of each pair of classes, mean.",
  averagePrecision: "Area under precision over recall. Of outliers: against the label.",
  matthewsCorrelation: "Correlation of true and predicted classes.",
  cohenKappa: "Agreement beyond chance.",
  brier: "Mean squared distance of the probabilities from the truth. Lower is better.",
  hinge: "Mean of what margins lack of 1: for estimators of margins. Lower is better.",
  topKAccuracy: "Share of rows whose true class is among the k most probable.",
  expectedCalibrationError: "Mean distance of confidence and accuracy over bins. Lower is better.",
  meanSquaredError: "Mean of squared errors. Lower is better.",
  rootMeanSquaredError: "Root of the mean of squared errors, in the label's unit. Lower is better.",
  meanAbsoluteError: "Mean size of an error, in the label's unit. Lower is better.",
  medianAbsoluteError: "Median size of an error, in the label's unit. Lower is better.",
  maxError: "The largest error, in the label's unit. Lower is better.",
  r2: "Share of the variance that is explained: 1 is perfect, 0 is what the mean does.",
  explainedVariance: "As R2, but a constant error is forgiven.",
  meanAbsolutePercentageError: "Mean size of an error as a part of the truth. Lower is better.",
  symmetricMeanAbsolutePercentageError: "Mean of 2 |y - p| / (|y| + |p|), from 0 to 2. Lower is better.",
  meanSquaredLogError: "Mean squared difference of log(1 + y): for values above -1. Lower is better.",
  pinball: "Mean loss of a quantile. Lower is better.",
  poissonDeviance: "Mean Poisson deviance: for counts. Lower is better.",
  gammaDeviance: "Mean gamma deviance: for values above 0. Lower is better.",
  tweedieDeviance: "Mean Tweedie deviance of a power. Lower is better.",
  ndcg: "Normalised discounted cumulative gain of ranked lists.",
  meanAveragePrecision: "Mean over ranked lists of average precision.",
  meanReciprocalRank: "Mean over ranked lists of 1 / place of the first relevant item.",
  silhouette:
    "How much nearer rows are to their own cluster than to the next, -1 to 1. Of at most 2,000 held-out rows, by the features.",
  daviesBouldin:
    "Mean likeness of each cluster to the one most like it. Lower is better. Of at most 2,000 held-out rows, by the features.",
  calinskiHarabasz: "Spread between clusters over spread within. Of at most 2,000 held-out rows, by the features.",
  adjustedRand: "Agreement of clusters and the label's classes beyond chance, 1 at most.",
  normalisedMutualInformation: "What clusters tell of the label's classes, 0 to 1.",
};

const isOption = (entry: [string, unknown]): entry is [keyof typeof choices, unknown] =>
  Object.hasOwn(choices, entry[0]);

const declareMetric = (kind: Metric["kind"], description: string): Declaration<Metric> => {
  const defaults = Object.entries(metricTable).find(([name]) => name === kind)?.[1].choices ?? {};
  return {
    kind,
    field: kind,
    description,
    options: Object.fromEntries(
      Object.entries(defaults)
        .filter(isOption)
        .map(([name]) => [name, choices[name]]),
    ),
    defaults: { kind, ...defaults },
  };
};

const isKind = (name: string): name is Metric["kind"] =>
  Object.hasOwn(metricTable, name) || Object.hasOwn(clusteringMetricTable, name);

export const metrics: Table<Metric> = tableOf(
  Object.entries(descriptions).flatMap(([kind, description]) =>
    isKind(kind) ? [declareMetric(kind, description)] : [],
  ),
);

/** True where every choice is as it is by default. */
export const isPlain = ({ kind, ...own }: Metric): boolean => {
  const defaults = Object.entries(metrics.get(kind)?.defaults ?? {});
  return Object.entries(own).every(
    ([name, value]) => value === undefined || defaults.some(([known, usual]) => known === name && usual === value),
  );
};

/** rocAuc is ROC_AUC, r2 is R2. */
const nameOf = (kind: string): string => kind.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();

/** The names of metrics, as answers have them. */
export const metricName: Enumeration = {
  name: "MetricName",
  description: "A measure of quality.",
  values: [...metrics.values()].map(({ kind, description }) => ({ name: nameOf(kind), value: kind, description })),
};
