// Calls of gather, scatterAdd for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { Attributes } from "../contract/op.ts";
import { within } from "../contract/tolerance.ts";
import type { ScatterAddAttributes } from "./shape.ts";

export const gatherCheck: Check<Attributes> = {
  tolerance: within(0, 0),

  cases: [
    ...[
      [5, 3, 7],
      [1, 1, 1],
      [10, 16, 33],
      [300, 5, 1000],
      [4, 130, 9],
      [4, 3, 0],
      [4, 0, 3],
    ].map(
      ([rows = 0, width = 0, count = 0]): Case => ({
        inputs: [
          { dtype: "f32", shape: [rows, width] },
          { dtype: "i32", shape: [count] },
        ],
        attributes: {},
        values: ["normal", `index:${rows}`],
      }),
    ),
    {
      inputs: [
        { dtype: "i32", shape: [6] },
        { dtype: "i32", shape: [2, 4] },
      ],
      attributes: {},
      values: ["normal", "index:6"],
    },
    {
      inputs: [
        { dtype: "f32", shape: [3, 2] },
        { dtype: "i32", shape: [4] },
      ],
      attributes: {},
      values: ["normal", [-1, 0, 2, 3]],
    },
  ],
};

export const scatterAddCheck: Check<ScatterAddAttributes> = {
  tolerance: within(2e-6, 2e-5),

  cases: [
    ...[
      [5, 3, 7],
      [1, 1, 1],
      [10, 16, 33],
      [300, 5, 1000],
      [4, 130, 9],
      [4, 3, 0],
      [0, 3, 2],
    ].map(
      ([rows = 0, width = 0, count = 0]): Case<ScatterAddAttributes> => ({
        inputs: [
          { dtype: "i32", shape: [count] },
          { dtype: "f32", shape: [count, width] },
        ],
        attributes: { rows },
        values: [`index:${Math.max(rows, 1)}`, "normal"],
      }),
    ),
    {
      inputs: [
        { dtype: "i32", shape: [2, 3] },
        { dtype: "f32", shape: [2, 3] },
      ],
      attributes: { rows: 4 },
      values: [[0, 3, 3, -1, 4, 0], "normal"],
    },
  ],
};
