// How the Cholesky factorisation is launched on WASM: matrices are units.
import type { WasmKernel } from "../contract/kernel.ts";
import { squareOf } from "./shape.ts";

/** Matrices in about 20 us, given the floating-point operations of one at about 2 a nanosecond. */
export const matrixGrain = (flops: number): number => Math.max(1, Math.round(40_000 / (flops + 100)));

const matrices: WasmKernel = {
  device: "wasm",
  name: "rows",
  lower: ({ inputs: [a] }) => {
    const { count, size } = squareOf("cholesky", a);
    if (count * size === 0) return { launches: [] };
    return {
      launches: [
        {
          function: "choleskyMatrices",
          arguments: [{ input: 0 }, { output: 0 }, { u32: size }],
          units: count,
          grain: matrixGrain(size ** 3 / 3),
        },
      ],
    };
  },
};

export const choleskyWasm: WasmKernel[] = [matrices];
