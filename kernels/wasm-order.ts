// WASM kernels that are loaded when a plan first names one of their ops: what goes by the order of elements.
import type { AnyWasmKernel } from "./contract/kernel.ts";
import { type KernelLists, wasmLine as line } from "./contract/kernel-table.ts";
import { scan } from "./scan/index.ts";
import { scanWasm } from "./scan/scan.launch.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { binCountWasm, searchSortedWasm } from "./sort/search.launch.ts";
import { sortWasm } from "./sort/sort.launch.ts";
import { topKWasm } from "./sort/top-k.launch.ts";

export const wasmOrder: KernelLists<AnyWasmKernel> = new Map([
  line(scan, scanWasm),
  line(sort, sortWasm),
  line(topK, topKWasm),
  line(searchSorted, searchSortedWasm),
  line(binCount, binCountWasm),
]);
