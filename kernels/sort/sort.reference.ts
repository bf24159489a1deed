// The plain float64 meaning of sort.
import { type Reference, type ReferenceArray, referenceArray } from "../contract/reference.ts";
import { rowsAlong } from "./shape.ts";
import { type SortAttributes, sortable } from "./sort.ts";

/** The places of a row's elements in their order. */
export const orderOfRow = (row: ReferenceArray, descending: boolean): Int32Array =>
  Int32Array.from({ length: row.length }, (_, i) => i).sort((i, j) => {
    const [a, b] = [row[i] ?? Number.NaN, row[j] ?? Number.NaN];
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || i - j;
    return (descending ? b - a : a - b) || i - j;
  });

export const sortReference: Reference<SortAttributes> = ([x], { descending }) => {
  const type = sortable("sort", x?.type);
  const { rows, length } = rowsAlong(type);
  const values = referenceArray(type.dtype, rows * length);
  const indices = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const own = x?.data.subarray(row * length, (row + 1) * length) ?? values;
    orderOfRow(own, descending).forEach((place, i) => {
      values[row * length + i] = own[place] ?? Number.NaN;
      indices[row * length + i] = place;
    });
  }
  return [
    { type, data: values },
    { type: { dtype: "i32", shape: type.shape }, data: indices },
  ];
};
