// What one streaming pass learns about a column, in float64. States merge, so that a table, its batches and its shards run
// this one implementation. Moments: each chunk by two passes, chunks put together by Chan, Golub and LeVeque's formula.

import type { Column, ColumnKind } from "../frame/column.ts";
import { type Bitmap, bitAt } from "../frame/validity.ts";

/** A category: a text, a number or a truth. */
export type Category = string | number | boolean;

/** What a column's steps ask of the pass beside its moments. */
export interface StatisticsNeeds {
  /** All present numbers, for the median: 8 bytes a value. */
  readonly values: boolean;
  /** How often each distinct value comes, for categories and the most frequent. */
  readonly counts: boolean;
}

/** Mean and sum of squared deviations of `count` numbers. */
export interface Moments {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

export interface ColumnStatistics {
  readonly kind: ColumnKind;
  readonly needs: StatisticsNeeds;
  /** Rows without a value, NaN included. */
  readonly missing: number;
  /** Of present numbers and truths; of text the count alone is meant. */
  readonly moments: Moments;
  readonly values: readonly Float64Array[];
  readonly counts: ReadonlyMap<Category, number>;
}

/** Moments of two lists together. */
export const mergeMoments = (left: Moments, right: Moments): Moments => {
  if (left.count === 0) return right;
  if (right.count === 0) return left;
  const count = left.count + right.count;
  const delta = right.mean - left.mean;
  return {
    count,
    mean: left.mean + (delta * right.count) / count,
    squares: left.squares + right.squares + (delta * delta * left.count * right.count) / count,
  };
};

export const emptyStatistics = (kind: ColumnKind, needs: StatisticsNeeds): ColumnStatistics => ({
  kind,
  needs,
  missing: 0,
  moments: { count: 0, mean: 0, squares: 0 },
  values: [],
  counts: new Map(),
});

const momentsOf = (numbers: Float64Array): Moments => {
  let sum = 0;
  // By index: an iterator takes three times as long.
  for (let i = 0; i < numbers.length; i++) sum += numbers[i] ?? 0;
  const mean = sum / Math.max(1, numbers.length);
  let squares = 0;
  let rest = 0;
  for (let i = 0; i < numbers.length; i++) {
    const deviation = (numbers[i] ?? 0) - mean;
    squares += deviation * deviation;
    rest += deviation;
  }
  // The second term takes out what rounding left in the mean.
  return { count: numbers.length, mean, squares: squares - (rest * rest) / Math.max(1, numbers.length) };
};

const keepPresent = (values: Float64Array | Int32Array, validity: Bitmap | undefined, into: Float64Array): number => {
  let count = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? Number.NaN;
    // Written in any case, and overwritten by the next where it is missing.
    into[count] = value;
    if (!Number.isNaN(value) && !(validity && !bitAt(validity, row))) count++;
  }
  return count;
};

/** The present numbers of a column; truths count as 0 and 1. */
const presentNumbers = (column: Exclude<Column, { kind: "dictionary" }>): Float64Array => {
  const { length, validity } = column;
  const values =
    column.kind === "boolean"
      ? Int32Array.from({ length }, (_, row) => Number(bitAt(column.values, row)))
      : column.values;
  const numbers = new Float64Array(length);
  return numbers.subarray(0, keepPresent(values, validity, numbers));
};

const addCounts = (counts: Map<Category, number>, more: Iterable<readonly [Category, number]>): void => {
  for (const [value, count] of more) if (count > 0) counts.set(value, (counts.get(value) ?? 0) + count);
};

const textCounts = (column: Extract<Column, { kind: "dictionary" }>): { present: number; byCode: Float64Array } => {
  const byCode = new Float64Array(column.dictionary.length);
  let present = 0;
  const { codes, validity } = column;
  for (let row = 0; row < codes.length; row++) {
    if (validity && !bitAt(validity, row)) continue;
    const code = codes[row] ?? -1;
    byCode[code] = (byCode[code] ?? 0) + 1;
    present++;
  }
  return { present, byCode };
};

/** Statistics of one chunk of a column. */
const statisticsOf = (column: Column, needs: StatisticsNeeds): ColumnStatistics => {
  const counts = new Map<Category, number>();
  const empty = emptyStatistics(column.kind, needs);
  if (column.kind === "dictionary") {
    const { present, byCode } = textCounts(column);
    addCounts(
      counts,
      column.dictionary.map((text, code) => [text, byCode[code] ?? 0]),
    );
    const moments = { count: present, mean: 0, squares: 0 };
    return { ...empty, missing: column.length - present, moments, counts };
  }
  const numbers = presentNumbers(column);
  if (needs.counts)
    for (const number of numbers) {
      const value = column.kind === "boolean" ? number === 1 : number;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  const values = needs.values && numbers.length > 0 ? [numbers] : [];
  return { ...empty, missing: column.length - numbers.length, moments: momentsOf(numbers), values, counts };
};

/** Two states of one column put together; the order changes the last bits of the moments alone. */
export const mergeStatistics = (left: ColumnStatistics, right: ColumnStatistics): ColumnStatistics => {
  const counts = new Map(left.counts);
  addCounts(counts, right.counts);
  return {
    kind: left.kind,
    needs: left.needs,
    missing: left.missing + right.missing,
    moments: mergeMoments(left.moments, right.moments),
    values: [...left.values, ...right.values],
    counts,
  };
};

/** A state with one more chunk of its column. */
export const addChunk = (statistics: ColumnStatistics, column: Column): ColumnStatistics =>
  mergeStatistics(statistics, statisticsOf(column, statistics.needs));

/** The median of the kept numbers: the middle one, or the mean of the two about the middle. */
export const medianOf = (statistics: ColumnStatistics): number => {
  const all = new Float64Array(statistics.moments.count);
  let offset = 0;
  for (const values of statistics.values) {
    all.set(values, offset);
    offset += values.length;
  }
  all.sort();
  const middle = all.length >> 1;
  const upper = all[middle] ?? Number.NaN;
  return all.length % 2 === 1 ? upper : ((all[middle - 1] ?? Number.NaN) + upper) / 2;
};

/** Sorted categories: text by code unit, numbers by size, false before true. */
export const sortCategories = (categories: Iterable<Category>): Category[] =>
  [...categories].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));

/** The value that comes most often; of several, the smallest. Undefined where there is none. */
export const mostFrequentOf = (counts: ReadonlyMap<Category, number>): Category | undefined => {
  let best: Category | undefined;
  let most = 0;
  for (const value of sortCategories(counts.keys())) {
    const count = counts.get(value) ?? 0;
    if (count > most) {
      most = count;
      best = value;
    }
  }
  return best;
};
