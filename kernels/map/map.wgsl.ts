import type { WebGPUKernel } from "../contract/kernel.ts";
import type { MapProgram } from "./program.ts";
export const mapWebGPU: WebGPUKernel<MapProgram> = { device: "webgpu", name: "map", lower: () => ({ launches: [] }) };
