// How top-k is launched on WASM: rows are units.
import type { WasmKernel } from "../contract/kernel.ts";
import { rowsAlong } from "./shape.ts";
import { orderOf } from "./sort.launch.ts";
import type { TopKAttributes } from "./top-k.ts";

const heaps: WasmKernel<TopKAttributes> = {
  device: "wasm",
  name: "heaps",
  lower: ({ inputs: [x], attributes }) => {
    const { rows, length } = rowsAlong(x);
    const { k, descending } = attributes;
    if (!x || rows * k === 0) return { launches: [] };
    return {
      scratch: [8 * rows * k],
      launches: [
        {
          function: "topKRows",
          arguments: [
            ...[{ input: 0 }, { output: 0 }, { output: 1 }, { scratch: 0 }, { u32: length }, { u32: k }],
            orderOf(x.dtype, descending),
          ],
          units: rows,
          grain: Math.max(1, Math.floor(10_000 / (length + 20 * k))),
        },
      ],
    };
  },
};

/** From so many on a heap's steps cost more than sorting what a count has selected. */
const manyKept = 256;

const selection: WasmKernel<TopKAttributes> = {
  device: "wasm",
  name: "selection",
  when: ({ attributes: { k } }) => k >= manyKept,
  lower: ({ inputs: [x], attributes: { k, descending } }) => {
    const { rows, length } = rowsAlong(x);
    if (!x || rows === 0) return { launches: [] };
    return {
      scratch: [8 * rows * length, 8 * rows * length],
      launches: [
        {
          function: "topKSelect",
          arguments: [
            ...[{ input: 0 }, { output: 0 }, { output: 1 }, { scratch: 0 }, { scratch: 1 }, { u32: length }],
            ...[{ u32: k }, orderOf(x.dtype, descending)],
          ],
          units: rows,
          grain: Math.max(1, Math.floor(4000 / length)),
        },
      ],
    };
  },
};

export const topKWasm: WasmKernel<TopKAttributes>[] = [selection, heaps];
