// Work that turns each row of a matrix into a row of its own: norms, order, running sums. The meaning is written by rows, and
// worked out for those that a check looks at.
import { closely, input, type Measure, type Task, type Tolerance } from "./task.ts";

interface Rows {
  readonly rows: number;
  readonly columns: number;
}

/** Each row to mean 0 and variance 1 (1e-5 added to it), times a value a column, plus a value a column. */
export interface LayerNorm extends Rows {
  readonly kind: "layer-norm";
}
/** Mean squared distance from the mean of each row. */
export interface Variance extends Rows {
  readonly kind: "variance";
}
/** Place of the largest of each row. */
export interface ArgMax extends Rows {
  readonly kind: "argmax";
}
/** Running sums of each row. */
export interface Scan extends Rows {
  readonly kind: "scan";
}
/** Each row in ascending order. */
export interface Sort extends Rows {
  readonly kind: "sort";
}
/** The k largest of each row, the largest first. */
export interface TopK extends Rows {
  readonly kind: "top-k";
  readonly k: number;
}

const exactly: Tolerance = { relative: 0, absolute: 0 };

const read = ({ rows, columns }: Rows): Measure => ({
  unit: "GB/s",
  amount: 4 * rows * columns,
  roof: "read",
  bytes: 4 * rows * columns,
});
const copy = ({ rows, columns }: Rows): Measure => ({
  unit: "GB/s",
  amount: 8 * rows * columns,
  roof: "copy",
  bytes: 8 * rows * columns,
});
const ordered = ({ rows, columns }: Rows): Measure => ({
  unit: "Gelem/s",
  amount: rows * columns,
  roof: "copy",
  bytes: 8 * rows * columns,
});

/** A task whose result has `width` elements for each row; the last row worked out is kept, since a check walks in order. */
const byRow = (
  { rows, columns }: Rows,
  width: number | undefined,
  measure: Measure,
  tolerance: Tolerance,
  meaning: (row: Float32Array) => ArrayLike<number>,
): Task => ({
  measure,
  inputs: () => [input([rows, columns], 3)],
  outputShape: width === undefined ? [rows] : [rows, width],
  expected: ([x]) => {
    let known = -1;
    let values: ArrayLike<number> = [];
    return (index) => {
      const row = Math.floor(index / (width ?? 1));
      if (row !== known && x) values = meaning(x.data.subarray(row * columns, (row + 1) * columns));
      known = row;
      return values[index % (width ?? 1)] ?? Number.NaN;
    };
  },
  tolerance,
});

const meanOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const varianceOf = (values: Float32Array): number => {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
};

export const layerNormTask = (sizes: LayerNorm): Task => {
  const scale = input([sizes.columns], 13, 0.5, 1.5);
  const shift = input([sizes.columns], 17);
  const task = byRow(sizes, sizes.columns, copy(sizes), { relative: 1e-4, absolute: 1e-5 }, (row) => {
    const mean = meanOf(row);
    const deviation = Math.sqrt(varianceOf(row) + 1e-5);
    return Float64Array.from(row, (x, i) => ((x - mean) / deviation) * (scale.data[i] ?? 1) + (shift.data[i] ?? 0));
  });
  return { ...task, inputs: () => [...task.inputs(), scale, shift] };
};

export const varianceTask = (sizes: Variance): Task =>
  byRow(sizes, undefined, read(sizes), closely, (row) => [varianceOf(row)]);

export const argMaxTask = (sizes: ArgMax): Task =>
  byRow(sizes, undefined, read(sizes), exactly, (row) => [
    row.indexOf(row.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY)),
  ]);

export const scanTask = (sizes: Scan): Task =>
  byRow(sizes, sizes.columns, copy(sizes), { relative: 1e-4, absolute: 1e-2 }, (row) => {
    let sum = 0;
    return Float64Array.from(row, (x) => {
      sum += x;
      return sum;
    });
  });

export const sortTask = (sizes: Sort): Task =>
  byRow(sizes, sizes.columns, ordered(sizes), exactly, (row) => row.toSorted());

export const topKTask = (sizes: TopK): Task =>
  byRow(sizes, sizes.k, ordered(sizes), exactly, (row) => row.toSorted().reverse().subarray(0, sizes.k));
