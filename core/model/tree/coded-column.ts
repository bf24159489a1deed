// Columns as ranks: splits compare the order of values alone, and ranks sort faster than numbers.
import type { Matrix } from "../estimator.ts";

/** A column by the ranks of its distinct values, or of bins of neighbouring ones. */
export interface CodedColumn {
  /** Rank of each row's value; the number of ranks for a missing one. */
  readonly codes: Uint16Array;
  /** Smallest and largest value of each rank. */
  readonly lower: Float32Array;
  readonly upper: Float32Array;
}

/** Rows up to which every distinct value has its rank, so that splits are those of the sorted values themselves. */
export const exactRows = 20_000;
/** Ranks of a column of more rows: bins of as equal counts as ties allow. */
export const mostBins = 255;

/** Values of one column after another. */
export const columnMajor = ({ rows, columns, data }: Matrix): Float32Array => {
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      values[column * rows + row] = data[row * columns + column] ?? Number.NaN;
  return values;
};

/** Where each distinct value begins in sorted ones. */
const startsOf = (sorted: Float32Array): number[] => {
  const starts: number[] = [];
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) starts.push(i);
  return starts;
};

/** Ranks of a column; NaN is missing. */
export const codeColumn = (values: Float32Array): CodedColumn => {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const starts = startsOf(sorted);
  let kept = starts;
  if (values.length > exactRows && starts.length > mostBins) {
    kept = [];
    for (const start of starts)
      if (start >= (kept.length * sorted.length) / mostBins && kept.length < mostBins) kept.push(start);
  }
  const lower = Float32Array.from(kept, (start) => sorted[start] ?? 0);
  const upper = Float32Array.from(kept, (_, i) => sorted[(kept[i + 1] ?? sorted.length) - 1] ?? 0);
  const codes = new Uint16Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? Number.NaN;
    if (Number.isNaN(value)) {
      codes[row] = kept.length;
      continue;
    }
    let low = 0;
    let high = kept.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upper[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    codes[row] = low;
  }
  return { codes, lower, upper };
};

const bits = new Uint32Array(1);
const asFloat = new Float32Array(bits.buffer);

/**
 * The largest float32 up to the middle of two float32 values, a < b: every float32 lies on the same side of it as of the
 * middle itself.
 */
export const middleOf = (a: number, b: number): number => {
  const middle = a / 2 + b / 2;
  asFloat[0] = middle;
  if ((asFloat[0] ?? 0) > middle) {
    // The next number below: fewer bits for a positive one, more for a negative one.
    const own = bits[0] ?? 0;
    bits[0] = own < 0x80000000 ? own - 1 : own + 1;
  }
  const below = asFloat[0] ?? a;
  return below < b ? Math.max(below, a) : a;
};
