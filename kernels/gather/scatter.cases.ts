// Calls of scatter for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { DType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import type { ScatterAttributes, ScatterFunction } from "./scatter.ts";

const call = (
  name: ScatterFunction,
  [rows = 0, width = 0, count = 0]: readonly number[],
  dtype: DType = "f32",
  values: readonly (string | readonly number[])[] = ["normal", `index:${Math.max(rows, 1)}`, "normal"],
): Case<ScatterAttributes> => ({
  inputs: [
    { dtype, shape: [rows, width] },
    { dtype: "i32", shape: [count] },
    { dtype, shape: [count, width] },
  ],
  attributes: { function: name },
  values,
});

export const scatterCheck: Check<ScatterAttributes> = {
  tolerance: within(0, 0),

  cases: [
    ...(["set", "maximum", "minimum"] as const).flatMap((name) => [
      call(name, [5, 3, 7]),
      call(name, [300, 5, 600]),
      call(name, [4, 130, 9], "i32"),
      call(name, [10, 16, 33], "u32"),
      call(name, [7, 3, 20], "f32", ["nonfinite", "index:7", "nonfinite"]),
    ]),
    call("set", [4, 4, 6], "bool"),
    call("set", [9, 2, 512]),
    call("set", [9, 300, 513]),
    call("maximum", [4, 2, 5], "f32", ["normal", [0, 3, 3, -1, 4], "normal"]),
    call("set", [4, 3, 0]),
    call("set", [0, 3, 2]),
    call("set", [3, 0, 2]),
    {
      inputs: [
        { dtype: "f32", shape: [4] },
        { dtype: "i32", shape: [2, 3] },
        { dtype: "f32", shape: [2, 3] },
      ],
      attributes: { function: "set" },
      values: ["normal", [0, 3, 3, -1, 4, 0], "normal"],
    },
  ],
};
