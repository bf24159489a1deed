// How attention and its gradient are launched on WASM. Sizes of blocks of keys follow from the shape alone, as they decide
// where a long row's softmax goes on; how many queries a unit has decides nothing but how work is shared.
import type { WasmArgument, WasmKernel } from "../contract/kernel.ts";
import { type AttentionAttributes, type AttentionShape, attentionShape, gradientShape, pairsOf } from "./shape.ts";

const up = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Keys in blocks of equal size, a multiple of 6 of at most `most`. */
const blockOf = (keys: number, most: number): number => up(Math.ceil(keys / Math.max(1, Math.ceil(keys / most))), 6);

/** Queries of a unit: most of what packing keys costs is spread over them, yet there is a unit or more for each thread. */
const unitOf = ({ batch, tokens }: AttentionShape, threads: number): number => {
  let rows = Math.min(192, up(tokens, 8));
  while (rows > 32 && batch * Math.ceil(tokens / rows) < threads) rows = up(rows / 2, 8);
  return rows;
};

const maskWords = (input: number, { mask }: AttentionShape): WasmArgument[] => [
  mask ? { input } : { u32: 0 },
  ...[mask?.repeat, mask?.count, mask?.matrix, mask?.row, mask?.column].map(
    (word): WasmArgument => ({ u32: word ?? 0 }),
  ),
];

/** Units in about 20 us of `flops` each, at 20 GFLOP/s. */
const grainOf = (flops: number): number => Math.max(1, Math.round(400_000 / (flops + 1000)));

export const attentionWasm: WasmKernel<AttentionAttributes>[] = [
  {
    device: "wasm",
    name: "strips of queries",
    lower: ({ inputs, attributes, device }) => {
      const sizes = attentionShape("attention", inputs, inputs[3], attributes);
      const { batch, tokens, keys, width, valueWidth } = sizes;
      const rows = unitOf(sizes, device.threads);
      const units = tokens > 0 ? batch * Math.ceil(tokens / rows) : 0;
      return {
        launches: [
          {
            function: "attentionRows",
            arguments: [
              ...[{ input: 0 }, { input: 1 }, { input: 2 }, { output: 0 }, { output: 1 }],
              ...[tokens, keys, width, valueWidth].map((u32): WasmArgument => ({ u32 })),
              ...[{ f32: attributes.scale }, { u32: attributes.causal ? 1 : 0 }, { u32: rows }],
              ...[{ u32: blockOf(keys, 516) }, ...maskWords(3, sizes)],
            ],
            units,
            grain: grainOf((pairsOf(sizes, attributes.causal) * 2 * (width + valueWidth)) / Math.max(1, units)),
          },
        ],
      };
    },
  },
];

export const attentionGradientWasm: WasmKernel<AttentionAttributes>[] = [
  {
    device: "wasm",
    name: "matrices",
    lower: ({ inputs, attributes }) => {
      const sizes = gradientShape(inputs, attributes);
      const { batch, tokens, keys, width, valueWidth } = sizes;
      return {
        launches: [
          {
            function: "attentionGradientMatrices",
            arguments: [
              ...[0, 1, 2, 3, 4, 5].map((input): WasmArgument => ({ input })),
              ...[0, 1, 2].map((output): WasmArgument => ({ output })),
              ...[tokens, keys, width, valueWidth].map((u32): WasmArgument => ({ u32 })),
              ...[{ f32: attributes.scale }, { u32: attributes.causal ? 1 : 0 }],
              ...[{ u32: blockOf(keys, 258) }, ...maskWords(6, sizes)],
            ],
            units: batch,
            grain: grainOf((pairsOf(sizes, attributes.causal) * (6 * width + 4 * valueWidth)) / Math.max(1, batch)),
          },
        ],
      };
    },
  },
];
