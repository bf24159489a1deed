import type { WasmKernel } from "../contract/kernel.ts";
import type { ScatterAddAttributes } from "./gather.ts";
export const gatherWasm: WasmKernel[] = [];
export const scatterAddWasm: WasmKernel<ScatterAddAttributes>[] = [];
