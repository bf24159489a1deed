// Calls of topK for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { DType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import type { TopKAttributes } from "./top-k.ts";

const call = (
  shape: number[],
  k: number,
  descending = true,
  values = "normal",
  dtype: DType = "f32",
): Case<TopKAttributes> => ({ inputs: [{ dtype, shape }], attributes: { k, descending }, values: [values] });

export const topKCheck: Check<TopKAttributes> = {
  tolerance: within(0, 0),

  cases: [
    call([7], 3),
    call([7], 7, false),
    call([2, 3, 60], 5, true, "index:4"),
    call([2, 3, 60], 5, false, "index:4"),
    call([3, 700], 10, true, "special"),
    call([3, 700], 680, false, "special"),
    call([1, 3000], 64, true),
    call([4, 33], 1, true, "normal", "i32"),
    call([4, 33], 6, false, "normal", "u32"),
    ...[255, 256, 257].map((k) => call([2, 1500], k)),
    ...[true, false].flatMap((descending) => [
      call([3, 700], 300, descending, "index:4"),
      call([3, 700], 300, descending, "special"),
      call([2, 300], 300, descending, "normal", "i32"),
      call([20_000], 1000, descending, "index:3000", "u32"),
    ]),
    call([5, 1], 1),
    call([5], 0),
    call([3, 0], 0),
    call([0, 4], 2),
  ],
};
