import type { WebGPUKernel } from "../contract/kernel.ts";
export const crossEntropyWebGPU: WebGPUKernel[] = [];
export const crossEntropyGradientWebGPU: WebGPUKernel[] = [];
