// Calls of crossEntropy, crossEntropyGradient for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { Attributes } from "../contract/op.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { f32 } from "./cross-entropy.ts";

const i32 = (...shape: number[]): TensorType => ({ dtype: "i32", shape });

const sizes = [
  [1, 1],
  [3, 2],
  [5, 3],
  [2, 63],
  [2, 65],
  [3, 256],
  [3, 257],
  [130, 10],
  [2, 1025],
  [0, 4],
];

export const crossEntropyCheck: Check<Attributes> = {
  tolerance: within(2e-6, 2e-6),

  cases: [
    ...sizes.map(
      ([rows = 0, columns = 0]): Case => ({
        inputs: [f32(rows, columns), i32(rows)],
        attributes: {},
        values: ["normal", `index:${columns}`],
      }),
    ),
    { inputs: [f32(3, 4), i32(3)], attributes: {}, values: ["normal", [-1, 4, 2]] },
  ],
};

export const crossEntropyGradientCheck: Check<Attributes> = {
  tolerance: within(4e-6, 4e-7),

  cases: [
    ...sizes.map(
      ([rows = 0, columns = 0]): Case => ({
        inputs: [f32(rows, columns), i32(rows), f32(rows)],
        attributes: {},
        values: ["normal", `index:${columns}`, "normal"],
      }),
    ),
    { inputs: [f32(3, 4), i32(3), f32(3)], attributes: {}, values: ["normal", [-1, 4, 2], "normal"] },
  ],
};
