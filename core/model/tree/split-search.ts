// The best split of a node over columns drawn in random order: all cuts of the sorted values, or one random threshold each.
import type { RandomStream } from "../../validate/random-stream.ts";
import { type CodedColumn, middleOf } from "./coded-column.ts";
import type { Criterion, Cut, Side } from "./criterion.ts";
import { sampleSorter } from "./sample-order.ts";

/** Columns as fits read them. */
export interface TrainingColumns {
  readonly rows: number;
  readonly columns: number;
  /** Values of one column after another; NaN is missing. */
  readonly values: Float32Array;
  /** Ranks; random thresholds do without. */
  readonly coded: readonly CodedColumn[];
}

/** A split that was found; `score` is the criterion's. */
export interface FoundSplit {
  readonly column: number;
  readonly threshold: number;
  readonly missingLeft: boolean;
  readonly score: number;
}

export interface SearchOptions {
  readonly maxFeatures: number;
  readonly minSamplesLeaf: number;
}

/** Finds the split of samples [from, to), after the criterion has begun with them; undefined when no column differs enough. */
export type SplitSearch = (
  samples: Int32Array,
  from: number,
  to: number,
  stream: RandomStream,
) => FoundSplit | undefined;

/** Moves samples that go left before those that go right; gives where the right ones begin. */
export const partition = (
  samples: Int32Array,
  from: number,
  to: number,
  { values, rows }: TrainingColumns,
  { column, threshold, missingLeft }: Pick<FoundSplit, "column" | "threshold" | "missingLeft">,
): number => {
  const base = column * rows;
  let middle = from;
  let end = to;
  while (middle < end) {
    const sample = samples[middle] ?? 0;
    const value = values[base + sample] ?? Number.NaN;
    if (value <= threshold || (missingLeft && Number.isNaN(value))) middle++;
    else {
      end--;
      samples[middle] = samples[end] ?? 0;
      samples[end] = sample;
    }
  }
  return middle;
};

/**
 * Draws columns without return until `maxFeatures` were seen, and on while all were constant.
 * @param tryColumn false for a constant column
 */
const drawColumns = (
  order: Int32Array,
  maxFeatures: number,
  stream: RandomStream,
  tryColumn: (column: number) => boolean,
): void => {
  let anyDiffers = false;
  for (let seen = 0; seen < order.length && (seen < maxFeatures || !anyDiffers); seen++) {
    const drawn = seen + stream.below(order.length - seen);
    const column = order[drawn] ?? 0;
    order[drawn] = order[seen] ?? 0;
    order[seen] = column;
    if (tryColumn(column)) anyDiffers = true;
  }
};

/** All cuts between neighbouring ranks, missing values on either side. */
export const bestSearch = (data: TrainingColumns, criterion: Criterion, options: SearchOptions): SplitSearch => {
  const { rows, columns, coded } = data;
  const mostCodes = coded.reduce((most, { upper }) => Math.max(most, upper.length), 0);
  const order = { samples: new Int32Array(rows), codes: new Uint16Array(rows) };
  const turned = { samples: new Int32Array(rows), codes: new Uint16Array(rows) };
  const sort = sampleSorter(rows, mostCodes, order);
  const columnOrder = Int32Array.from({ length: columns }, (_, column) => column);
  const { minSamplesLeaf: least } = options;
  return (samples, from, to, stream) => {
    const count = to - from;
    let found: FoundSplit | undefined;
    const best: Cut = { score: Number.NEGATIVE_INFINITY, left: 0 };
    const tryColumn = (column: number): boolean => {
      const own = coded[column];
      if (!own || !sort(samples, from, to, own)) return false;
      const { lower, upper } = own;
      const absent = upper.length;
      const keep = (codes: Uint16Array, missingLeft: boolean): void => {
        const [low, high] = [codes[best.left - 1] ?? 0, codes[best.left] ?? 0];
        const threshold = high === absent ? Number.POSITIVE_INFINITY : middleOf(upper[low] ?? 0, lower[high] ?? 0);
        found = { column, threshold, missingLeft, score: best.score };
      };
      let before = best.score;
      criterion.scan(order, count, least, best);
      const missing = order.codes[count - 1] === absent;
      // Without missing values to learn from they go where most go.
      if (best.score > before) keep(order.codes, !missing && best.left > count - best.left);
      if (!missing) return true;
      let present = count;
      while (present > 0 && order.codes[present - 1] === absent) present--;
      for (const name of ["samples", "codes"] as const) {
        turned[name].set(order[name].subarray(present, count));
        turned[name].set(order[name].subarray(0, present), count - present);
      }
      before = best.score;
      criterion.scan(turned, count, least, best);
      if (best.score > before) keep(turned.codes, true);
      return true;
    };
    drawColumns(columnOrder, options.maxFeatures, stream, tryColumn);
    return found;
  };
};

/** Sets `range` to the smallest and largest of the samples' values; gives how many are missing. */
const rangeOf = (values: Float32Array, samples: Int32Array, from: number, to: number, range: Float64Array): number => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let missing = 0;
  for (let i = from; i < to; i++) {
    const value = values[samples[i] ?? 0] ?? Number.NaN;
    if (value < low) low = value;
    if (value > high) high = value;
    if (Number.isNaN(value)) missing++;
  }
  range[0] = low;
  range[1] = high;
  return missing;
};

/** One threshold a column, drawn between the node's smallest and largest value; missing values go either way by chance. */
export const randomSearch = (data: TrainingColumns, criterion: Criterion, options: SearchOptions): SplitSearch => {
  const { rows, columns } = data;
  const columnOrder = Int32Array.from({ length: columns }, (_, column) => column);
  const { minSamplesLeaf: least, maxFeatures } = options;
  const byColumn = Array.from(columnOrder, (column) => data.values.subarray(column * rows, (column + 1) * rows));
  const side: Side = { values: data.values, threshold: 0, missingLeft: false };
  const cut: Cut = { score: 0, left: 0 };
  const range = new Float64Array(2);
  return (samples, from, to, stream) => {
    let found: FoundSplit | undefined;
    const tryColumn = (column: number): boolean => {
      const values = byColumn[column];
      if (!values) return false;
      const missing = rangeOf(values, samples, from, to, range);
      const low = range[0] ?? 0;
      const high = range[1] ?? 0;
      if (missing === to - from || (low === high && missing === 0)) return false;
      const drawn = Math.fround(low + stream.uniform() * (high - low));
      // All values alike: what is missing is the split.
      const threshold = low === high ? Number.POSITIVE_INFINITY : drawn < high ? drawn : low;
      const missingLeft = missing > 0 && low !== high && stream.below(2) === 1;
      side.values = values;
      side.threshold = threshold;
      side.missingLeft = missingLeft;
      criterion.scoreSides(samples, from, to, side, cut);
      const others = to - from - cut.left;
      if (cut.left < least || others < least || (found && cut.score <= found.score)) return true;
      found = { column, threshold, missingLeft: missing > 0 ? missingLeft : cut.left > others, score: cut.score };
      return true;
    };
    drawColumns(columnOrder, maxFeatures, stream, tryColumn);
    return found;
  };
};
