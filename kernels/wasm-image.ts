// WASM kernels that are loaded when a plan first names one of their ops: those of nets over images.
import type { AnyWasmKernel } from "./contract/kernel.ts";
import { type KernelLists, wasmLine as line } from "./contract/kernel-table.ts";
import { convolutionWasm } from "./convolution/convolution.launch.ts";
import { inputGradientWasm, weightGradientWasm } from "./convolution/gradients.launch.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { poolGradientWasm, poolIndicesWasm, poolWasm } from "./pool/pool.launch.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { resizeGradientWasm, resizeWasm } from "./resize/resize.launch.ts";

export const wasmImage: KernelLists<AnyWasmKernel> = new Map([
  line(convolution, convolutionWasm),
  line(convolutionInputGradient, inputGradientWasm),
  line(convolutionWeightGradient, weightGradientWasm),
  line(pool, poolWasm),
  line(poolGradient, poolGradientWasm),
  line(poolIndices, poolIndicesWasm),
  line(resize, resizeWasm),
  line(resizeGradient, resizeGradientWasm),
]);
