import type { WasmKernel } from "../contract/kernel.ts";
import type { MapProgram } from "./program.ts";
export const mapWasm: WasmKernel<MapProgram> = { device: "wasm", name: "map", lower: () => ({ launches: [] }) };
