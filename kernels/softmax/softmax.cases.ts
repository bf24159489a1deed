// Calls of softmax for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import { within } from "../contract/tolerance.ts";
import type { SoftmaxAttributes } from "./shape.ts";

const calls = (logarithm: boolean): Case<SoftmaxAttributes>[] =>
  [
    [1],
    [4],
    [3, 7],
    [2, 4, 5],
    [2, 63],
    [2, 64],
    [2, 65],
    [3, 255],
    [3, 256],
    [5, 257],
    [4, 1025],
    [0, 5],
    [5, 0],
    [130, 3],
  ].map((shape) => ({ inputs: [{ dtype: "f32" as const, shape }], attributes: { logarithm } }));

/** Rows whose maximum lies on both sides of what WASM streams, with terms that vanish beside it, and some left out. */
const edges = [0, 4096, 4097, -4096, -1e5].flatMap((top) =>
  Array.from({ length: 66 }, (_, i) => Math.fround(i > 0 && i % 7 === 0 ? Number.NEGATIVE_INFINITY : top - 1.4 * i)),
);

export const softmaxCheck: Check<SoftmaxAttributes> = {
  tolerance: (_, attributes) => (attributes.logarithm ? within(1e-6, 2e-6) : within(4e-6, 1e-30)),

  cases: [
    ...calls(false),
    ...calls(true),
    { inputs: [{ dtype: "f32", shape: [8, 16] }], attributes: { logarithm: false }, values: ["special"] },
    { inputs: [{ dtype: "f32", shape: [30, 70] }], attributes: { logarithm: false }, values: ["nonfinite"] },
    { inputs: [{ dtype: "f32", shape: [5, 66] }], attributes: { logarithm: false }, values: [edges] },
  ],
};
