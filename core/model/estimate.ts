// The door to estimates of fits and predictions. What they take is loaded at the first call.
import type { Work } from "@millrace/kernels";
import type { BundleContent } from "../bundle/content.ts";
import type { ColumnKind } from "../frame/column.ts";
import type { ColumnGroup } from "../preprocess/steps.ts";
import type { SplitSpecification } from "../validate/split.ts";
import type { Estimator } from "./specification.ts";

/** A column as far as it is known before its rows are read. */
export interface EstimateColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Distinct values, where known; without it 32 are assumed of a column that is encoded. */
  readonly distinctCount?: number | undefined;
  readonly missingCount?: number | undefined;
}

/** What an estimate of a fit needs to know before it. */
export interface EstimateOptions {
  readonly rowCount: number;
  readonly columns: readonly EstimateColumn[];
  readonly features: readonly ColumnGroup[];
  /** Classes of the label, where known; 2 are assumed. */
  readonly classCount?: number | undefined;
  readonly estimator: Estimator;
  readonly split: SplitSpecification;
}

/** Operations and bytes of the kernels over the whole fit, and bytes of the bundle. */
export interface FitEstimate {
  readonly flops: number;
  readonly bytes: number;
  readonly storedBytes: number;
  /** Batches that will be run; L-BFGS and early stopping may end sooner. */
  readonly steps: number;
}

/**
 * Foretells the work of fitPipeline from what is known of the columns.
 * @throws UnknownColumnError, ColumnKindError, ArgumentError as the fit would
 * @example
 * const { flops } = await estimateFit({ rowCount: 3e6, columns, features, estimator: mlpClassifier(), split: timeOrdered("date") });
 */
export const estimateFit = async (options: EstimateOptions): Promise<FitEstimate> =>
  (await import("./estimate-work.ts")).estimateFit(options);

/** Foretells the work of predicting rows with a bundle. */
export const estimatePredict = async (content: BundleContent, rowCount: number): Promise<Work> =>
  (await import("./estimate-work.ts")).estimatePredict(content, rowCount);
