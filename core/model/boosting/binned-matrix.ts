// A matrix of features as bins, one byte each: what histograms are summed over.
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
  /** The bin behind the others holds rows. */
  readonly hasMissing: boolean;
  /** The column's first bin in a histogram. */
  readonly offset: number;
}

export interface BinnedMatrix {
  readonly rows: number;
  /** Row-major: 2.1 G updates/s a core in a histogram against 1.25 column-major. */
  readonly bins: Uint8Array;
  readonly columns: readonly BinnedColumn[];
  /** Bins of all columns together. */
  readonly totalBins: number;
}

/** Rows that edges are found from, as in LightGBM. */
const sampledRows = 200_000;
/** A set of categories holds a bit for each code up to its largest. */
const mostCategories = 1 << 20;

/** One row of each of equal stretches. */
const sampleRows = (rows: readonly number[] | Int32Array, stream: RandomStream): Int32Array => {
  if (rows.length <= sampledRows) return Int32Array.from(rows);
  const step = rows.length / sampledRows;
  return Int32Array.from({ length: sampledRows }, (_, i) => rows[Math.floor((i + stream.uniform()) * step)] ?? 0);
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
 * Bins a matrix.
 * @param training rows that edges and categories are found from; all rows get bins
 * @param most bins of a column at most
 * @throws ArgumentError for a category that is too large
 */
export const binMatrix = async (
  x: Matrix,
  training: Int32Array,
  most: number,
  stream: RandomStream,
  breath: () => Promise<void> | undefined,
): Promise<BinnedMatrix> => {
  const { rows, columns: width, data } = x;
  const bins = new Uint8Array(rows * width);
  const sample = sampleRows(training, stream);
  const columns: BinnedColumn[] = [];
  let offset = 0;
  for (let column = 0; column < width; column++) {
    const valuesOf = (own: Int32Array): Float32Array =>
      Float32Array.from(own, (row) => data[row * width + column] ?? Number.NaN);
    const isCategorical = x.categorical.includes(column);
    const categories = isCategorical
      ? commonCategories(valuesOf(training), most, x.names[column] ?? String(column))
      : undefined;
    const edges = isCategorical
      ? new Float32Array()
      : binEdges(
          valuesOf(sample)
            .filter((value) => !Number.isNaN(value))
            .sort(),
          most,
        );
    const count = categories?.length ?? edges.length + 1;
    const places = new Map(categories?.map((code, bin) => [code, bin]));
    let hasMissing = false;
    for (let row = 0; row < rows; row++) {
      const value = data[row * width + column] ?? Number.NaN;
      let bin = count;
      if (categories) bin = places.get(Math.floor(value)) ?? count;
      else if (!Number.isNaN(value)) {
        bin = 0;
        let high = edges.length;
        while (bin < high) {
          const middle = (bin + high) >> 1;
          if ((edges[middle] ?? 0) < value) bin = middle + 1;
          else high = middle;
        }
      }
      if (bin === count) hasMissing = true;
      bins[row * width + column] = bin;
    }
    columns.push({ bins: count, edges, ...(categories ? { categories } : {}), hasMissing, offset });
    offset += count + 1;
    const pause = breath();
    if (pause) await pause;
  }
  return { rows, bins, columns, totalBins: offset };
};
