// How the columns of a table are cut into bins, one byte each: what histograms are summed over.
import { ArgumentError } from "@millrace/kernels";
import type { RandomStream } from "../../validate/random-stream.ts";
import type { Matrix } from "../estimator.ts";
import { binEdges } from "./bin-edges.ts";

/** How a column is binned. */
export interface BinnedColumn {
  /** Bins of values; the bin of this number holds missing values, and categories that have no bin of their own. */
  readonly bins: number;
  /** Upper edges of a column of quantities; the last bin has none. */
  readonly edges: Float32Array;
  /** The category of each bin of a column of categories. */
  readonly categories?: readonly number[];
  /** The column's first bin in a histogram. */
  readonly offset: number;
}

/** Rows that edges are found from, as in LightGBM. */
const sampledRows = 200_000;
/** A set of categories holds a bit for each code up to its largest. */
const mostCategories = 1 << 20;

/** One row of each of equal stretches. */
const sampleRows = (rows: Int32Array, stream: RandomStream): Int32Array => {
  if (rows.length <= sampledRows) return rows;
  const step = rows.length / sampledRows;
  return Int32Array.from({ length: sampledRows }, (_, i) => rows[Math.floor((i + stream.uniform()) * step)] ?? 0);
};

/** Values of a column that are there. */
const valuesOf = ({ data, columns }: Matrix, column: number, rows: Int32Array): Float32Array => {
  const values = new Float32Array(rows.length);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = data[(rows[i] ?? 0) * columns + column] ?? Number.NaN;
    if (!Number.isNaN(value)) values[count++] = value;
  }
  return values.subarray(0, count);
};

/** Categories of a column by falling counts, so that rare ones are those without a bin. */
const commonCategories = (values: Float32Array, most: number, name: string): number[] => {
  const counts = new Map<number, number>();
  for (const value of values) {
    const code = Math.floor(value);
    if (!(code >= 0)) continue;
    if (code >= mostCategories)
      throw new ArgumentError(`column "${name}" has the category ${code}; codes are below ${mostCategories}`);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, countA], [b, countB]) => countB - countA || a - b)
    .slice(0, most)
    .map(([code]) => code);
};

/**
 * Finds the bins of every column.
 * @param training rows that edges and categories are found from
 * @param most bins of a column at most
 * @throws ArgumentError for a category that is too large
 */
export const binColumns = async (
  x: Matrix,
  training: Int32Array,
  most: number,
  stream: RandomStream,
  breath: () => Promise<void> | undefined,
): Promise<BinnedColumn[]> => {
  const sample = sampleRows(training, stream);
  const columns: BinnedColumn[] = [];
  let offset = 0;
  for (let column = 0; column < x.columns; column++) {
    const isCategorical = x.categorical.includes(column);
    const categories = isCategorical
      ? commonCategories(valuesOf(x, column, training), most, x.names[column] ?? String(column))
      : undefined;
    const edges = isCategorical ? new Float32Array() : binEdges(valuesOf(x, column, sample).sort(), most);
    const bins = categories?.length ?? edges.length + 1;
    columns.push({ bins, edges, ...(categories ? { categories } : {}), offset });
    offset += bins + 1;
    const pause = breath();
    if (pause) await pause;
  }
  return columns;
};

/** Bins of all columns together. */
export const totalBinsOf = (columns: readonly BinnedColumn[]): number =>
  columns.reduce((sum, { bins }) => sum + bins + 1, 0);

/** A function that gives the bin of a value. */
export const binOf = ({ bins, edges, categories }: BinnedColumn): ((value: number) => number) => {
  if (categories) {
    const places = new Map(categories.map((code, bin) => [code, bin]));
    return (value) => places.get(Math.floor(value)) ?? bins;
  }
  return (value) => {
    if (Number.isNaN(value)) return bins;
    let bin = 0;
    let high = edges.length;
    while (bin < high) {
      const middle = (bin + high) >> 1;
      if ((edges[middle] ?? 0) < value) bin = middle + 1;
      else high = middle;
    }
    return bin;
  };
};
