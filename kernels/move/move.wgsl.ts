import type { WebGPUKernel } from "../contract/kernel.ts";
import type { ConcatenateAttributes, PadAttributes, SliceAttributes, TransposeAttributes } from "./move.ts";
export const transposeWebGPU: WebGPUKernel<TransposeAttributes>[] = [];
export const sliceWebGPU: WebGPUKernel<SliceAttributes>[] = [];
export const padWebGPU: WebGPUKernel<PadAttributes>[] = [];
export const concatenateWebGPU: WebGPUKernel<ConcatenateAttributes>[] = [];
