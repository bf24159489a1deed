// Steps that leave out training rows, as plain JSON: applied between the split and the fit, and no part of prediction.
import type { TrainingRows } from "../validate/partition.ts";

/** Leaves out rows with a value outside bounds that the rows at hand give. A missing value is no outlier; an infinite one is. */
export interface DropOutliers {
  readonly kind: "DropOutliers";
  /** Numeric columns; a row goes where any of them is outside. */
  readonly columns: readonly string[];
  /**
   * "iqr": beyond the quartiles by `threshold` times their distance (Tukey); "zScore": further than `threshold` standard
   * deviations from the mean; "robustZ": 0.6745 |x - median| / MAD above `threshold` (Iglewicz and Hoaglin 1993). A
   * distance, deviation or MAD of 0 leaves all finite rows.
   */
  readonly method: "iqr" | "zScore" | "robustZ";
  /** Default 1.5, 3 and 3.5. */
  readonly threshold?: number;
}

/** Leaves out rows that equal an earlier one. */
export interface DropDuplicates {
  readonly kind: "DropDuplicates";
  /** The columns that are compared. Default: all. Missing equals missing. */
  readonly columns?: readonly string[];
}

/** Keeps a share of the rows, drawn without replacement. */
export interface RandomSample {
  readonly kind: "RandomSample";
  /** Above 0, at most 1; of n rows, round(fraction * n) and at least one stay. */
  readonly fraction: number;
  /** Draws the share from the rows of each value of this column. Default: from all rows. */
  readonly stratify?: string;
}

/** Keeps so many rows, each with the same chance, in one pass (Vitter's algorithm R); all where there are no more. */
export interface ReservoirSample {
  readonly kind: "ReservoirSample";
  /** A whole number from 1. */
  readonly count: number;
}

/** A step over training rows. */
export type RowStep = DropOutliers | DropDuplicates | RandomSample | ReservoirSample;

/** How many rows a step was given and left. */
export interface RowStepCount {
  readonly step: RowStep;
  readonly before: number;
  readonly after: number;
}

/** What row steps leave. */
export interface SelectedRows {
  readonly rows: TrainingRows;
  /** One a step, in order. */
  readonly counts: readonly RowStepCount[];
}

/**
 * Applies steps to training rows, in order. Row numbers stay those of the source, so labels by row number still fit.
 * @throws ArgumentError for a wrong option, UnknownColumnError, ColumnKindError, FitError when a step leaves no row, HeldOutError
 * @example
 * const { rows, counts } = await applyRowSteps(trainingRows(source, split), [{ kind: "DropDuplicates" }], 7);
 */
export const applyRowSteps = async (
  rows: TrainingRows,
  steps: readonly RowStep[],
  seed: number,
): Promise<SelectedRows> => (await import("./apply-row-steps.ts")).applyRowSteps(rows, steps, seed);

/**
 * A weight a class: rows / (classes * rows of the class), as scikit-learn's "balanced"; 0 for a class without rows.
 * @param codes the class of each row, 0 to classCount - 1; others are passed over
 * @example balancedClassWeights(Int32Array.of(0, 0, 0, 1), 2) // [2/3, 2]
 */
export const balancedClassWeights = (codes: Int32Array, classCount: number): Float64Array => {
  const counts = new Float64Array(classCount);
  let rows = 0;
  for (const code of codes)
    if (code >= 0 && code < classCount) {
      counts[code] = (counts[code] ?? 0) + 1;
      rows++;
    }
  return counts.map((count) => (count > 0 ? rows / (classCount * count) : 0));
};
