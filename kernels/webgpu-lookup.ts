// WebGPU kernels that are loaded when a plan first names one of their ops: reads and writes at places that tensors name.
import type { AnyWebGPUKernel } from "./contract/kernel.ts";
import { type KernelLists, webgpuLine as line } from "./contract/kernel-table.ts";
import { scatterAddAlongWebGPU, takeAlongWebGPU } from "./gather/along.wgsl.ts";
import { gatherWebGPU, scatterAddWebGPU } from "./gather/gather.wgsl.ts";
import { gather, oneHot, scatter, scatterAdd, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { oneHotWebGPU } from "./gather/one-hot.wgsl.ts";
import { scatterWebGPU } from "./gather/scatter.wgsl.ts";

export const webgpuLookup: KernelLists<AnyWebGPUKernel> = new Map([
  line(gather, gatherWebGPU),
  line(scatterAdd, scatterAddWebGPU),
  line(oneHot, oneHotWebGPU),
  line(scatter, scatterWebGPU),
  line(takeAlong, takeAlongWebGPU),
  line(scatterAddAlong, scatterAddAlongWebGPU),
]);
