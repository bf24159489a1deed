// Sums of gradients, hessians and rows by bin. All are whole numbers below 2^53, which float64 adds exactly: a histogram has the
// same bits in whatever order its rows are summed, and the sibling of a node is its parent's less its own.
import type { BinnedMatrix } from "./binned-matrix.ts";

/** Gradient, hessian and rows of each bin, side by side. */
export type Histogram = Float64Array;
export const sumsOfBin = 3;

/** Derivatives of the loss by row as whole numbers, and what one is worth: a power of two, so that nothing is rounded twice. */
export interface FixedPoint {
  readonly values: Int32Array;
  unit: number;
}

/**
 * Rounds numbers to as many bits as leave the sum over all rows below 2^52, and at most 30.
 * @param into its values and unit are overwritten
 */
export const toFixedPoint = (source: Float64Array, into: FixedPoint): void => {
  const { values } = into;
  let most = 0;
  for (let row = 0; row < source.length; row++) most = Math.max(most, Math.abs(source[row] ?? 0));
  const bits = Math.min(30, 51 - Math.ceil(Math.log2(source.length + 1)));
  let exponent = bits;
  if (most > 0) {
    exponent = bits - Math.ceil(Math.log2(most));
    while (most * 2 ** exponent > 2 ** bits) exponent--;
  }
  const factor = 2 ** Math.min(1000, exponent);
  for (let row = 0; row < source.length; row++) values[row] = Math.round((source[row] ?? 0) * factor);
  into.unit = 1 / factor;
};

/** Sums over the rows order[from, to) for the columns given. `into` is overwritten. */
export const sumHistogram = (
  { bins, columns }: BinnedMatrix,
  used: Int32Array,
  gradients: Int32Array,
  hessians: Int32Array,
  order: Int32Array,
  from: number,
  to: number,
  into: Histogram,
): void => {
  into.fill(0);
  const width = columns.length;
  const offsets = Int32Array.from(used, (column) => columns[column]?.offset ?? 0);
  const count = used.length;
  for (let i = from; i < to; i++) {
    const row = order[i] ?? 0;
    const gradient = gradients[row] ?? 0;
    const hessian = hessians[row] ?? 0;
    const start = row * width;
    for (let k = 0; k < count; k++) {
      const at = sumsOfBin * ((offsets[k] ?? 0) + (bins[start + (used[k] ?? 0)] ?? 0));
      into[at] = (into[at] ?? 0) + gradient;
      into[at + 1] = (into[at + 1] ?? 0) + hessian;
      into[at + 2] = (into[at + 2] ?? 0) + 1;
    }
  }
};

/** Takes a child's sums from its parent's, which become those of the other child. */
export const subtractHistogram = (parent: Histogram, child: Histogram): void => {
  for (let at = 0; at < parent.length; at++) parent[at] = (parent[at] ?? 0) - (child[at] ?? 0);
};
