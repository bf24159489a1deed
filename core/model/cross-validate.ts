// Cross-validation over a table: each split is a fit of its own, one after another, so that no more than one model is held.
import { ArgumentError } from "@millrace/kernels";
import { isValid, valueAt } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import { columnOf } from "../frame/frame.ts";
import { type ColumnSource, readChunks } from "../frame/source.ts";
import { SplitError } from "../validate/error.ts";
import type { FoldsSpecification } from "../validate/folds.ts";
import { makeFolds } from "../validate/make-folds.ts";
import type { Split } from "../validate/split.ts";
import { breather } from "./breath.ts";
import { readClassLabels } from "./class-labels.ts";
import type { CrossValidationOptions, CrossValidationResult, FoldResult, FoldsFigure } from "./cross-validation.ts";
import { fitPipeline } from "./fit-pipeline.ts";
import { readOrder } from "./make-split.ts";

/** The group of each row, numbered as they first occur. */
const readGroups = async (source: ColumnSource, name: string): Promise<Int32Array> => {
  const numbers = new Map<unknown, number>();
  const groups = new Int32Array(source.rowCount);
  for await (const { from, chunk } of readChunks(source, [name])) {
    const column = columnOf(chunk, name);
    if (column.kind === "timestamp")
      throw new ColumnKindError(name, "is a timestamp; groups are told by a text or number");
    for (let row = 0; row < column.length; row++) {
      const value = isValid(column, row) ? valueAt(column, row) : null;
      if (value === null || Number.isNaN(value))
        throw new SplitError(`row ${from + row} has no "${name}", so it is of no group: filter such rows out`);
      const number = numbers.get(value) ?? numbers.size;
      numbers.set(value, number);
      groups[from + row] = number;
    }
  }
  return groups;
};

const splitsOf = async (
  { source, label, signal }: CrossValidationOptions,
  specification: FoldsSpecification,
): Promise<Split[]> => {
  const { rowCount } = source;
  const { kind } = specification;
  if (kind === "TimeSeriesSplit")
    return makeFolds(specification, { rowCount, order: await readOrder(source, specification.column) });
  if (kind === "GroupKFold")
    return makeFolds(specification, { rowCount, groups: await readGroups(source, specification.column) });
  const stratified = kind === "StratifiedKFold" || (kind === "RepeatedKFold" && specification.stratify);
  if (!stratified) return makeFolds(specification, { rowCount });
  if (!label) throw new ArgumentError("stratified folds keep the shares of classes: name the label, or use kFold");
  const breathe = breather(signal);
  const { codes } = await readClassLabels(source, label.column, async () => breathe());
  return makeFolds(specification, { rowCount, codes });
};

const figureOf = (values: readonly number[]): FoldsFigure => {
  const folds = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / folds;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: folds > 1 ? Math.sqrt(squares / (folds - 1)) : 0, folds };
};

/** See cross-validation.ts. */
export const crossValidate = async (options: CrossValidationOptions): Promise<CrossValidationResult> => {
  const { splits: wanted, onFold, ...fit } = options;
  const splits = "kind" in wanted ? await splitsOf(options, wanted) : wanted;
  if (splits.length === 0) throw new ArgumentError("splits: at least one is wanted");
  const folds: FoldResult[] = [];
  for (const [index, split] of splits.entries()) {
    const seed = options.seed + index;
    const { bundle, metrics, confusion, rows } = await fitPipeline({ ...fit, split, seed });
    bundle.release();
    const fold = { index, seed, splitHash: split.hash, metrics, confusion, rows };
    folds.push(fold);
    onFold?.(fold, folds.length, splits.length);
  }
  const figures: Partial<Record<string, number[]>> = {};
  for (const { metrics } of folds)
    for (const [name, value] of Object.entries(metrics)) figures[name] = [...(figures[name] ?? []), value];
  const metrics = Object.fromEntries(Object.entries(figures).map(([name, values = []]) => [name, figureOf(values)]));
  return { folds, metrics };
};
