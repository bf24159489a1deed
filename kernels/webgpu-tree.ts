// WebGPU kernels that are loaded when a plan first names one of their ops: ensembles of trees.
import type { AnyWebGPUKernel } from "./contract/kernel.ts";
import { type KernelLists, webgpuLine as line } from "./contract/kernel-table.ts";
import { treePredict } from "./tree-predict/index.ts";
import { treePredictWebGPU } from "./tree-predict/tree-predict.wgsl.ts";

export const webgpuTree: KernelLists<AnyWebGPUKernel> = new Map([line(treePredict, treePredictWebGPU)]);
