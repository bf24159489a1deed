// How pooling is launched on WASM: rows of the result or planes of the image are units.
import type { Lowered, WasmArgument, WasmKernel, WasmLaunch } from "../contract/kernel.ts";
import { fitsRows, geometryWords } from "../convolution/product.launch.ts";
import {
  type PoolAttributes,
  type PoolGradientAttributes,
  type PoolShape,
  type PoolWindow,
  poolGradientOutput,
  poolShape,
} from "./shape.ts";

/** Taps read in about 20 us: four at a time by the vectors of a row, one by one where places are looked for. */
const grainTaps = 40_000;
/** Places of a row whose divisors a thread holds, as the kernel has it. */
const mostDivisors = 45_000;
const grainOf = (taps: number): number => Math.ceil(grainTaps / Math.max(taps, 1));
const tapsOf = (shape: PoolShape): number => shape.kernelHeight * shape.kernelWidth;
const geometry = (shape: PoolShape): WasmArgument[] => geometryWords(shape, shape.height, shape.width, shape.outWidth);
const flags = ({ function: kind, countPadding }: PoolAttributes): WasmArgument[] => [
  { u32: kind === "maximum" ? 0 : 1 },
  { u32: countPadding ? 1 : 0 },
];

const byRows = (f: string, shape: PoolShape, options: WasmArgument[]): Lowered<WasmLaunch> => {
  const units = shape.planes * shape.outHeight;
  if (units * shape.outWidth === 0) return { launches: [] };
  const words = [{ input: 0 }, { output: 0 }, ...options, { u32: shape.outHeight }, ...geometry(shape)];
  return { launches: [{ function: f, arguments: words, units, grain: grainOf(shape.outWidth * tapsOf(shape)) }] };
};

export const poolWasm: WasmKernel<PoolAttributes>[] = [
  {
    device: "wasm",
    name: "padded rows",
    when: ({ inputs: [image], attributes }) => {
      const shape = poolShape("pool", image, attributes);
      return fitsRows(shape) && shape.outWidth <= mostDivisors;
    },
    lower: ({ inputs: [image], attributes }) =>
      byRows("poolRows", poolShape("pool", image, attributes), flags(attributes)),
  },
  {
    device: "wasm",
    name: "rows too wide to copy",
    lower: ({ inputs: [image], attributes }) =>
      byRows("poolWideRows", poolShape("pool", image, attributes), flags(attributes)),
  },
];

export const poolIndicesWasm: WasmKernel<PoolWindow>[] = [
  {
    device: "wasm",
    name: "rows",
    lower: ({ inputs: [image], attributes }) =>
      byRows("poolIndexRows", poolShape("poolIndices", image, attributes), []),
  },
];

export const poolGradientWasm: WasmKernel<PoolGradientAttributes>[] = [
  {
    device: "wasm",
    name: "planes",
    lower: ({ inputs, attributes }) => {
      const shape = poolShape("poolGradient", poolGradientOutput(inputs, attributes), attributes);
      const { planes, height, width, outHeight, outWidth } = shape;
      if (planes * height * width === 0) return { launches: [] };
      const words = [
        { input: 0 },
        attributes.function === "maximum" ? { input: 1 } : { u32: 0 },
        { output: 0 },
        ...flags(attributes),
        { u32: outHeight },
        ...geometry(shape),
      ];
      const grain = grainOf(outHeight * outWidth * tapsOf(shape));
      return { launches: [{ function: "poolGradientPlanes", arguments: words, units: planes, grain }] };
    },
  },
];
