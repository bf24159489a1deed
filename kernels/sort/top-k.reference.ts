// The plain float64 meaning of topK.
import { type Reference, referenceArray } from "../contract/reference.ts";
import { rowsAlong } from "./shape.ts";
import { orderOfRow } from "./sort.reference.ts";
import { checked, type TopKAttributes } from "./top-k.ts";

export const topKReference: Reference<TopKAttributes> = ([x], { k, descending }) => {
  const [type, places] = checked(x?.type, k);
  if (!x || !type || !places) return [];
  const { rows, length } = rowsAlong(x.type);
  const values = referenceArray(type.dtype, rows * k);
  const indices = new Int32Array(rows * k);
  for (let row = 0; row < rows; row++) {
    const own = x.data.subarray(row * length, (row + 1) * length);
    orderOfRow(own, descending)
      .subarray(0, k)
      .forEach((place, i) => {
        values[row * k + i] = own[place] ?? Number.NaN;
        indices[row * k + i] = place;
      });
  }
  return [
    { type, data: values },
    { type: places, data: indices },
  ];
};
