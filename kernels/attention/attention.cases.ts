// Calls of attention and its gradient for the shared suite: sizes around the strips of 8 queries, the 6 keys of a tile, the
// 32 x 32 tiles of a GPU and the blocks of 258 and 516 keys; masks of every layout; empty and not finite.
import type { Case, Check } from "../contract/check.ts";
import { sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import type { AttentionAttributes } from "./shape.ts";

const f32 = (...shape: readonly number[]): TensorType => ({ dtype: "f32", shape });

interface Call {
  /** Batch axes, tokens, keys, width, width of values. */
  readonly sizes: readonly [batch: readonly number[], number, number, number, number];
  readonly causal?: boolean;
  readonly mask?: readonly number[];
  readonly values?: readonly string[];
}

const calls: readonly Call[] = [
  ...[false, true].flatMap((causal): Call[] =>
    (
      [
        [1, 1, 1, 1],
        [1, 9, 7, 5],
        [5, 3, 4, 2],
        [9, 1, 7, 1],
        [8, 6, 8, 8],
        [33, 31, 7, 33],
        [31, 33, 32, 32],
        [64, 32, 64, 64],
        [65, 130, 64, 12],
        [70, 70, 128, 128],
        [4, 300, 17, 3],
        [40, 260, 6, 4],
        [198, 13, 5, 6],
        [20, 520, 9, 10],
        [530, 521, 3, 2],
      ] as const
    ).map(([tokens, keys, width, values]) => ({ sizes: [[], tokens, keys, width, values], causal })),
  ),
  { sizes: [[2, 3], 5, 6, 4, 3] },
  { sizes: [[2, 3], 10, 7, 4, 4], causal: true },
  { sizes: [[], 10, 9, 4, 4], mask: [10, 9] },
  { sizes: [[], 10, 9, 4, 4], mask: [10, 1] },
  { sizes: [[], 10, 9, 4, 4], mask: [1, 9] },
  { sizes: [[], 10, 9, 4, 4], mask: [1, 1] },
  { sizes: [[2, 3], 9, 10, 4, 3], mask: [2, 1, 1, 10], causal: true },
  { sizes: [[2, 3], 9, 10, 4, 3], mask: [1, 3, 9, 10] },
  { sizes: [[2, 3], 9, 10, 4, 3], mask: [2, 3, 9, 1], causal: true },
  { sizes: [[2, 3, 2], 3, 4, 2, 2], mask: [1, 3, 1, 3, 4] },
  { sizes: [[3], 37, 530, 8, 4], mask: [1, 37, 530] },
  { sizes: [[3], 37, 530, 8, 4], mask: [3, 1, 530] },
  { sizes: [[64], 3, 5, 4, 2] },
  { sizes: [[32], 35, 35, 5, 6], mask: [1, 35, 35], causal: true },
  { sizes: [[0], 3, 4, 2, 2] },
  { sizes: [[2], 0, 4, 2, 3] },
  { sizes: [[2], 3, 0, 2, 3] },
  { sizes: [[], 9, 40, 4, 4], values: ["nonfinite", "normal", "normal"] },
  { sizes: [[], 9, 40, 4, 4], values: ["normal", "normal", "nonfinite"] },
  { sizes: [[3], 5, 7, 4, 4], values: ["normal", "nonfinite", "normal"] },
  { sizes: [[], 12, 12, 4, 4], values: ["nonfinite", "normal", "normal"], causal: true },
];

const typesOf = ({ sizes: [batch, tokens, keys, width, values] }: Call): TensorType[] => [
  f32(...batch, tokens, width),
  f32(...batch, keys, width),
  f32(...batch, keys, values),
];
const maskOf = ({ mask }: Call): TensorType[] => (mask ? [{ dtype: "bool", shape: mask }] : []);
const attributesOf = ({ sizes, causal = false }: Call): AttentionAttributes => ({
  scale: Math.fround(1 / Math.sqrt(sizes[3])),
  causal,
});

export const attentionCheck: Check<AttentionAttributes> = {
  tolerance: within(4e-6, 4e-6),
  cases: calls.map(
    (call): Case<AttentionAttributes> => ({
      inputs: [...typesOf(call), ...maskOf(call)],
      attributes: attributesOf(call),
      ...(call.values && { values: call.values }),
    }),
  ),
};

/** As attention would give them for scores drawn from a normal distribution, a little apart. */
const logarithmsOf = (count: number, keys: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.log(Math.max(keys, 1)) + (i % 7) / 4);

export const attentionGradientCheck: Check<AttentionAttributes> = {
  tolerance: within(1e-5, 1e-5),
  cases: calls
    .filter(({ values }) => !values)
    .map((call): Case<AttentionAttributes> => {
      const [batch, tokens, keys, , values] = call.sizes;
      const result = f32(...batch, tokens, values);
      const rows = f32(...batch, tokens);
      const types = typesOf(call);
      return {
        inputs: [...types, result, rows, result, ...maskOf(call)],
        attributes: attributesOf(call),
        values: [...types.map(() => "normal"), "normal", logarithmsOf(sizeOf(rows.shape), keys), "normal", "normal"],
      };
    })
    .concat([
      {
        inputs: [f32(3, 2), f32(4, 2), f32(4, 3), f32(3, 3), f32(3), f32(3, 3)],
        attributes: { scale: 0.5, causal: false },
        values: ["normal", "normal", "normal", "normal", [0, Number.NEGATIVE_INFINITY, 1], "normal"],
      },
      {
        inputs: [f32(3, 2), f32(4, 2), f32(4, 3), f32(3, 3), f32(3), f32(3, 3)],
        attributes: { scale: 0.5, causal: false },
        values: ["normal", "normal", "normal", "nonfinite", [0, Number.NaN, 1], "nonfinite"],
      },
    ]),
};
