import type { WasmKernel } from "../contract/kernel.ts";
import type { ReduceAttributes } from "./reduce.ts";
export const reduceWasm: WasmKernel<ReduceAttributes>[] = [];
