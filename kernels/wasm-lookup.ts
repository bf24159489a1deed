// WASM kernels that are loaded when a plan first names one of their ops: reads and writes at places that tensors name.
import type { AnyWasmKernel } from "./contract/kernel.ts";
import { type KernelLists, wasmLine as line } from "./contract/kernel-table.ts";
import { scatterAddAlongWasm, takeAlongWasm } from "./gather/along.launch.ts";
import { gatherWasm, scatterAddWasm } from "./gather/gather.launch.ts";
import { gather, oneHot, scatter, scatterAdd, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { oneHotWasm } from "./gather/one-hot.launch.ts";
import { scatterWasm } from "./gather/scatter.launch.ts";

export const wasmLookup: KernelLists<AnyWasmKernel> = new Map([
  line(gather, gatherWasm),
  line(scatterAdd, scatterAddWasm),
  line(oneHot, oneHotWasm),
  line(scatter, scatterWasm),
  line(takeAlong, takeAlongWasm),
  line(scatterAddAlong, scatterAddAlongWasm),
]);
