// WASM kernels that are loaded when a plan first names one of their ops: weights of 8 and 4 bits.
import type { AnyWasmKernel } from "./contract/kernel.ts";
import { type KernelLists, wasmLine as line } from "./contract/kernel-table.ts";
import { dequantize, quantizedMatmul } from "./quantize/index.ts";
import { dequantizeWasm, quantizedMatmulWasm } from "./quantize/quantized.launch.ts";

export const wasmQuantized: KernelLists<AnyWasmKernel> = new Map([
  line(quantizedMatmul, quantizedMatmulWasm),
  line(dequantize, [dequantizeWasm]),
]);
