import type { WasmKernel } from "../contract/kernel.ts";
import type { OneHotAttributes } from "./one-hot.ts";
export const oneHotWasm: WasmKernel<OneHotAttributes>[] = [];
