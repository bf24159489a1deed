// How words are moved on WASM: every op becomes copies of rows between two strided blocks, a transpose also tiles.
import type { WasmArgument, WasmKernel, WasmLaunch } from "../contract/kernel.ts";
import { sizeOf, stridesOf, type TensorType } from "../contract/tensor-type.ts";
import type { ConcatenateAttributes, PadAttributes, SliceAttributes, TransposeAttributes } from "./move.ts";

/** An axis walked on both sides, with strides in words. */
interface Axis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Words in about 20 us of copying through the second-level cache. */
const grainWords = 80_000;

/** Leaves out axes of one place and joins neighbours that both sides walk as one. */
const merge = (axes: readonly Axis[]): Axis[] => {
  const merged: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = merged[merged.length - 1];
    if (outer && outer.from === axis.from * axis.size && outer.to === axis.to * axis.size)
      merged[merged.length - 1] = { size: outer.size * axis.size, from: axis.from, to: axis.to };
    else merged.push(axis);
  }
  return merged;
};

const words = (axes: readonly Axis[]): WasmArgument[] =>
  axes.flatMap(({ size, from, to }) => [{ u32: size }, { u32: 4 * from }, { u32: 4 * to }]);

/** Copies a block word by word in row-major order; `from` and `to` name buffers with a byte offset. */
const moveBlock = (from: WasmArgument, to: WasmArgument, axes: readonly Axis[]): WasmLaunch[] => {
  const count = axes.reduce((product, axis) => product * axis.size, 1);
  if (count === 0) return [];
  const merged = merge(axes);
  const last = merged[merged.length - 1];
  const together = last?.from === 1 && last.to === 1;
  const width = together ? last.size : 1;
  const outer = together ? merged.slice(0, -1) : merged;
  if (outer.length === 0)
    return [
      { function: "copyWords", arguments: [from, to, { u32: width }], units: Math.ceil(width / 4096), grain: 20 },
    ];
  return [
    {
      function: "moveRows",
      arguments: [from, to, { u32: width }, { u32: outer.length }, ...words(outer)],
      units: count / width,
      grain: Math.ceil(grainWords / (width + 30)),
    },
  ];
};

const transposed: WasmKernel<TransposeAttributes> = {
  device: "wasm",
  name: "tiles",
  lower: ({ inputs: [x], outputs: [y], attributes: { permutation } }) => {
    if (!x || !y) return { launches: [] };
    const from = stridesOf(x.shape);
    const to = stridesOf(y.shape);
    const axes = merge(
      permutation.map((axis, i) => ({ size: x.shape[axis] ?? 1, from: from[axis] ?? 0, to: to[i] ?? 0 })),
    );
    const last = axes[axes.length - 1];
    const rowAxis = axes.findIndex((axis) => axis.from === 1);
    const row = axes[rowAxis];
    if (!last || !row || row === last || sizeOf(x.shape) === 0)
      return { launches: moveBlock({ input: 0 }, { output: 0 }, axes) };
    const outer = axes.filter((axis) => axis !== row && axis !== last);
    const bands = Math.ceil(row.size / 16);
    return {
      launches: [
        {
          function: "transposeTiles",
          arguments: [
            { input: 0 },
            { output: 0 },
            { u32: row.size },
            { u32: last.size },
            { u32: 4 * last.from },
            { u32: 4 * row.to },
            { u32: outer.length },
            ...words(outer),
          ],
          units: bands * outer.reduce((product, axis) => product * axis.size, 1),
          grain: Math.ceil(grainWords / 2 / (Math.min(16, row.size) * last.size + 30)),
        },
      ],
    };
  },
};

const sliced: WasmKernel<SliceAttributes> = {
  device: "wasm",
  name: "rows",
  lower: ({ inputs: [x], attributes: { start, size } }) => {
    const from = stridesOf(x?.shape ?? []);
    const to = stridesOf(size);
    const offset = start.reduce((sum, at, axis) => sum + at * (from[axis] ?? 0), 0);
    const axes = size.map((count, axis) => ({ size: count, from: from[axis] ?? 0, to: to[axis] ?? 0 }));
    return { launches: moveBlock({ input: 0, offset: 4 * offset }, { output: 0 }, axes) };
  },
};

/** The word that stands for a number of a dtype. */
const wordOf = (value: number, type: TensorType): WasmArgument => {
  if (type.dtype === "f32") return { f32: value };
  return { u32: type.dtype === "bool" ? (value !== 0 ? 1 : 0) : value >>> 0 };
};

const padded: WasmKernel<PadAttributes> = {
  device: "wasm",
  name: "fill and rows",
  lower: ({ inputs: [x], outputs: [y], attributes: { before, value } }) => {
    if (!x || !y) return { launches: [] };
    const from = stridesOf(x.shape);
    const to = stridesOf(y.shape);
    const offset = before.reduce((sum, at, axis) => sum + at * (to[axis] ?? 0), 0);
    const axes = x.shape.map((size, axis) => ({ size, from: from[axis] ?? 0, to: to[axis] ?? 0 }));
    const count = sizeOf(y.shape);
    return {
      launches: [
        {
          function: "fillWords",
          arguments: [{ output: 0 }, { u32: count }, wordOf(value, x)],
          units: Math.ceil(count / 4096),
          grain: 20,
        },
        ...moveBlock({ input: 0 }, { output: 0, offset: 4 * offset }, axes),
      ],
    };
  },
};

const concatenated: WasmKernel<ConcatenateAttributes> = {
  device: "wasm",
  name: "rows",
  lower: ({ inputs, outputs: [y], attributes: { axis } }) => {
    const to = stridesOf(y?.shape ?? []);
    let before = 0;
    const launches = inputs.flatMap((x, i) => {
      const from = stridesOf(x.shape);
      const offset = 4 * before * (to[axis] ?? 0);
      before += x.shape[axis] ?? 0;
      return moveBlock(
        { input: i },
        { output: 0, offset },
        x.shape.map((size, j) => ({ size, from: from[j] ?? 0, to: to[j] ?? 0 })),
      );
    });
    return { launches };
  },
};

export const transposeWasm: WasmKernel<TransposeAttributes>[] = [transposed];
export const sliceWasm: WasmKernel<SliceAttributes>[] = [sliced];
export const padWasm: WasmKernel<PadAttributes>[] = [padded];
export const concatenateWasm: WasmKernel<ConcatenateAttributes>[] = [concatenated];
