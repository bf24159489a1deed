import type { WebGPUKernel } from "../contract/kernel.ts";
import type { RandomAttributes } from "./random.ts";
export const randomWebGPU: WebGPUKernel<RandomAttributes>[] = [];
