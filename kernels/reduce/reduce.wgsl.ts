import type { WebGPUKernel } from "../contract/kernel.ts";
import type { ReduceAttributes } from "./reduce.ts";
export const reduceWebGPU: WebGPUKernel<ReduceAttributes>[] = [];
