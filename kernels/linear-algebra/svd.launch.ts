// How singular values are launched on WASM: matrices are units, each with its own scratch.
import type { WasmKernel } from "../contract/kernel.ts";
import { matricesOf } from "./shape.ts";

const matrices: WasmKernel = {
  device: "wasm",
  name: "jacobi",
  lower: ({ inputs: [a] }) => {
    const { count, rows, columns } = matricesOf("svd", a);
    if (count * rows * columns === 0) return { launches: [] };
    return {
      scratch: [4 * count * rows * columns, 4 * count * columns * columns, 4 * count * (rows + columns)],
      launches: [
        {
          function: "svdMatrices",
          arguments: [
            ...[{ input: 0 }, { output: 0 }, { output: 1 }, { output: 2 }],
            ...[{ scratch: 0 }, { scratch: 1 }, { scratch: 2 }, { u32: rows }, { u32: columns }],
          ],
          units: count,
          grain: Math.max(1, Math.round(400 / (columns * columns * rows))),
        },
      ],
    };
  },
};

export const svdWasm: WasmKernel[] = [matrices];
