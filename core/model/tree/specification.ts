// Trees and forests as plain values. Options are scikit-learn's; each default is stated here, once.
import { constructorOf } from "../constructor-of.ts";

/** What trees of every kind take. */
export interface TreeOptions {
  /** Levels of splits at most; null or left out: until leaves are pure or too small. */
  readonly maxDepth?: number | null;
  /** Rows that a node needs to be split: a count of at least 2, or a part of the rows in (0, 1). Default 2. */
  readonly minSamplesSplit?: number;
  /** Rows that a child keeps at least: a count of at least 1, or a part of the rows in (0, 1). Default 1. */
  readonly minSamplesLeaf?: number;
  /**
   * Columns tried for each split: a count of at least 1, a part of the columns in (0, 1), their root or logarithm; null is all.
   * More are tried while those drawn are constant. Default: "sqrt" for classifiers of forests, null for all others.
   */
  readonly maxFeatures?: number | "sqrt" | "log2" | null;
  /** A split must lessen the impurity, weighted by its part of the rows, by so much. Default 0. */
  readonly minImpurityDecrease?: number;
  /** Minimal cost-complexity pruning: a branch goes unless it lessens the impurity by more than this a leaf. Default 0. */
  readonly ccpAlpha?: number;
}

/** What classifiers take besides. */
export interface ClassifierTreeOptions extends TreeOptions {
  /** Default "gini". */
  readonly criterion?: "gini" | "entropy";
  /** Weight of each class by its code, or rows / (classes * rows of the class). Default: 1 each. */
  readonly classWeight?: "balanced" | readonly number[] | null;
}

/** What regressors take besides. */
export interface RegressorTreeOptions extends TreeOptions {
  /** Default, and the only one: "squaredError". */
  readonly criterion?: "squaredError";
}

/** What forests take besides. */
export interface ForestOptions {
  /** Trees. Default 100. */
  readonly nEstimators?: number;
  /** Each tree sees as many rows as there are, drawn with replacement. Default: true for random forests, false for extra trees. */
  readonly bootstrap?: boolean;
  /** Judges each row by the trees that did not draw it: accuracy, or R squared. Takes bootstrap. Default false. */
  readonly oobScore?: boolean;
}

/** One tree that tells classes apart; its probabilities are the classes' parts in a leaf. */
export interface DecisionTreeClassifier extends ClassifierTreeOptions {
  readonly kind: "DecisionTreeClassifier";
}

/** One tree that predicts a leaf's mean. */
export interface DecisionTreeRegressor extends RegressorTreeOptions {
  readonly kind: "DecisionTreeRegressor";
}

/** The mean of trees grown on rows drawn with replacement (Breiman 2001). */
export interface RandomForestClassifier extends ClassifierTreeOptions, ForestOptions {
  readonly kind: "RandomForestClassifier";
}

/** See RandomForestClassifier. */
export interface RandomForestRegressor extends RegressorTreeOptions, ForestOptions {
  readonly kind: "RandomForestRegressor";
}

/** The mean of trees that try one random threshold a column (Geurts, Ernst and Wehenkel 2006). */
export interface ExtraTreesClassifier extends ClassifierTreeOptions, ForestOptions {
  readonly kind: "ExtraTreesClassifier";
}

/** See ExtraTreesClassifier. */
export interface ExtraTreesRegressor extends RegressorTreeOptions, ForestOptions {
  readonly kind: "ExtraTreesRegressor";
}

/** Tells unusual rows by how few random splits set them apart (Liu, Ting and Zhou 2008). Weights of rows play no part. */
export interface IsolationForest {
  readonly kind: "IsolationForest";
  /** Trees. Default 100. */
  readonly nEstimators?: number;
  /** Rows that each tree sees: a count, a part in (0, 1), or "auto", the default: 256, or all where there are fewer. */
  readonly maxSamples?: number | "auto";
  /**
   * Part of the training rows that count as outliers, in (0, 0.5], which sets the threshold. "auto", the default, sets it
   * to 0.5, as in the paper.
   */
  readonly contamination?: number | "auto";
}

/** Any of the trees and forests that learn a label. */
export type TreeEstimator =
  | DecisionTreeClassifier
  | DecisionTreeRegressor
  | RandomForestClassifier
  | RandomForestRegressor
  | ExtraTreesClassifier
  | ExtraTreesRegressor;

const ofTrees = {
  maxDepth: null,
  minSamplesSplit: 2,
  minSamplesLeaf: 1,
  maxFeatures: null,
  minImpurityDecrease: 0,
  ccpAlpha: 0,
};
const ofClasses = { ...ofTrees, criterion: "gini", classWeight: null } as const;
const ofQuantities = { ...ofTrees, criterion: "squaredError" } as const;

/** @example decisionTreeClassifier({ maxDepth: 4 }) */
export const decisionTreeClassifier = constructorOf<DecisionTreeClassifier>({
  kind: "DecisionTreeClassifier",
  ...ofClasses,
});

/** @example decisionTreeRegressor({ minSamplesLeaf: 5 }) */
export const decisionTreeRegressor = constructorOf<DecisionTreeRegressor>({
  kind: "DecisionTreeRegressor",
  ...ofQuantities,
});

/** @example randomForestClassifier({ nEstimators: 200, classWeight: "balanced" }) */
export const randomForestClassifier = constructorOf<RandomForestClassifier>({
  kind: "RandomForestClassifier",
  ...ofClasses,
  maxFeatures: "sqrt",
  nEstimators: 100,
  bootstrap: true,
  oobScore: false,
});

/** @example randomForestRegressor({ maxFeatures: 1 / 3 }) */
export const randomForestRegressor = constructorOf<RandomForestRegressor>({
  kind: "RandomForestRegressor",
  ...ofQuantities,
  nEstimators: 100,
  bootstrap: true,
  oobScore: false,
});

/** @example extraTreesClassifier() */
export const extraTreesClassifier = constructorOf<ExtraTreesClassifier>({
  kind: "ExtraTreesClassifier",
  ...ofClasses,
  maxFeatures: "sqrt",
  nEstimators: 100,
  bootstrap: false,
  oobScore: false,
});

/** @example extraTreesRegressor() */
export const extraTreesRegressor = constructorOf<ExtraTreesRegressor>({
  kind: "ExtraTreesRegressor",
  ...ofQuantities,
  nEstimators: 100,
  bootstrap: false,
  oobScore: false,
});

/** @example isolationForest({ contamination: 0.02 }) */
export const isolationForest = constructorOf<IsolationForest>({
  kind: "IsolationForest",
  nEstimators: 100,
  maxSamples: "auto",
  contamination: "auto",
});
