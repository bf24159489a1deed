import type { WebGPUKernel } from "../contract/kernel.ts";
import type { SoftmaxAttributes } from "./softmax.ts";
export const softmaxWebGPU: WebGPUKernel<SoftmaxAttributes>[] = [];
