// Calls of normalise and of its gradient for the shared suite: rows around the width of vectors and around the 32 columns
// above which WebGPU gives a row a workgroup.
import type { Case, Check } from "../contract/check.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import type { NormaliseAttributes } from "./shape.ts";

const f32 = (...shape: readonly number[]): TensorType => ({ dtype: "f32", shape });
const shapes = [
  [7],
  [3, 4],
  [5, 15],
  [2, 3, 16],
  [4, 17],
  [3, 31],
  [3, 32],
  [3, 33],
  [2, 64],
  [2, 255],
  [3, 1025],
  [300, 5],
  [0, 4],
  [4, 0],
];
const layer: NormaliseAttributes = { center: true, epsilon: 1e-5 };
const rms: NormaliseAttributes = { center: false, epsilon: 1e-3 };
const columnsOf = (shape: readonly number[]): TensorType => f32(shape[shape.length - 1] ?? 0);

/** Calls with 0 to `most` values a column behind `lead`, in both ways. */
const calls = (lead: number, most: number): Case<NormaliseAttributes>[] =>
  shapes.flatMap((shape, i) =>
    [layer, rms].map((attributes, k) => ({
      inputs: [
        ...Array.from({ length: lead }, () => f32(...shape)),
        ...Array.from({ length: (i + k) % (most + 1) }, () => columnsOf(shape)),
      ],
      attributes,
    })),
  );

export const normaliseCheck: Check<NormaliseAttributes> = {
  tolerance: within(4e-6, 4e-6),
  cases: [
    ...calls(1, 2),
    { inputs: [f32(8, 16)], attributes: layer, values: ["nonfinite"] },
    { inputs: [f32(8, 40), f32(40), f32(40)], attributes: rms, values: ["nonfinite"] },
    { inputs: [f32(2, 20_000), f32(20_000), f32(20_000)], attributes: layer },
  ],
};

export const normaliseGradientCheck: Check<NormaliseAttributes> = {
  tolerance: within(2e-5, 2e-5),
  cases: [...calls(2, 1), { inputs: [f32(8, 16), f32(8, 16)], attributes: layer, values: ["nonfinite"] }],
};
