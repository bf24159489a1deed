// Calls of scan for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { DType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { type ScanAttributes, scanShape } from "./shape.ts";

const call = (
  shape: number[],
  axis: number,
  options: Partial<ScanAttributes> = {},
  dtype: DType = "f32",
  values?: readonly string[],
): Case<ScanAttributes> => ({
  inputs: [{ dtype, shape }],
  attributes: { function: "sum", axis, exclusive: false, reverse: false, ...options },
  ...(values && { values }),
});

const ways = [false, true].flatMap((exclusive) => [false, true].map((reverse) => ({ exclusive, reverse })));

export const scanCheck: Check<ScanAttributes> = {
  // The rounding errors of a running sum add up with its length; those of a product are relative.
  tolerance: ([x], attributes) => {
    const terms = x ? scanShape(x, attributes).reduced : 0;
    if (attributes.function === "sum") return within(2e-6, 1e-6 + 5e-8 * terms);
    return attributes.function === "product" ? within(1e-6 + 1e-7 * terms, 1e-30) : within(0, 0);
  },

  cases: [
    ...(["sum", "product", "maximum", "minimum"] as const).flatMap((name) => [
      ...ways.flatMap((way) => [
        call([7], 0, { function: name, ...way }),
        call([2, 3, 5], 1, { function: name, ...way }),
      ]),
      call([3, 70], 1, { function: name }),
      call([64], 0, { function: name }, "f32", ["nonfinite"]),
      call([33, 9], 1, { function: name }, "i32"),
      call([9, 33], 0, { function: name, reverse: true }, "u32"),
    ]),
    ...ways.flatMap((way) => [63, 64, 65, 1025, 2048, 2049, 4096, 4097, 9001].map((size) => call([size], 0, way))),
    ...ways.map((way) => call([3, 4999], 1, way)),
    ...ways.map((way) => call([600, 7], 0, way)),
    call([2, 300, 257], 1),
    call([70_001], 0, { function: "maximum", reverse: true }),
    call([70_001], 0, { exclusive: true }, "i32"),
    call([5, 1], 1),
    call([0], 0),
    call([0, 3], 1),
    call([3, 0], 1),
    call([3, 0, 2], 1),
  ],
};
