// How QR is launched on WASM: matrices are units, each with its own scratch.
import type { WasmKernel } from "../contract/kernel.ts";
import { matrixGrain } from "./cholesky.launch.ts";
import { matricesOf } from "./shape.ts";

const matrices: WasmKernel = {
  device: "wasm",
  name: "householder",
  lower: ({ inputs: [a] }) => {
    const { count, rows, columns } = matricesOf("qr", a);
    if (count === 0) return { launches: [] };
    return {
      scratch: [4 * count * rows * columns, 4 * count * rows * columns, 4 * count * columns],
      launches: [
        {
          function: "qrMatrices",
          arguments: [
            ...[{ input: 0 }, { output: 0 }, { output: 1 }, { output: 2 }],
            ...[{ scratch: 0 }, { scratch: 1 }, { scratch: 2 }, { u32: rows }, { u32: columns }],
          ],
          units: count,
          grain: matrixGrain(4 * columns * columns * rows),
        },
      ],
    };
  },
};

export const qrWasm: WasmKernel[] = [matrices];
