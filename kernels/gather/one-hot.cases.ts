// Calls of oneHot for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import { within } from "../contract/tolerance.ts";
import type { OneHotAttributes } from "./one-hot.ts";

export const oneHotCheck: Check<OneHotAttributes> = {
  tolerance: within(0, 0),

  cases: [
    ...[
      [1, 1],
      [7, 3],
      [5, 4],
      [130, 33],
      [3, 257],
      [0, 4],
      [4, 0],
    ].map(
      ([count = 0, depth = 0]): Case<OneHotAttributes> => ({
        inputs: [{ dtype: "i32", shape: [count] }],
        attributes: { depth },
        values: [`index:${Math.max(depth, 1)}`],
      }),
    ),
    { inputs: [{ dtype: "i32", shape: [2, 2] }], attributes: { depth: 3 }, values: [[-1, 0, 2, 3]] },
  ],
};
