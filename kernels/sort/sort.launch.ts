// How sorts are launched on WASM: rows are units; the blocks of few long rows are shared by all threads, digit by digit.
import type { WasmKernel, WasmLaunch } from "../contract/kernel.ts";
import type { DType } from "../contract/tensor-type.ts";
import { rowsAlong } from "./shape.ts";
import type { SortAttributes } from "./sort.ts";

/** Rows shorter than this stay with one thread: a digit's launches cost about as much as its walk. */
const sharedRow = 16_384;
const bucketBits = 8;
const orders: Record<DType, number> = { f32: 0, f16: 0, i32: 1, u32: 2, u8: 2, bool: 2 };
export const orderOf = (dtype: DType, descending: boolean): { u32: number } => ({
  u32: orders[dtype] + (descending ? 4 : 0),
});

const rows: WasmKernel<SortAttributes> = {
  device: "wasm",
  name: "rows",
  lower: ({ inputs: [x], attributes }) => {
    const { rows: count, length } = rowsAlong(x);
    if (!x || count * length === 0) return { launches: [] };
    return {
      scratch: [8 * count * length, 8 * count * length],
      launches: [
        {
          function: "sortRows",
          arguments: [
            ...[{ input: 0 }, { output: 0 }, { output: 1 }, { scratch: 0 }, { scratch: 1 }, { u32: length }],
            orderOf(x.dtype, attributes.descending),
          ],
          units: count,
          grain: Math.max(1, Math.floor(2000 / length)),
        },
      ],
    };
  },
};

const blocks: WasmKernel<SortAttributes> = {
  device: "wasm",
  name: "blocks",
  when: ({ inputs: [x], device }) => {
    const { rows: count, length } = rowsAlong(x);
    return device.threads > 1 && length >= sharedRow && count < 2 * device.threads;
  },
  lower: ({ inputs: [x], attributes, device }) => {
    const { rows: count, length } = rowsAlong(x);
    if (!x) return { launches: [] };
    // A few blocks a thread, so that a late one costs little; the stable order does not depend on them.
    const blockElements = Math.ceil(length / (4 * device.threads));
    const parts = Math.ceil(length / blockElements);
    const sizes = [{ u32: length }, { u32: blockElements }, { u32: parts }, orderOf(x.dtype, attributes.descending)];
    const pass = (digit: number): WasmLaunch[] => {
      const from = digit === 0 ? { input: 0 } : { scratch: (digit + 1) % 2 };
      const common = [from, { scratch: 2 }, ...sizes, { u32: digit }];
      const to = [{ scratch: digit % 2 }, { input: 0 }, { output: 0 }, { output: 1 }];
      const units = count * parts;
      return [
        { function: "sortCount", arguments: common, units, grain: 1 },
        { function: "sortOffsets", arguments: [{ scratch: 2 }, { u32: parts }], units: count, grain: 1 },
        { function: "sortScatter", arguments: [...common, ...to], units, grain: 1 },
      ];
    };
    return {
      scratch: [8 * count * length, 8 * count * length, 4 * count * parts * 2 ** bucketBits],
      launches: [0, 1, 2, 3].flatMap(pass),
    };
  },
};

export const sortWasm: WasmKernel<SortAttributes>[] = [blocks, rows];
