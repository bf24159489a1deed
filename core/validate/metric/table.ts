// Every metric by its name: which task it is for, which way is better, its range, and what computes it.
import type { EvaluationMetricName } from "../../model/metric-name.ts";
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

/** Choices of the metrics that have some. */
export interface FigureChoices extends FigureOptions {
  /** Of topKAccuracy (2 if absent) and ndcg (all items if absent): how many places count. */
  readonly k?: number | undefined;
  /** Bins of expectedCalibrationError: 10 if absent. */
  readonly bins?: number | undefined;
  /** The quantile of pinball: 0.5 if absent. */
  readonly quantile?: number | undefined;
  /** The power of tweedieDeviance: 1.5 if absent. */
  readonly power?: number | undefined;
}

/** A metric over rows of some kind. */
export type RowMetric<Rows> = SumMetric<Rows> | OrderMetric<Rows>;

/** What a metric is for and how to read it. */
export interface MetricFacts {
  readonly task: "classification" | "regression" | "ranking";
  readonly largerIsBetter: boolean;
  /** The least and the largest value that it can take. */
  readonly range: readonly [least: number, most: number];
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
): MetricEntry => ({ task: "classification", largerIsBetter, range, make });
const share = (name: Parameters<typeof shareMetric>[0]): MetricEntry =>
  ofClasses(true, unit, (rows, choices) => shareMetric(name, rows, choices));
const ofQuantities = (
  make: RowMetric<QuantityRows> | ((choices: FigureChoices) => RowMetric<QuantityRows>),
  largerIsBetter = false,
  range = loss,
): MetricEntry => ({
  task: "regression",
  largerIsBetter,
  range,
  make: (_, choices) => (typeof make === "function" ? make(choices) : make),
});
const ofQueries = (make: (choices: FigureChoices) => SumMetric<QueryRows>): MetricEntry => ({
  task: "ranking",
  largerIsBetter: true,
  range: unit,
  make: (_, choices) => make(choices),
});

/** Every metric, in the order of reports. */
export const metricTable: Readonly<Record<EvaluationMetricName, MetricEntry>> = {
  accuracy: ofClasses(true, unit, accuracyMetric),
  precision: share("precision"),
  recall: share("recall"),
  f1: share("f1"),
  rocAuc: ofClasses(true, unit, rocAucMetric),
  logLoss: ofClasses(false, loss, logLossMetric),
  balancedAccuracy: ofClasses(true, unit, balancedAccuracyMetric),
  fBeta: share("fBeta"),
  specificity: share("specificity"),
  jaccard: share("jaccard"),
  rocAucOneVersusOne: ofClasses(true, unit, rocAucOneVersusOneMetric),
  averagePrecision: ofClasses(true, unit, averagePrecisionMetric),
  matthewsCorrelation: ofClasses(true, signed, matthewsMetric),
  cohenKappa: ofClasses(true, signed, kappaMetric),
  brier: ofClasses(false, [0, 2], brierMetric),
  hinge: ofClasses(false, loss, hingeMetric),
  topKAccuracy: ofClasses(true, unit, (rows, { k = 2 }) => topKAccuracyMetric(rows, k)),
  expectedCalibrationError: ofClasses(false, unit, (rows, { bins = 10 }) => calibrationErrorMetric(rows, bins)),
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
  pinball: ofQuantities(({ quantile = 0.5 }) => pinballMetric(quantile)),
  poissonDeviance: ofQuantities(() => tweedieMetric(1)),
  gammaDeviance: ofQuantities(() => tweedieMetric(2)),
  tweedieDeviance: ofQuantities(({ power = 1.5 }) => tweedieMetric(power)),
  ndcg: ofQueries(({ k }) => ndcgMetric(k)),
  meanAveragePrecision: ofQueries(() => meanAveragePrecisionMetric),
  meanReciprocalRank: ofQueries(() => meanReciprocalRankMetric),
};
