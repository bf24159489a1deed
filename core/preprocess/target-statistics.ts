// The target's moments by category and fold: what target encoding learns in the pass over the rows, and how it merges.
import { ArgumentError } from "@millrace/kernels";
import { type Column, isValid, valueAt } from "../frame/column.ts";
import type { TargetEncoder } from "./encoding-specification.ts";
import type { FitProgressOptions } from "./fit.ts";
import { foldOf } from "./fold.ts";
import { type Category, type Moments, mergeMoments } from "./statistics.ts";

/** A category, or null for missing. */
type CategoryOrMissing = Category | null;

export interface TargetStatistics {
  readonly folds: number;
  readonly seed: number;
  /** Names of the features after the column's: none for one, the classes for three and more. */
  readonly outputs: readonly string[];
  /** [folds, outputs, 3]: count, mean and sum of squared deviations. */
  readonly byCategory: ReadonlyMap<CategoryOrMissing, Float64Array>;
}

/** What is learnt, by the row's number in the source. */
export type FitAnswers = Pick<FitProgressOptions, "codes" | "classes" | "target">;

const checkAnswers = (column: string, { codes, classes, target }: FitAnswers): void => {
  if (!target && !(codes && classes))
    throw new ArgumentError(
      `the TargetEncoder of column "${column}" takes a target with every batch: give a target, or codes and classes`,
    );
};

/** Statistics of no row. @throws ArgumentError where there is no target */
export const emptyTarget = (column: string, step: TargetEncoder, answers: FitAnswers): TargetStatistics => {
  checkAnswers(column, answers);
  const { classes, target } = answers;
  return {
    folds: step.cv ?? 5,
    seed: step.seed ?? 0,
    outputs: !target && classes && classes.length > 2 ? classes.map(String) : [""],
    byCategory: new Map(),
  };
};

/** The moments at a fold and output. */
export const momentsAt = (cells: Float64Array | undefined, place: number): Moments => ({
  count: cells?.[3 * place] ?? 0,
  mean: cells?.[3 * place + 1] ?? 0,
  squares: cells?.[3 * place + 2] ?? 0,
});

/** Statistics put together, category by category. */
export const mergeTargets = (left: TargetStatistics, right: TargetStatistics): TargetStatistics => {
  const byCategory = new Map(left.byCategory);
  for (const [category, cells] of right.byCategory) {
    const before = byCategory.get(category);
    if (!before) byCategory.set(category, cells);
    else {
      const merged = before.slice();
      for (let place = 0; place < merged.length / 3; place++) {
        const { count, mean, squares } = mergeMoments(momentsAt(before, place), momentsAt(cells, place));
        merged.set([count, mean, squares], 3 * place);
      }
      byCategory.set(category, merged);
    }
  }
  return { ...left, byCategory };
};

/** One more number, by Welford's update. */
const count = (cells: Float64Array, at: number, value: number): void => {
  const rows = (cells[at] ?? 0) + 1;
  const mean = cells[at + 1] ?? 0;
  const next = mean + (value - mean) / rows;
  cells[at] = rows;
  cells[at + 1] = next;
  cells[at + 2] = (cells[at + 2] ?? 0) + (value - mean) * (value - next);
};

const categoryAt = (column: Column, row: number): CategoryOrMissing => {
  const value = isValid(column, row) ? valueAt(column, row) : null;
  return value instanceof Date ? value.getTime() : Number.isNaN(value) ? null : value;
};

/** Statistics with one more chunk. @throws ArgumentError where there is no target */
export const addTargets = (
  statistics: TargetStatistics,
  name: string,
  column: Column,
  rowIndices: Uint32Array,
  answers: FitAnswers,
): TargetStatistics => {
  checkAnswers(name, answers);
  const { codes, target } = answers;
  const { folds, seed, outputs } = statistics;
  const byCategory = new Map<CategoryOrMissing, Float64Array>();
  for (let row = 0; row < column.length; row++) {
    const index = rowIndices[row] ?? 0;
    const own = (target ?? codes)?.[index] ?? Number.NaN;
    if (Number.isNaN(own) || (!target && own < 0)) continue;
    const category = categoryAt(column, row);
    let cells = byCategory.get(category);
    if (!cells) {
      cells = new Float64Array(folds * outputs.length * 3);
      byCategory.set(category, cells);
    }
    const from = foldOf(index, seed, folds) * outputs.length;
    if (outputs.length === 1) count(cells, 3 * from, own);
    else
      for (let output = 0; output < outputs.length; output++) count(cells, 3 * (from + output), Number(own === output));
  }
  return mergeTargets(statistics, { ...statistics, byCategory });
};
