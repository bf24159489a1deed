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

export const topKWasm: WasmKernel<TopKAttributes>[] = [heaps];
