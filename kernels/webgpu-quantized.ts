// WebGPU kernels that are loaded when a plan first names one of their ops: weights of 8 and 4 bits.
import type { AnyWebGPUKernel } from "./contract/kernel.ts";
import { type KernelLists, webgpuLine as line } from "./contract/kernel-table.ts";
import { dequantize, quantizedMatmul } from "./quantize/index.ts";
import { integerWebGPU } from "./quantize/integer.wgsl.ts";
import { dequantizeWebGPU, quantizedMatmulWebGPU } from "./quantize/quantized.wgsl.ts";

export const webgpuQuantized: KernelLists<AnyWebGPUKernel> = new Map([
  line(quantizedMatmul, [integerWebGPU, ...quantizedMatmulWebGPU]),
  line(dequantize, [dequantizeWebGPU]),
]);
