// The door to cross-validation. What it takes is loaded at the first call.
import type { FoldsSpecification } from "../validate/folds.ts";
import type { Split } from "../validate/split.ts";
import type { FitOptions, FitResult } from "./fit-pipeline.ts";

/** A pipeline as fitPipeline takes it, with splits in place of one. */
export interface CrossValidationOptions extends Omit<FitOptions, "split" | "checkpoint" | "onProgress"> {
  /** How rows are held out in turn, or splits that are made already. */
  readonly splits: FoldsSpecification | readonly Split[];
  /** Called after each fold. */
  readonly onFold?: (fold: FoldResult, done: number, total: number) => void;
}

/** What one fold gave, and what makes it again: equal rows, options, seed and split give equal figures. */
export interface FoldResult extends Pick<FitResult, "metrics" | "confusion" | "rows"> {
  readonly index: number;
  /** Of the fit: that of the options plus the index. */
  readonly seed: number;
  /** SHA-256 of the split. */
  readonly splitHash: string;
}

/** A figure over the folds that have it. */
export interface FoldsFigure {
  readonly mean: number;
  /** Of the folds about their mean, over n - 1; 0 for one fold. */
  readonly deviation: number;
  readonly folds: number;
}

/** How well a pipeline does on rows that it was not fitted on. */
export interface CrossValidationResult {
  readonly folds: readonly FoldResult[];
  readonly metrics: Readonly<Partial<Record<keyof FitResult["metrics"], FoldsFigure>>>;
}

/**
 * Fits a pipeline once a split, preprocessing included, and judges each fit on the rows that it did not see.
 * @throws as fitPipeline; SplitError, LabelError or ColumnKindError when the rows cannot be split so
 * @example
 * const { metrics } = await crossValidate({
 *   source, features, label: { column: "species" }, estimator: ridge(), splits: kFold({ nSplits: 5 }), seed: 1, device,
 * });
 * console.log(metrics.r2?.mean, metrics.r2?.deviation);
 */
export const crossValidate = async (options: CrossValidationOptions): Promise<CrossValidationResult> =>
  (await import("./cross-validate.ts")).crossValidate(options);
