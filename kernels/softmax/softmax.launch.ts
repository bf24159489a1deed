import type { WasmKernel } from "../contract/kernel.ts";
import type { SoftmaxAttributes } from "./shape.ts";
export const softmaxWasm: WasmKernel<SoftmaxAttributes>[] = [];
