import type { WasmKernel } from "../contract/kernel.ts";
import type { SoftmaxAttributes } from "./softmax.ts";
export const softmaxWasm: WasmKernel<SoftmaxAttributes>[] = [];
