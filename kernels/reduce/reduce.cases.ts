// Calls of reduce for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { type ReduceAttributes, type ReduceFunction, reduceShape } from "./shape.ts";

const call = (
  shape: number[],
  axes: number[],
  name: ReduceFunction = "sum",
  extra: Partial<Case<ReduceAttributes>> = {},
  dtype: TensorType["dtype"] = "f32",
): Case<ReduceAttributes> => ({
  inputs: [{ dtype, shape }],
  attributes: { function: name, axes, keepDimensions: false },
  ...extra,
});

export const reduceCheck: Check<ReduceAttributes> = {
  tolerance: ([x], attributes) =>
    attributes.function === "product"
      ? within(1e-5, 1e-30)
      : within(2e-6, attributes.function === "sum" && x ? 3e-7 * Math.sqrt(reduceShape(x, attributes).reduced) : 0),

  cases: [
    ...(["sum", "product", "maximum", "minimum"] as const).flatMap((name) => [
      call([7], [0], name),
      call([3, 5], [1], name),
      call([3, 5], [0], name),
      call([2, 3, 4], [1], name),
      call([2, 0, 4], [1], name),
      call([64], [0], name, { values: ["nonfinite"] }),
      call([33, 9], [1], name, {}, "i32"),
      call([9, 33], [0], name, {}, "u32"),
    ]),
    ...[1, 4, 255, 256, 257, 1023, 1025, 4096, 70_001].map((size) => call([size], [0])),
    ...[255, 256, 1025, 5000].map((size) => call([3, size], [1])),
    ...[255, 256, 1025].map((size) => call([size, 5], [0])),
    call([70_001], [0], "maximum"),
    call([2, 3, 4, 5], [1, 2]),
    call([2, 3, 4, 5], [0, 1, 2, 3]),
    call([300, 130], [0]),
    call([4], []),
    call([0, 3], [1]),
    { inputs: [{ dtype: "f32", shape: [2, 3, 4] }], attributes: { function: "sum", axes: [1], keepDimensions: true } },
  ],
};
