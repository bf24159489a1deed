// How eigenvalues are launched on WASM: matrices are units, each with its own scratch.
import type { WasmKernel } from "../contract/kernel.ts";
import { squareOf } from "./shape.ts";

const matrices: WasmKernel = {
  device: "wasm",
  name: "jacobi",
  lower: ({ inputs: [a] }) => {
    const { count, size } = squareOf("symmetricEigen", a);
    if (count * size === 0) return { launches: [] };
    const bytes = 4 * count * size * size;
    return {
      scratch: [bytes, bytes],
      launches: [
        {
          function: "symmetricEigenMatrices",
          arguments: [...[{ input: 0 }, { output: 0 }, { output: 1 }, { scratch: 0 }, { scratch: 1 }], { u32: size }],
          units: count,
          grain: Math.max(1, Math.round(400 / size ** 3)),
        },
      ],
    };
  },
};

export const symmetricEigenWasm: WasmKernel[] = [matrices];
