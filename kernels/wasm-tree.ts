// WASM kernels that are loaded when a plan first names one of their ops: ensembles of trees.
import type { AnyWasmKernel } from "./contract/kernel.ts";
import { type KernelLists, wasmLine as line } from "./contract/kernel-table.ts";
import { treePredict } from "./tree-predict/index.ts";
import { treePredictWasm } from "./tree-predict/tree-predict.launch.ts";

export const wasmTree: KernelLists<AnyWasmKernel> = new Map([line(treePredict, treePredictWasm)]);
