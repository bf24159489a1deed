// Calls of sort for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { DType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import type { SortAttributes } from "./sort.ts";

const call = (shape: number[], dtype: DType = "f32", values = "normal", descending = false): Case<SortAttributes> => ({
  inputs: [{ dtype, shape }],
  attributes: { descending },
  values: [values],
});

export const sortCheck: Check<SortAttributes> = {
  tolerance: within(0, 0),

  cases: [
    ...[false, true].flatMap((descending) => [
      call([7], "f32", "normal", descending),
      call([4, 33], "i32", "normal", descending),
      call([3, 5], "u32", "normal", descending),
      call([64], "f32", "special", descending),
      call([3, 700], "f32", "special", descending),
      call([2, 3, 60], "f32", "index:4", descending),
      call([2, 2049], "i32", "index:3", descending),
      call([1500], "f32", "normal", descending),
    ]),
    ...[3, 4, 5, 127, 128, 129, 1024, 1025].map((size) => call([2, size])),
    call([16_383]),
    call([1, 16_384], "f32", "special"),
    call([17_001], "u32", "normal", true),
    call([300, 3]),
    ...[false, true].flatMap((descending) => [
      call([5, 128], "f32", "index:5", descending),
      call([5, 126], "f32", "special", descending),
      call([5, 129], "f32", "index:5", descending),
      call([3, 90], "i32", "index:7", descending),
    ]),
    call([5, 1]),
    call([1]),
    call([0]),
    call([3, 0]),
    call([0, 4]),
  ],
};
