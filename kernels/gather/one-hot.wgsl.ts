import type { WebGPUKernel } from "../contract/kernel.ts";
import type { OneHotAttributes } from "./one-hot.ts";
export const oneHotWebGPU: WebGPUKernel<OneHotAttributes>[] = [];
