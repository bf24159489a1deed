// Where a fit's bins, derivatives and histograms lie, and what sums them: plain arrays, or the memory of a WASM build. Sums are
// whole numbers that float64 holds exactly, so both give the same bits.
import { instantiateBuild } from "../../device/wasm/instance.ts";
import { loadBuild } from "../../device/wasm/wasm-build.ts";
import type { BinnedMatrix } from "./binned-matrix.ts";
import { type Histogram, sumHistogram, sumsOfBin } from "./histogram.ts";

export interface HistogramMemory {
  /** Derivatives by row. */
  readonly gradients: Int32Array;
  readonly hessians: Int32Array;
  /** Rows of a tree; as many as there are at most. */
  readonly order: Int32Array;
  /** Histograms that are free. */
  readonly pool: Histogram[];
  /** Sums the rows order[from, to) for the columns given. `into` is overwritten. */
  readonly sum: (used: Int32Array, from: number, to: number, into: Histogram) => void;
}

export const plainHistograms = (matrix: BinnedMatrix, histograms: number): HistogramMemory => {
  const ints = (): Int32Array => new Int32Array(matrix.rows);
  const [gradients, hessians, order] = [ints(), ints(), ints()];
  return {
    gradients,
    hessians,
    order,
    pool: Array.from({ length: histograms }, () => new Float64Array(sumsOfBin * matrix.totalBins)),
    sum: (used, from, to, into) => sumHistogram(matrix, used, gradients, hessians, order, from, to, into),
  };
};

const pageBytes = 65_536;
/** Beyond this the sums are taken in plain arrays, whose bits are the same. */
const mostBytes = 2 ** 31;

type Sum = (...numbers: number[]) => void;
const isSum = (value: unknown): value is Sum => typeof value === "function";

/** @throws UnsupportedError where the build does not run here */
export const wasmHistograms = async (matrix: BinnedMatrix, histograms: number): Promise<HistogramMemory> => {
  const { rows, columns, bins, totalBins } = matrix;
  const bytes = 8 * sumsOfBin * totalBins * histograms + bins.length + 12 * rows + 8 * columns.length;
  if (bytes > mostBytes) return plainHistograms(matrix, histograms);
  const { module } = await loadBuild({ threads: 1, deterministic: true });
  const memory = new WebAssembly.Memory({ initial: 2 + Math.ceil(bytes / pageBytes) + 2, maximum: pageBytes });
  const { exports, kernels } = instantiateBuild(module, memory, () => {});
  const kernel: unknown = exports.table.get(kernels.get("boostingHistogram") ?? 0);
  if (!isSum(kernel)) throw new TypeError("the WASM build has no kernel boostingHistogram");
  let free = Math.ceil(exports.heapBase() / 16) * 16;
  const take = (size: number): number => {
    const at = free;
    free += Math.ceil(size / 16) * 16;
    return at;
  };
  const { buffer } = memory;
  const pool = Array.from(
    { length: histograms },
    () => new Float64Array(buffer, take(8 * sumsOfBin * totalBins), sumsOfBin * totalBins),
  );
  const ints = (length: number): Int32Array => new Int32Array(buffer, take(4 * length), length);
  const [gradients, hessians, order] = [ints(rows), ints(rows), ints(rows)];
  const table = ints(2 * columns.length);
  const own = new Uint8Array(buffer, take(bins.length), bins.length);
  own.set(bins);
  return {
    gradients,
    hessians,
    order,
    pool,
    sum: (used, from, to, into) => {
      into.fill(0);
      used.forEach((column, i) => {
        table[2 * i] = column;
        table[2 * i + 1] = 8 * sumsOfBin * (columns[column]?.offset ?? 0);
      });
      kernel(
        own.byteOffset,
        columns.length,
        table.byteOffset,
        used.length,
        gradients.byteOffset,
        hessians.byteOffset,
        order.byteOffset,
        from,
        to,
        into.byteOffset,
      );
    },
  };
};
