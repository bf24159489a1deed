// A fitted pipeline as plain JSON: what the door (encode.ts) and the graph (features.ts) are made from, and what a bundle
// keeps. All numbers are the float64 ones that the fit found.
import type { ColumnKind } from "../frame/column.ts";
import type { SerialisedGraph } from "../graph/instantiate.ts";
import type { DateFeatures, HashingEncoder, TextHashing } from "./encoding-specification.ts";
import type { Category } from "./statistics.ts";

/** What a step found, as a tensor of float64 numbers. */
export interface FittedNumbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A fitted step that carries its own graph, so that applying it takes none of the code that fitted it. */
export interface GraphOperation {
  readonly kind: "graph";
  /** Kind of the step. */
  readonly step: string;
  readonly parameters: Readonly<Record<string, FittedNumbers>>;
  /** Parameters that are places on the axis of their column, [columns] or [places, columns], where nothing but distances to them comes out: they shift with the door's origin. */
  readonly locations: readonly string[];
  /** After it no value is missing. */
  readonly fills: boolean;
  /** From "matrix" f32 [rows, columns], "present" bool [rows, columns] and the parameters to "matrix" and "present". */
  readonly graph: SerialisedGraph;
  /** What the fit found out beside what the graph reads: explained variance, scores, ranks. */
  readonly found?: Readonly<Record<string, readonly number[]>> | undefined;
}

/** What happens to the numbers of a group, one entry a column in each list of "impute" and "scale". */
export type NumericOperation =
  | { readonly kind: "impute"; readonly fill: readonly number[]; readonly indicators: readonly number[] }
  | { readonly kind: "scale"; readonly mean: readonly number[]; readonly scale: readonly number[] }
  | GraphOperation;

/** A group of columns that enter as numbers: f32 [rows, columns]. */
export interface NumericGroup {
  readonly kind: "numeric";
  readonly columns: readonly string[];
  readonly columnKinds: readonly ColumnKind[];
  /** The columns are timestamps, and each enters as these numbers side by side. Left out: the columns' own numbers. */
  readonly dates?: DateFeatures | undefined;
  /** Subtracted in float64 before rounding to f32, so that a mean far from 0 costs no digits. */
  readonly origin: readonly number[];
  readonly operations: readonly NumericOperation[];
  readonly featureNames: readonly string[];
  /** Missing values pass as NaN instead of being refused. Default false. */
  readonly allowMissing?: boolean | undefined;
}

/** True when an operation puts something in place of missing values. */
export const fills = (operation: NumericOperation): boolean =>
  operation.kind === "impute" || (operation.kind === "graph" && operation.fills);

/** True when the door gives a group's mask of present values beside its numbers. */
export const isMasked = (group: NumericGroup): boolean =>
  group.operations.some(fills) || (group.allowMissing === true && group.operations.length > 0);

/** Categories that share a feature, or have none. */
export interface CategoryGrouping {
  /** The feature of each category; -2: none. */
  readonly features: readonly number[];
  readonly width: number;
  /** The feature of an unknown category that is not refused; -2: none. */
  readonly unknown: number;
}

/** A column that enters as the codes of its features: i32 [rows]; -1 is missing, -2 no feature. */
export interface CategoricalColumn {
  readonly kind: "categorical";
  readonly column: string;
  readonly columnKind: ColumnKind;
  /** Known categories in the order of their features. */
  readonly categories: readonly Category[];
  /** The feature that a missing value sets: an imputer's fill, or the category of missing ones; null: none. */
  readonly missingCode: number | null;
  /** Missing is a category of its own, the last feature. */
  readonly missingIsCategory: boolean;
  /** What unknown categories do, and missing values where `missingCode` is null. */
  readonly handleUnknown: "error" | "ignore" | "infrequent";
  /** Left out: each category is its own feature, and missing the last where it is one. */
  readonly grouping?: CategoryGrouping | undefined;
  /** Two more features, "present" and "missing", from an imputer's indicator. */
  readonly indicator: boolean;
  /** Scalers after the encoder, one entry a feature. */
  readonly scales: readonly { readonly mean: readonly number[]; readonly scale: readonly number[] }[];
  readonly featureNames: readonly string[];
}

/**
 * A column that enters as rows of a table: i32 [rows]. The table has a row a category, one for missing and one for unknown;
 * a target encoder's is followed by one such block a fold, for training rows.
 */
export interface TableColumn {
  readonly kind: "table";
  readonly column: string;
  readonly columnKind: ColumnKind;
  readonly categories: readonly Category[];
  readonly takesMissing: boolean;
  readonly takesUnknown: boolean;
  /** Blocks for training rows; 0: they are encoded as all others. */
  readonly folds: number;
  readonly seed: number;
  /** The features: [(folds + 1) * (categories + 2), features], row-major, scalers applied; null is NaN. */
  readonly values: readonly (number | null)[];
  /** The first feature is a category code. */
  readonly native: boolean;
  readonly featureNames: readonly string[];
}

/** A column whose texts enter as signed counts by hash: f32 [rows, features]. */
export interface HashedColumn {
  readonly kind: "hashed";
  readonly column: string;
  readonly columnKind: ColumnKind;
  readonly step: HashingEncoder | TextHashing;
  /** Weight of each feature; null: none. */
  readonly idf: readonly number[] | null;
  readonly featureNames: readonly string[];
}

export type FittedGroup = NumericGroup | CategoricalColumn | TableColumn | HashedColumn;

/** Features of a categorical column: one each category that has none with others. */
export const oneHotWidth = (group: CategoricalColumn): number =>
  group.grouping?.width ?? group.categories.length + (group.missingIsCategory ? 1 : 0);

/** Preprocessing after its fit: plain values, from which its graph is written. */
export interface FittedPipeline {
  readonly groups: readonly FittedGroup[];
  readonly featureNames: readonly string[];
}

/** The columns that a fitted pipeline reads, in order. */
export const inputColumns = (pipeline: FittedPipeline): { readonly name: string; readonly kind: ColumnKind }[] =>
  pipeline.groups.flatMap((group) =>
    group.kind === "numeric"
      ? group.columns.map((name, i) => ({ name, kind: group.columnKinds[i] ?? "numeric" }))
      : [{ name: group.column, kind: group.columnKind }],
  );

/** Places of the features that are category codes, which tree models may split by category. */
export const categoricalFeatures = (pipeline: FittedPipeline): number[] => {
  let from = 0;
  return pipeline.groups.flatMap((group) => {
    const first = from;
    from += group.featureNames.length;
    return group.kind === "table" && group.native ? [first] : [];
  });
};
