import type { WasmKernel } from "../contract/kernel.ts";
import type { ScatterAddAttributes } from "./shape.ts";
export const gatherWasm: WasmKernel[] = [];
export const scatterAddWasm: WasmKernel<ScatterAddAttributes>[] = [];
