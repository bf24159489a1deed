// Histogram gradient boosting as plain values. Options are LightGBM's in camelCase with its defaults, stated here once.
import { constructorOf } from "../constructor-of.ts";

/** What boosting takes for any loss. */
export interface BoostingOptions {
  /** Rounds of boosting: one tree each, or one a class where there are more than two. Default 100. */
  readonly nEstimators: number;
  /** Each leaf is worth so much of what it would be alone. Above 0; default 0.1. */
  readonly learningRate: number;
  /** Leaves of a tree at most, at least 2. Default 31. */
  readonly numLeaves: number;
  /** Levels of splits at most; null is as many as numLeaves allows. Default null. */
  readonly maxDepth: number | null;
  /** The leaf of highest gain is split next, or that of lowest depth. Default "leafWise". */
  readonly growth: "leafWise" | "depthWise";
  /** Rows that a leaf keeps at least; they are counted, not estimated from hessians. Default 20. */
  readonly minDataInLeaf: number;
  /** Sum of hessians that a leaf keeps at least. Default 0.001. */
  readonly minSumHessianInLeaf: number;
  /** L1 penalty of leaves. Default 0. */
  readonly lambdaL1: number;
  /** L2 penalty of leaves. Default 0. */
  readonly lambdaL2: number;
  /** Gain that a split must exceed. Default 0. */
  readonly minGainToSplit: number;
  /** Part of the rows that each round sees, drawn without replacement, in (0, 1]. Default 1. */
  readonly baggingFraction: number;
  /** Part of the columns that each tree sees, in (0, 1]. Default 1. */
  readonly featureFraction: number;
  /** Bins of a column at most, beside that of missing values: 2 to 255. Default 255. */
  readonly maxBins: number;
  /**
   * One a column: 1 where the prediction may only rise with the column, -1 where it may only fall, 0 where it is free.
   * Columns of categories are free. Default: all free. Not for more than two classes.
   */
  readonly monotoneConstraints: readonly (-1 | 0 | 1)[] | null;
  /** Stops after so many rounds without a lower validation loss, and keeps the best; null trains all rounds. Default null. */
  readonly patience: number | null;
  /** Part of the rows that judges rounds when `patience` is given, drawn at random, in (0, 1). Default 0.1. */
  readonly validationFraction: number;
}

/**
 * Boosted trees for a quantity (Friedman 2001; Ke et al. 2017).
 * Missing values go to the side of higher gain; columns of categories are split by sets of categories.
 */
export interface GradientBoostingRegressor extends BoostingOptions {
  readonly kind: "GradientBoostingRegressor";
  /** What is minimised: the mean, the median or the quantile `alpha` is what it predicts. Default "squaredError". */
  readonly loss: "squaredError" | "absoluteError" | "quantile";
  /** The quantile, in (0, 1). Default 0.5. */
  readonly alpha: number;
}

/** Boosted trees for classes: the logistic loss for two, the softmax's for more. See GradientBoostingRegressor. */
export interface GradientBoostingClassifier extends BoostingOptions {
  readonly kind: "GradientBoostingClassifier";
}

/**
 * Boosted trees that rank the rows of a query (LambdaRank). The target is the relevance of each row, a whole number from 0 to
 * 30 whose gain is 2^relevance - 1; groups tell the query of each row, and rows of a query stand together. The loss in reports is 1 - NDCG, the
 * mean over queries. `patience` is null.
 */
export interface GradientBoostingRanker extends BoostingOptions {
  readonly kind: "GradientBoostingRanker";
  /** Steepness of the chance that one row is ranked before another. Default 1. */
  readonly sigmoid: number;
  /** Pairs count where one of them is among so many first ones; the NDCG is of these. Default 30. */
  readonly lambdarankTruncationLevel: number;
  /** Long queries and far apart scores count no more than others. Default true. */
  readonly lambdarankNorm: boolean;
}

/** Any boosting. */
export type GradientBoosting = GradientBoostingRegressor | GradientBoostingClassifier | GradientBoostingRanker;

const defaults = {
  nEstimators: 100,
  learningRate: 0.1,
  numLeaves: 31,
  maxDepth: null,
  growth: "leafWise" as const,
  minDataInLeaf: 20,
  minSumHessianInLeaf: 1e-3,
  lambdaL1: 0,
  lambdaL2: 0,
  minGainToSplit: 0,
  baggingFraction: 1,
  featureFraction: 1,
  maxBins: 255,
  monotoneConstraints: null,
  patience: null,
  validationFraction: 0.1,
};

/** Boosted trees for a quantity. @example gradientBoostingRegressor({ loss: "quantile", alpha: 0.9 }) */
export const gradientBoostingRegressor = constructorOf<GradientBoostingRegressor>({
  kind: "GradientBoostingRegressor",
  ...defaults,
  loss: "squaredError",
  alpha: 0.5,
});

/** Boosted trees for classes. @example gradientBoostingClassifier({ nEstimators: 1000, patience: 20 }) */
export const gradientBoostingClassifier = constructorOf<GradientBoostingClassifier>({
  kind: "GradientBoostingClassifier",
  ...defaults,
});

/** Boosted trees that rank. @example gradientBoostingRanker({ lambdarankTruncationLevel: 10 }) */
export const gradientBoostingRanker = constructorOf<GradientBoostingRanker>({
  kind: "GradientBoostingRanker",
  ...defaults,
  sigmoid: 1,
  lambdarankTruncationLevel: 30,
  lambdarankNorm: true,
});
