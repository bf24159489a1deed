// How binary searches and counts are launched on WASM.
import type { WasmKernel, WasmLaunch } from "../contract/kernel.ts";
import type { DType } from "../contract/tensor-type.ts";
import type { BinCountAttributes, SearchSortedAttributes } from "./search.ts";
import { rowsAlong } from "./shape.ts";

const orders: Record<DType, number> = { f32: 0, f16: 0, i32: 1, u32: 2, u8: 2, bool: 2 };

const values: WasmKernel<SearchSortedAttributes> = {
  device: "wasm",
  name: "values",
  lower: ({ inputs: [sorted, searched], attributes }) => {
    const { length } = rowsAlong(sorted);
    const { rows, length: count } = rowsAlong(searched);
    const order = { u32: orders[sorted?.dtype ?? "f32"] };
    return {
      launches: [
        {
          function: "searchSortedValues",
          arguments: [
            ...[{ input: 0 }, { input: 1 }, { output: 0 }, { u32: length }, { u32: count }, order],
            { u32: attributes.right ? 1 : 0 },
          ],
          units: rows * count,
          grain: Math.max(1, Math.floor(6000 / (1 + Math.log2(1 + length)))),
        },
      ],
    };
  },
};

/** Indices of a block whose counts are taken apart from the others'. */
const blockElements = 16_384;
/** Bins above which the blocks' counts would take longer to add than to take. */
const manyBins = 4096;

const blocks: WasmKernel<BinCountAttributes> = {
  device: "wasm",
  name: "blocks",
  lower: ({ inputs: [indices], attributes: { bins } }) => {
    const { rows, length } = rowsAlong(indices);
    if (rows * bins === 0) return { launches: [] };
    const parts = bins > manyBins ? 1 : Math.max(1, Math.ceil(length / blockElements));
    const size = parts === 1 ? length : blockElements;
    const count = (to: { output: number } | { scratch: number }): WasmLaunch => ({
      function: "binCountBlocks",
      arguments: [{ input: 0 }, to, { u32: length }, { u32: size }, { u32: parts }, { u32: bins }],
      units: rows * parts,
      grain: Math.max(1, Math.floor(10_000 / (1 + Math.min(length, size) + bins / 8))),
    });
    if (parts === 1) return { launches: [count({ output: 0 })] };
    return {
      scratch: [4 * rows * parts * bins],
      launches: [
        count({ scratch: 0 }),
        {
          function: "binCountTotals",
          arguments: [{ scratch: 0 }, { output: 0 }, { u32: parts }, { u32: bins }],
          units: rows * bins,
          grain: Math.max(1, Math.floor(10_000 / parts)),
        },
      ],
    };
  },
};

export const searchSortedWasm: WasmKernel<SearchSortedAttributes>[] = [values];
export const binCountWasm: WasmKernel<BinCountAttributes>[] = [blocks];
