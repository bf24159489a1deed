import type { WasmKernel } from "../contract/kernel.ts";
import type { ConcatenateAttributes, PadAttributes, SliceAttributes, TransposeAttributes } from "./move.ts";
export const transposeWasm: WasmKernel<TransposeAttributes>[] = [];
export const sliceWasm: WasmKernel<SliceAttributes>[] = [];
export const padWasm: WasmKernel<PadAttributes>[] = [];
export const concatenateWasm: WasmKernel<ConcatenateAttributes>[] = [];
