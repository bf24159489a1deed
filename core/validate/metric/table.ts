// Every metric by its name: which task it is for, which way is better, its range, and what computes it.
import type { ClusteringMetricName, EvaluationMetricName } from "../../model/metric-name.ts";
import {
  accuracyMetric,
  balancedAccuracyMetric,
  type FigureOptions,
  kappaMetric,
  matthewsMetric,
  shareMetric,
} from "./class-figures.ts";
import type { ClassRows } from "./class-rows.ts";
import {
  averagePrecisionMetric,
  maxErrorMetric,
  medianAbsoluteErrorMetric,
  type OrderMetric,
  rocAucMetric,
  rocAucOneVersusOneMetric,
} from "./order-metric.ts";
import {
  brierMetric,
  calibrationErrorMetric,
  hingeMetric,
  logLossMetric,
  topKAccuracyMetric,
} from "./probability-figures.ts";
import { meanAveragePrecisionMetric, meanReciprocalRankMetric, ndcgMetric, type QueryRows } from "./ranking-figures.ts";
import { pinballMetric, type QuantityRows, regressionFigures, tweedieMetric } from "./regression-figures.ts";
import type { SumMetric } from "./sum-metric.ts";

/** Choices of the metrics that have some; `metricTable` says what each is if it is absent. */
export interface FigureChoices extends FigureOptions {
  /** Of topKAccuracy and ndcg: how many places count; all items where there is no default. */
  readonly k?: number | undefined;
  /** Bins of expectedCalibrationError. */
  readonly bins?: number | undefined;
  /** The quantile of pinball. */
  readonly quantile?: number | undefined;
  /** The power of tweedieDeviance. */
  readonly power?: number | undefined;
}

/** A metric with its choices, as plain JSON: choices that it does not have play no part. */
export interface MetricSpecification extends FigureChoices {
  readonly kind: EvaluationMetricName | ClusteringMetricName;
}

/** A metric over rows of some kind. */
export type RowMetric<Rows> = SumMetric<Rows> | OrderMetric<Rows>;

/** What a metric is for and how to read it. */
export interface MetricFacts {
  readonly task: "classification" | "regression" | "ranking";
  readonly largerIsBetter: boolean;
  /** The least and the largest value that it can take. */
  readonly range: readonly [least: number, most: number];
  /** The choices that it has, with their defaults; undefined where rows decide. */
  readonly choices: FigureChoices;
}

interface Entry<Task extends string, Rows> extends MetricFacts {
  readonly task: Task & MetricFacts["task"];
  readonly make: (rows: Rows, choices: FigureChoices) => RowMetric<Rows>;
}

/** An entry of the table, told apart by its task. */
export type MetricEntry =
  | Entry<"classification", ClassRows>
  | Entry<"regression", QuantityRows>
  | Entry<"ranking", QueryRows>;

type Range = MetricFacts["range"];
const unit: Range = [0, 1];
const signed: Range = [-1, 1];
const loss: Range = [0, Number.POSITIVE_INFINITY];

const ofClasses = (
  largerIsBetter: boolean,
  range: Range,
  make: (rows: ClassRows, choices: FigureChoices) => RowMetric<ClassRows>,
  choices: FigureChoices = {},
): MetricEntry => ({ task: "classification", largerIsBetter, range, choices, make });
const averaged: FigureChoices = { average: undefined, zeroDivision: 0 };
const share = (name: Parameters<typeof shareMetric>[0], choices = averaged): MetricEntry =>
  ofClasses(true, unit, (rows, own) => shareMetric(name, rows, own), choices);
const ofQuantities = (
  make: RowMetric<QuantityRows> | ((choices: FigureChoices) => RowMetric<QuantityRows>),
  largerIsBetter = false,
  range = loss,
  choices: FigureChoices = {},
): MetricEntry => ({
  task: "regression",
  largerIsBetter,
  range,
  choices,
  make: (_, own) => (typeof make === "function" ? make(own) : make),
});
const ofQueries = (
  make: (choices: FigureChoices) => SumMetric<QueryRows>,
  choices: FigureChoices = {},
): MetricEntry => ({
  task: "ranking",
  largerIsBetter: true,
  range: unit,
  choices,
  make: (_, own) => make(own),
});

/** What a choice is where it is absent. */
const places = { k: 2 };
const parts = { bins: 10 };
const middle = { quantile: 0.5 };
const compound = { power: 1.5 };

/** Every metric, in the order of reports. */
export const metricTable: Readonly<Record<EvaluationMetricName, MetricEntry>> = {
  accuracy: ofClasses(true, unit, accuracyMetric),
  precision: share("precision"),
  recall: share("recall"),
  f1: share("f1"),
  rocAuc: ofClasses(true, unit, rocAucMetric),
  logLoss: ofClasses(false, loss, logLossMetric),
  balancedAccuracy: ofClasses(true, unit, balancedAccuracyMetric),
  fBeta: share("fBeta", { ...averaged, beta: 1 }),
  specificity: share("specificity"),
  jaccard: share("jaccard"),
  rocAucOneVersusOne: ofClasses(true, unit, rocAucOneVersusOneMetric),
  averagePrecision: ofClasses(true, unit, averagePrecisionMetric),
  matthewsCorrelation: ofClasses(true, signed, matthewsMetric),
  cohenKappa: ofClasses(true, signed, kappaMetric, { kappaWeights: undefined }),
  brier: ofClasses(false, [0, 2], brierMetric),
  hinge: ofClasses(false, loss, hingeMetric),
  topKAccuracy: ofClasses(true, unit, (rows, { k = places.k }) => topKAccuracyMetric(rows, k), places),
  expectedCalibrationError: ofClasses(
    false,
    unit,
    (rows, { bins = parts.bins }) => calibrationErrorMetric(rows, bins),
    parts,
  ),
  meanSquaredError: ofQuantities(regressionFigures.meanSquaredError),
  rootMeanSquaredError: ofQuantities(regressionFigures.rootMeanSquaredError),
  meanAbsoluteError: ofQuantities(regressionFigures.meanAbsoluteError),
  medianAbsoluteError: ofQuantities(medianAbsoluteErrorMetric),
  maxError: ofQuantities(maxErrorMetric),
  r2: ofQuantities(regressionFigures.r2, true, [Number.NEGATIVE_INFINITY, 1]),
  explainedVariance: ofQuantities(regressionFigures.explainedVariance, true, [Number.NEGATIVE_INFINITY, 1]),
  meanAbsolutePercentageError: ofQuantities(regressionFigures.meanAbsolutePercentageError),
  symmetricMeanAbsolutePercentageError: ofQuantities(
    regressionFigures.symmetricMeanAbsolutePercentageError,
    false,
    [0, 2],
  ),
  meanSquaredLogError: ofQuantities(regressionFigures.meanSquaredLogError),
  pinball: ofQuantities(({ quantile = middle.quantile }) => pinballMetric(quantile), false, loss, middle),
  poissonDeviance: ofQuantities(() => tweedieMetric(1)),
  gammaDeviance: ofQuantities(() => tweedieMetric(2)),
  tweedieDeviance: ofQuantities(({ power = compound.power }) => tweedieMetric(power), false, loss, compound),
  ndcg: ofQueries(({ k }) => ndcgMetric(k), { k: undefined }),
  meanAveragePrecision: ofQueries(() => meanAveragePrecisionMetric),
  meanReciprocalRank: ofQueries(() => meanReciprocalRankMetric),
};
