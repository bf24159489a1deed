// The plain float64 meaning of searchSorted, binCount.
import type { Reference } from "../contract/reference.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import { type BinCountAttributes, countType, type SearchSortedAttributes, searchType } from "./search.ts";
import { rowsAlong } from "./shape.ts";

export const searchSortedReference: Reference<SearchSortedAttributes> = ([sorted, values], { right }) => {
  if (!sorted || !values) return [];
  const type = searchType([sorted.type, values.type]);
  const { length } = rowsAlong(sorted.type);
  const { length: count } = rowsAlong(values.type);
  const before = (x: number, y: number): boolean =>
    Number.isNaN(y) ? !Number.isNaN(x) || right : right ? x <= y : x < y;
  const data = new Int32Array(sizeOf(type.shape));
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / count) * length;
    const value = values.data[i] ?? Number.NaN;
    let place = 0;
    while (place < length && before(sorted.data[row + place] ?? Number.NaN, value)) place++;
    data[i] = place;
  }
  return [{ type, data }];
};

export const binCountReference: Reference<BinCountAttributes> = ([indices], { bins }) => {
  const type = countType(indices?.type, bins);
  const { length } = rowsAlong(indices?.type);
  const data = new Int32Array(sizeOf(type.shape));
  indices?.data.forEach((bin, i) => {
    const at = Math.floor(i / length) * bins + bin;
    if (bin >= 0 && bin < bins) data[at] = (data[at] ?? 0) + 1;
  });
  return [{ type, data }];
};
