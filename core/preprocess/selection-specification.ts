// Steps that keep some columns by what the label says, as plain values, with scikit-learn's names and defaults. They want a
// label: the classes of a classification, or the quantities of a regression.
import { constructorOf } from "../model/constructor-of.ts";
import type { EstimatorSpecification } from "../model/specification.ts";

/**
 * How a column is scored. "fClassif": analysis of variance between classes; "fRegression": of the line through a quantity;
 * "chi2": Pearson's statistic of sums by class, for numbers from 0 on; "mutualInfoClassif", "mutualInfoRegression": mutual
 * information in nats by nearest neighbours (Ross 2014; Kraskov, Stögbauer and Grassberger 2004), which keeps all rows.
 */
export type ScoreFunction = "fClassif" | "fRegression" | "chi2" | "mutualInfoClassif" | "mutualInfoRegression";

/** How columns are scored one by one. */
export interface ColumnScores {
  /** Default "fClassif". */
  readonly scoreFunction: ScoreFunction;
  /** Of mutual information. Default 3. */
  readonly nNeighbors: number;
  /** Of mutual information: columns whose values are categories rather than quantities. Default none. */
  readonly discreteFeatures: readonly string[];
  /** Of mutual information: equal values are told apart by a noise of 1e-10. Default 0. */
  readonly seed: number;
}

/** Keeps the columns of the highest scores; of equal scores the last. What was found: scores, one a column that came in. */
export interface SelectKBest extends ColumnScores {
  readonly kind: "SelectKBest";
  /** Default 10. */
  readonly k: number | "all";
}

/** Keeps a share of the columns, those of the highest scores; of equal scores the first. */
export interface SelectPercentile extends ColumnScores {
  readonly kind: "SelectPercentile";
  /** In percent. Default 10. */
  readonly percentile: number;
}

/**
 * Recursive feature elimination (Guyon et al. 2002): fits an estimator, leaves out the columns that matter least, and again.
 * Importance is a coefficient's square, summed over classes, or what a tree model tells, divided by the column's cost.
 * Keeps all rows while it is fitted. What was found: ranking, 1 for the columns that stay.
 */
export interface RFE {
  readonly kind: "RFE";
  /** Any estimator that has coefficients or importances. */
  readonly estimator: EstimatorSpecification;
  /** A number of columns, or a share below 1; null (default): half of them, or as many as the budget allows. */
  readonly nFeaturesToSelect: number | null;
  /** Columns that are left out at once; below 1, as a share of all. Default 1. */
  readonly step: number;
  /** What a column costs to have, above 0; 1 for those not named. Default none. */
  readonly costs: Readonly<Record<string, number>>;
  /** Columns go until the rest cost no more than this. Default null: no bound. */
  readonly budget: number | null;
  /** Of the estimator. Default 0. */
  readonly seed: number;
}

/** A step that keeps some columns by the label. */
export type SelectionStep = SelectKBest | SelectPercentile | RFE;

type Options<Step> = Partial<Omit<Step, "kind">>;

const scored: ColumnScores = { scoreFunction: "fClassif", nNeighbors: 3, discreteFeatures: [], seed: 0 };

/** The best columns. @example selectKBest({ scoreFunction: "mutualInfoClassif", k: 5 }) */
export const selectKBest: (options?: Options<SelectKBest>) => SelectKBest = /*#__PURE__*/ constructorOf<SelectKBest>({
  kind: "SelectKBest",
  ...scored,
  k: 10,
});

/** The best share of columns. @example selectPercentile({ scoreFunction: "chi2", percentile: 50 }) */
export const selectPercentile: (options?: Options<SelectPercentile>) => SelectPercentile =
  /*#__PURE__*/ constructorOf<SelectPercentile>({ kind: "SelectPercentile", ...scored, percentile: 10 });

/** The columns an estimator cannot do without. @example rfe({ estimator: ridge(), costs: { mri: 900 }, budget: 1000 }) */
export const rfe = (options: Options<RFE> & Pick<RFE, "estimator">): RFE => ({
  kind: "RFE",
  nFeaturesToSelect: null,
  step: 1,
  costs: {},
  budget: null,
  seed: 0,
  ...options,
});
