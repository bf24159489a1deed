// Preprocessing steps and column groups as plain values: what a pipeline is before it is fitted. They are JSON, so the same
// value is a line of code here, a GraphQL input in the gateway and a record in a bundle. Names are scikit-learn's.
import type {
  DateFeatures,
  FrequencyEncoder,
  HashingEncoder,
  OrdinalEncoder,
  TargetEncoder,
  TextHashing,
} from "./encoding-specification.ts";
import type { NumericStep } from "./numeric-specification.ts";

/** Fills missing values (a cleared validity bit, or NaN) with a statistic of the training rows. */
export interface SimpleImputer {
  readonly kind: "SimpleImputer";
  /** "mostFrequent": the smallest of those that come most often. "mean" and "median" are for numbers. */
  readonly strategy: "mean" | "median" | "mostFrequent" | "constant";
  /** For the strategy "constant": a value of the column's own kind. */
  readonly fillValue?: number | string | boolean | null;
  /** Adds a feature of 0 and 1 for each column that misses values in the training rows. Default false. */
  readonly addIndicator?: boolean;
}

/** Subtracts the mean and divides by the standard deviation of the training rows (of a constant column: by 1). */
export interface StandardScaler {
  readonly kind: "StandardScaler";
  /** Default true. */
  readonly withMean?: boolean;
  /** Default true. */
  readonly withStd?: boolean;
}

/** One feature of 0 and 1 for each category of the training rows, sorted; missing is a category, the last, if it was there. */
export interface OneHotEncoder {
  readonly kind: "OneHotEncoder";
  /**
   * What a category that was not in the training rows does: "error" (default) refuses the row, "ignore" gives zeros,
   * "infrequent" counts it among the rare ones (zeros where there are none).
   */
  readonly handleUnknown?: "error" | "ignore" | "infrequent";
  /** Categories of fewer training rows (below 1: of a smaller share of them) become one feature, the last. Default none. */
  readonly minFrequency?: number | null;
  /** At most so many features, that of the rare ones included; of equally rare ones the first in order goes. Default all. */
  readonly maxCategories?: number | null;
  /** Leaves out the first feature, always or only of two. Default null: none. */
  readonly drop?: "first" | "ifBinary" | null;
}

/** Steps that make features of a column that holds no numbers; a group has at most one. */
export type EncodingStep =
  | OneHotEncoder
  | OrdinalEncoder
  | TargetEncoder
  | FrequencyEncoder
  | HashingEncoder
  | TextHashing;

/** A step of preprocessing by its specification. */
export type PreprocessStep = SimpleImputer | StandardScaler | DateFeatures | EncodingStep | NumericStep;

/** Columns that go through the same steps, in order. */
export interface ColumnGroup {
  readonly columns: readonly string[];
  readonly steps: readonly PreprocessStep[];
  /** Numbers may stay missing, as NaN, for an estimator that takes them. Default false: they are refused unless a step fills them. */
  readonly allowMissing?: boolean;
}

/** An imputer; fills with the mean unless said otherwise. @example simpleImputer({ strategy: "median" }) */
export const simpleImputer = (options: Partial<Omit<SimpleImputer, "kind">> = {}): SimpleImputer => ({
  kind: "SimpleImputer",
  strategy: options.strategy ?? (options.fillValue === undefined ? "mean" : "constant"),
  fillValue: options.fillValue ?? null,
  addIndicator: options.addIndicator ?? false,
});

/** A scaler to mean 0 and deviation 1. @example standardScaler({ withMean: false }) */
export const standardScaler = (options: Partial<Omit<StandardScaler, "kind">> = {}): StandardScaler => ({
  kind: "StandardScaler",
  withMean: options.withMean ?? true,
  withStd: options.withStd ?? true,
});

/** A one-hot encoder; refuses unknown categories unless told to ignore them. @example oneHotEncoder({ handleUnknown: "ignore" }) */
export const oneHotEncoder = (options: Partial<Omit<OneHotEncoder, "kind">> = {}): OneHotEncoder => ({
  kind: "OneHotEncoder",
  handleUnknown: "error",
  minFrequency: null,
  maxCategories: null,
  drop: null,
  ...options,
});

/**
 * Groups of columns with their steps; the features of all groups stand side by side, in order.
 * @example
 * columnPipeline([
 *   { columns: ["mass", "length"], steps: [simpleImputer(), standardScaler()] },
 *   { columns: ["island"], steps: [oneHotEncoder()] },
 * ]);
 */
export const columnPipeline = (groups: readonly ColumnGroup[]): readonly ColumnGroup[] => groups;
