import type { WebGPUKernel } from "../contract/kernel.ts";
import type { ScatterAddAttributes } from "./gather.ts";
export const gatherWebGPU: WebGPUKernel[] = [];
export const scatterAddWebGPU: WebGPUKernel<ScatterAddAttributes>[] = [];
