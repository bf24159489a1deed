// Ways to hold rows out more than once, as plain values. Names and counts are scikit-learn's; make-folds.ts makes splits of them.
import { constructorOf } from "../model/constructor-of.ts";

interface Folds {
  /** Parts, each held out once. At least 2; default 5. */
  readonly nSplits: number;
}

interface Shuffled {
  /** False: rows are cut in the order they have. Default true. */
  readonly shuffle: boolean;
  /** Default 0. */
  readonly seed: number;
}

/** Parts of equal size, the first ones a row larger where they cannot be. As many as rows: leave one out. */
export interface KFold extends Folds, Shuffled {
  readonly kind: "KFold";
}

/** Parts in which each class has its share. */
export interface StratifiedKFold extends Folds, Shuffled {
  readonly kind: "StratifiedKFold";
}

/** Parts of about equal size such that all rows of a group are in one. */
export interface GroupKFold extends Folds {
  readonly kind: "GroupKFold";
  /** The column that tells the group of a row, text or a whole number. */
  readonly column: string;
}

/** K folds, again and again in other orders. */
export interface RepeatedKFold extends Folds {
  readonly kind: "RepeatedKFold";
  /** At least 1; default 10. */
  readonly nRepeats: number;
  /** Each class keeps its share. Default false. */
  readonly stratify: boolean;
  /** Default 0. */
  readonly seed: number;
}

/**
 * Rows in order of time: each split holds out the rows after those that it trains on, and the next one trains on those too.
 * Rows of the first held-out moment are not trained on.
 */
export interface TimeSeriesSplit extends Folds {
  readonly kind: "TimeSeriesSplit";
  /** A timestamp or a number. */
  readonly column: string;
  /** Rows between the last that is trained on and the first held out, which are on neither side. Default 0. */
  readonly gap: number;
  /** Rows held out by each split. Default null: rows / (nSplits + 1), rounded down. */
  readonly testSize: number | null;
  /** Rows trained on at most, the latest; default null: all before. */
  readonly maxTrainSize: number | null;
}

/** How rows are held out in turn. */
export type FoldsSpecification = KFold | StratifiedKFold | GroupKFold | RepeatedKFold | TimeSeriesSplit;

/** One of the splits that such a specification makes. */
export interface FoldOf {
  readonly kind: "FoldOf";
  readonly folds: FoldsSpecification;
  readonly index: number;
}

/** Training, validation and test rows. */
export interface ThreeWay {
  readonly kind: "ThreeWay";
  /** Part of the rows that judges choices. Default 0.2. */
  readonly validationFraction: number;
  /** Part of the rows that judges what was chosen, once. Default 0.2. */
  readonly testFraction: number;
  /** Each class keeps its share, where there are classes. Default true. */
  readonly stratify: boolean;
  /** Default 0. */
  readonly seed: number;
}

/** One of the two splits that three ways make: what the other holds out is on neither side. */
export interface SideOf {
  readonly kind: "SideOf";
  readonly of: ThreeWay;
  readonly side: "validation" | "test";
}

/** @example kFold({ nSplits: 10, seed: 7 }) */
export const kFold = constructorOf<KFold>({ kind: "KFold", nSplits: 5, shuffle: true, seed: 0 });

/** @example stratifiedKFold() */
export const stratifiedKFold = constructorOf<StratifiedKFold>({
  kind: "StratifiedKFold",
  nSplits: 5,
  shuffle: true,
  seed: 0,
});

/** @example groupKFold("patient", { nSplits: 3 }) */
export const groupKFold = (column: string, options: Partial<Folds> = {}): GroupKFold => ({
  kind: "GroupKFold",
  nSplits: 5,
  ...options,
  column,
});

/** @example repeatedKFold({ nSplits: 2, nRepeats: 5, stratify: true }) */
export const repeatedKFold = constructorOf<RepeatedKFold>({
  kind: "RepeatedKFold",
  nSplits: 5,
  nRepeats: 10,
  stratify: false,
  seed: 0,
});

/** @example timeSeriesSplit("date", { nSplits: 4, gap: 24 }) */
export const timeSeriesSplit = (
  column: string,
  options: Partial<Omit<TimeSeriesSplit, "kind" | "column">> = {},
): TimeSeriesSplit => ({
  kind: "TimeSeriesSplit",
  nSplits: 5,
  gap: 0,
  testSize: null,
  maxTrainSize: null,
  ...options,
  column,
});

/** @example threeWay({ validationFraction: 0.1, testFraction: 0.2 }) */
export const threeWay = constructorOf<ThreeWay>({
  kind: "ThreeWay",
  validationFraction: 0.2,
  testFraction: 0.2,
  stratify: true,
  seed: 0,
});
