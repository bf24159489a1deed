// The door to fitting. What it takes is loaded at the first call: a page that only predicts, or trains by steps of its own,
// does without.
import type { FitOptions, FitResult } from "./fit-pipeline.ts";

/**
 * Fits a pipeline and an estimator on the training rows of a split, and judges the model on the held-out ones.
 * @throws UnknownColumnError, LabelError, SplitError, ColumnKindError, FitError, MissingValueError, UnknownCategoryError,
 * InvalidValueError, ArgumentError, DivergenceError, CheckpointError, DeviceLostError, or the signal's reason
 * @example
 * const { bundle, metrics } = await fitPipeline({ source: frameSource(penguins), features, label: { column: "Species" },
 *   estimator: mlpClassifier(), split: holdOut(), seed: 1, device: await openDevice() });
 */
export const fitPipeline = async (options: FitOptions): Promise<FitResult> =>
  (await import("./fit-pipeline.ts")).fitPipeline(options);
