// Fits one column whose encoder is a table: ordinal, frequency and target encoding. Fills, indicator and scalers go into the
// table in float64, so that the graph looks rows up and does nothing else.
import { ArgumentError } from "@millrace/kernels";
import type { FrequencyEncoder, OrdinalEncoder, TargetEncoder } from "./encoding-specification.ts";
import { encodeColumn } from "./fit-categorical.ts";
import { scaleOf } from "./fit-numeric.ts";
import type { TableColumn } from "./fitted.ts";
import { type Category, type ColumnStatistics, type Moments, mergeMoments } from "./statistics.ts";
import type { ColumnGroup, StandardScaler } from "./steps.ts";
import { momentsAt, type TargetStatistics } from "./target-statistics.ts";

/** Encoders that are tables. */
export type TableEncoder = OrdinalEncoder | FrequencyEncoder | TargetEncoder;

/** A table's blocks: rows of features for each category, for missing and for unknown. */
interface Block {
  readonly categories: readonly (readonly number[])[];
  readonly missing: readonly number[];
  readonly unknown: readonly number[];
}

const emptyMoments: Moments = { count: 0, mean: 0, squares: 0 };

/** The mean of a category drawn to the overall mean, as scikit-learn's TargetEncoder. */
const shrunk = (own: Moments, all: Moments, smooth: number | "auto"): number => {
  if (own.count === 0) return all.mean;
  if (smooth !== "auto") return (own.mean * own.count + smooth * all.mean) / (own.count + smooth);
  const variance = (all.squares / all.count) * own.count;
  const weight = variance / (variance + own.squares / own.count);
  return Number.isNaN(weight) ? all.mean : weight * own.mean + (1 - weight) * all.mean;
};

/** Blocks of a target encoder: of all rows, then of all but each fold. */
const targetBlocks = (
  { folds, outputs, byCategory }: TargetStatistics,
  { smooth = "auto" }: TargetEncoder,
  categories: readonly Category[],
  fill: Category | undefined,
): Block[] => {
  const without = (cells: readonly (Float64Array | undefined)[], output: number, left: number): Moments => {
    let moments = emptyMoments;
    for (const own of cells)
      for (let fold = 0; own && fold < folds; fold++)
        if (fold !== left) moments = mergeMoments(moments, momentsAt(own, fold * outputs.length + output));
    return moments;
  };
  const everything = [...byCategory.values()];
  return Array.from({ length: folds + 1 }, (_, block): Block => {
    const all = outputs.map((_, output) => {
      const kept = without(everything, output, block - 1);
      return kept.count > 0 ? kept : without(everything, output, -1);
    });
    const row = (...names: (Category | null)[]): number[] => {
      const cells = names.map((name) => byCategory.get(name));
      return all.map((overall, output) => shrunk(without(cells, output, block - 1), overall, smooth));
    };
    const unknown = all.map((overall) => overall.mean);
    return {
      categories: categories.map((category) => (category === fill ? row(category, null) : row(category))),
      missing: row(null),
      unknown,
    };
  });
};

const blocksOf = (
  step: TableEncoder,
  counts: readonly number[],
  categories: readonly Category[],
  fill: Category | undefined,
  target: TargetStatistics | undefined,
): Block[] => {
  if (step.kind === "TargetEncoder") {
    if (!target) throw new ArgumentError("a TargetEncoder has seen no target; call partialFit with one");
    return targetBlocks(target, step, categories, fill);
  }
  if (step.kind === "OrdinalEncoder")
    return [
      {
        categories: categories.map((_, code) => [code]),
        missing: [step.encodedMissingValue ?? Number.NaN],
        unknown: [step.unknownValue ?? Number.NaN],
      },
    ];
  const rows = step.normalise === false ? 1 : counts.reduce((sum, count) => sum + count, 0);
  const shares = counts.map((count) => [count / rows]);
  return [{ categories: shares.slice(0, categories.length), missing: shares[categories.length] ?? [0], unknown: [0] }];
};

/** Rows with a scaler applied, its moments those of the first block's rows by how often they came. */
const scaledRows = (rows: number[][], weights: readonly number[], step: StandardScaler): number[][] => {
  const scales = (rows[0] ?? []).map((_, feature) => {
    let moments = emptyMoments;
    weights.forEach((count, row) => {
      const mean = rows[row]?.[feature] ?? Number.NaN;
      if (!Number.isNaN(mean)) moments = mergeMoments(moments, { count, mean, squares: 0 });
    });
    return scaleOf(moments, step);
  });
  return rows.map((row) =>
    row.map((value, feature) => {
      const { mean, scale } = scales[feature] ?? { mean: 0, scale: 1 };
      return (value - mean) / scale;
    }),
  );
};

/**
 * Fits the steps of one column, an encoder that is a table among them.
 * @throws ColumnKindError, FitError, ArgumentError
 */
export const fitTableColumn = (
  name: string,
  statistics: ColumnStatistics,
  { steps, allowMissing = false }: ColumnGroup,
  encoder: TableEncoder,
  target: TargetStatistics | undefined,
): TableColumn => {
  const { encoding, imputed, indicator, after } = encodeColumn(name, statistics, steps, encoder);
  const { categories, counts, missingCode } = encoding;
  const ordinal = encoder.kind === "OrdinalEncoder";
  // NaN goes to estimators that take it alone.
  const gives = (value: number | null | undefined): boolean => !ordinal || allowMissing || typeof value === "number";
  const takesUnknown = !ordinal || (encoder.handleUnknown === "useEncodedValue" && gives(encoder.unknownValue));
  const filled = imputed ? missingCode : null;
  const fill = filled === null ? undefined : categories[filled];
  const blocks = blocksOf(encoder, counts, categories, fill, target);
  const marked = (row: readonly number[], missing: number): number[] => (indicator ? [...row, missing] : [...row]);
  let rows = blocks.flatMap((block) => {
    // A fill that no training row has is an unknown category.
    const missing = imputed ? (filled === null ? block.unknown : (block.categories[filled] ?? [])) : block.missing;
    return [...block.categories.map((row) => marked(row, 0)), marked(missing, 1), marked(block.unknown, 0)];
  });
  const weights = [...categories.map((category) => statistics.counts.get(category) ?? 0), statistics.missing];
  for (const step of after) if (step.kind === "StandardScaler") rows = scaledRows(rows, weights, step);
  const outputs = encoder.kind === "TargetEncoder" ? (target?.outputs ?? [""]) : [""];
  return {
    kind: "table",
    column: name,
    columnKind: statistics.kind,
    categories,
    takesMissing: imputed ? filled !== null || takesUnknown : !ordinal || gives(encoder.encodedMissingValue),
    takesUnknown,
    folds: blocks.length - 1,
    seed: target?.seed ?? 0,
    values: rows.flat().map((value) => (Number.isNaN(value) ? null : value)),
    native: ordinal && rows.every(([code = 0]) => Number.isNaN(code) || (code >= 0 && Number.isInteger(code))),
    featureNames: [
      ...outputs.map((output) => (output === "" ? name : `${name}_${output}`)),
      ...(indicator ? [`missingindicator_${name}`] : []),
    ],
  };
};
