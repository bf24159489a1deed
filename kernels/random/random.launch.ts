import type { WasmKernel } from "../contract/kernel.ts";
import type { RandomAttributes } from "./random.ts";
export const randomWasm: WasmKernel<RandomAttributes>[] = [];
