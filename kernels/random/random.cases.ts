// Calls of random for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import { within } from "../contract/tolerance.ts";
import type { RandomAttributes } from "./random.ts";

export const randomCheck: Check<RandomAttributes> = {
  tolerance: (_, { distribution }) => (distribution === "normal" ? within(4e-6, 4e-6) : within(0, 0)),

  cases: (["bits", "uniform", "normal"] as const).flatMap((distribution) =>
    [[1], [2], [7], [4, 9], [1025], [20_001], [0]].map(
      (shape): Case<RandomAttributes> => ({
        inputs: [{ dtype: "u32", shape: [2] }],
        attributes: { distribution, shape },
        values: [[0x13198a2e, 0x03707344]],
      }),
    ),
  ),
};
