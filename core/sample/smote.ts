// Rows made up for classes that have few (SMOTE, Chawla, Bowyer, Hall and Kegelmeyer 2002), as plain JSON. It works on features
// as an estimator sees them, imputed and scaled, since that is where distances mean something: not a step over the rows of a
// table, but the last thing before a fit.
import { constructorOf } from "../model/constructor-of.ts";
import type { FitData } from "../model/estimator.ts";

/** Makes every class as large as the largest by rows between those it has and their neighbours. */
export interface SMOTE {
  readonly kind: "SMOTE";
  /** Neighbours of the same class that a new row may lie towards. At least 1; default 5; of fewer rows, all others. */
  readonly kNeighbors: number;
}

/** @example smote({ kNeighbors: 3 }) */
export const smote = /*#__PURE__*/ constructorOf<SMOTE>({ kind: "SMOTE", kNeighbors: 5 });

/**
 * The rows of a fit with new ones behind them. A new row lies at a random place between a row of its class and one of its
 * nearest neighbours there; in columns of categories it has what most of these neighbours have (SMOTE-NC), and a different
 * category counts in distances as the median deviation of the other columns. Its weight is that of the row it came from.
 * @throws ArgumentError without classes, for a missing value, for a class of one row, or the signal's reason
 * @example
 * const data = await oversample({ x, codes, classCount: 2 }, smote(), 7);
 */
export const oversample = async (
  data: FitData,
  specification: SMOTE,
  seed: number,
  signal?: AbortSignal,
): Promise<FitData> => (await import("./oversample.ts")).oversample(data, specification, seed, signal);
