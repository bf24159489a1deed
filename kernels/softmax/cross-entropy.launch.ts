import type { WasmKernel } from "../contract/kernel.ts";
export const crossEntropyWasm: WasmKernel[] = [];
export const crossEntropyGradientWasm: WasmKernel[] = [];
