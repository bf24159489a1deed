// Imputers that fill a gap from the row's other columns, as plain values, with scikit-learn's names and defaults.
import { constructorOf } from "../model/constructor-of.ts";

/**
 * The mean of a column over the nearest training rows that have it. Distances are over the columns that both rows have,
 * scaled up to all (nan_euclidean), so columns should be of like sizes: put a scaler before it. Where no row shares a column
 * with one that has the value, the column's mean. The fitted step holds all its training rows, which travel in the bundle:
 * at most 4,194,304 values. For each row it takes work in the number of training rows times columns.
 */
export interface KNNImputer {
  readonly kind: "KNNImputer";
  /** Default 5. */
  readonly nNeighbors: number;
  /** All alike (default), or by 1 / distance, where rows at distance 0 count alone. */
  readonly weights: "uniform" | "distance";
  /** Adds a feature of 0 and 1 for each column that misses values in the training rows. Default false. */
  readonly addIndicator: boolean;
}

/**
 * Each column with gaps as a Bayesian ridge regression on the others, round after round (van Buuren and Groothuis-Oudshoorn
 * 2011), from columns with few gaps to those with many. The fitted step holds the weights of every round, and applies them in
 * turn. Keeps 8 bytes a value while it is fitted.
 */
export interface IterativeImputer {
  readonly kind: "IterativeImputer";
  /** Rounds at most. Default 10. */
  readonly maxIterations: number;
  /** Stops when no row's fills move, summed, by more than this part of the largest magnitude. Default 0.001. */
  readonly tolerance: number;
  /** What gaps hold at first. Default "mean". */
  readonly initialStrategy: "mean" | "median";
  /** Columns without a gap in the training rows are not regressed: later gaps in them get the first fill. Default false. */
  readonly skipComplete: boolean;
  /** Adds a feature of 0 and 1 for each column that misses values in the training rows. Default false. */
  readonly addIndicator: boolean;
}

/** An imputer by its specification. */
export type ImputationStep = KNNImputer | IterativeImputer;

/** Fills from the nearest rows. @example knnImputer({ nNeighbors: 3, weights: "distance" }) */
export const knnImputer: (options?: Partial<Omit<KNNImputer, "kind">>) => KNNImputer =
  /*#__PURE__*/ constructorOf<KNNImputer>({
    kind: "KNNImputer",
    nNeighbors: 5,
    weights: "uniform",
    addIndicator: false,
  });

/** Fills by regressions. @example iterativeImputer({ maxIterations: 5 }) */
export const iterativeImputer: (options?: Partial<Omit<IterativeImputer, "kind">>) => IterativeImputer =
  /*#__PURE__*/ constructorOf<IterativeImputer>({
    kind: "IterativeImputer",
    maxIterations: 10,
    tolerance: 0.001,
    initialStrategy: "mean",
    skipComplete: false,
    addIndicator: false,
  });
