// Calls of searchSorted, binCount for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import { type DType, sizeOf } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import type { BinCountAttributes, SearchSortedAttributes } from "./search.ts";

const searchCall = (
  leading: number[],
  length: number,
  count: number,
  dtype: DType = "f32",
  right = false,
  values: readonly (string | readonly number[])[] = [
    Array.from({ length: sizeOf(leading) * length }, (_, i) => ((i % length) - length / 2) >> 1),
    dtype === "f32" ? "special" : "normal",
  ],
): Case<SearchSortedAttributes> => ({
  inputs: [
    { dtype, shape: [...leading, length] },
    { dtype, shape: [...leading, count] },
  ],
  attributes: { right },
  values,
});

export const searchSortedCheck: Check<SearchSortedAttributes> = {
  tolerance: within(0, 0),

  cases: [
    ...[false, true].flatMap((right) => [
      searchCall([], 7, 64, "f32", right),
      searchCall([2, 3], 8, 33, "f32", right),
      searchCall([], 900, 5, "i32", right),
      searchCall([2], 100, 2000, "u32", right, [[...new Array(200).keys()].map((i) => (i % 100) * 7), "index:800"]),
      searchCall([], 5, 4, "f32", right, [
        [-1, 0, 3, Number.NaN, Number.NaN],
        [Number.NaN, 3, -2, 9],
      ]),
    ]),
    searchCall([], 1, 1),
    searchCall([], 0, 3),
    searchCall([2], 3, 0),
    searchCall([0], 3, 2),
  ],
};

const countCall = (
  shape: number[],
  bins: number,
  values: string | readonly number[] = `index:${Math.max(1, bins)}`,
): Case<BinCountAttributes> => ({ inputs: [{ dtype: "i32", shape }], attributes: { bins }, values: [values] });

export const binCountCheck: Check<BinCountAttributes> = {
  tolerance: within(0, 0),

  cases: [
    countCall([7], 3),
    countCall([2, 3, 50], 5),
    countCall([6], 4, [0, 3, 3, -1, 4, 0]),
    countCall([1000], 2000),
    countCall([3, 300], 1024),
    countCall([3, 300], 1025),
    countCall([16_384], 10),
    countCall([16_385], 10),
    countCall([70_001], 3),
    countCall([0], 3),
    countCall([3, 0], 2),
    countCall([4], 0),
  ],
};
