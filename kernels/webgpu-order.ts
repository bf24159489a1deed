// WebGPU kernels that are loaded when a plan first names one of their ops: what goes by the order of elements.
import type { AnyWebGPUKernel } from "./contract/kernel.ts";
import { type KernelLists, webgpuLine as line } from "./contract/kernel-table.ts";
import { scan } from "./scan/index.ts";
import { scanWebGPU } from "./scan/scan.wgsl.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { binCountWebGPU, searchSortedWebGPU } from "./sort/search.wgsl.ts";
import { sortWebGPU } from "./sort/sort.wgsl.ts";
import { topKWebGPU } from "./sort/top-k.wgsl.ts";

export const webgpuOrder: KernelLists<AnyWebGPUKernel> = new Map([
  line(scan, scanWebGPU),
  line(sort, sortWebGPU),
  line(topK, topKWebGPU),
  line(searchSorted, searchSortedWebGPU),
  line(binCount, binCountWebGPU),
]);
