// All training values of each column, for statistics of order: exact, 8 bytes a value, and merged by standing side by side.
import { FitError } from "./error.ts";
import type { StepBatch } from "./numeric-step.ts";

/** Batches as they came. */
export type KeptBatches = readonly StepBatch[];

export const keepBatch = (kept: KeptBatches, batch: StepBatch): KeptBatches => [...kept, batch];
export const mergeBatches = (left: KeptBatches, right: KeptBatches): KeptBatches => [...left, ...right];

/** The present values of one column, in the order of the rows. */
export const columnValues = (kept: KeptBatches, column: number): Float64Array => {
  const all = new Float64Array(kept.reduce((sum, batch) => sum + batch.rows, 0));
  let count = 0;
  for (const { values, rows, width } of kept)
    for (let row = 0, at = column; row < rows; row++, at += width) {
      const value = values[at] ?? Number.NaN;
      if (!Number.isNaN(value)) all[count++] = value;
    }
  return all.subarray(0, count);
};

/** The present values of one column, sorted. @throws FitError when there is none */
export const sortedColumn = (kept: KeptBatches, column: number, name: string, step: string): Float64Array => {
  const values = columnValues(kept, column);
  if (values.length === 0)
    throw new FitError(name, -1, `no training row has a value, so there is nothing for ${step} to learn`);
  return values.sort();
};

/** Linear interpolation between order statistics (Hyndman and Fan's type 7, NumPy's default). @param share 0 to 1 */
export const quantileOf = (sorted: Float64Array, share: number): number =>
  orderStatistic(sorted, share * (sorted.length - 1));

/** The value at a place, counted from 0, and on a line between two. */
export const orderStatistic = (sorted: Float64Array, place: number): number => {
  const before = Math.floor(place);
  const low = sorted[before] ?? Number.NaN;
  return low + (place - before) * ((sorted[before + 1] ?? low) - low);
};

/** The inverted distribution function, averaged where it jumps (Hyndman and Fan's type 2). @param share 0 to 1 */
export const averagedQuantile = (sorted: Float64Array, share: number): number => {
  const place = share * sorted.length;
  const at = Math.floor(place);
  const last = sorted.length - 1;
  const upper = sorted[Math.min(at, last)] ?? Number.NaN;
  return place > at ? upper : ((sorted[Math.max(0, at - 1)] ?? Number.NaN) + upper) / 2;
};
