// WebGPU kernels that are loaded when a plan first names one of their ops: those of nets over images.
import type { AnyWebGPUKernel } from "./contract/kernel.ts";
import { type KernelLists, webgpuLine as line } from "./contract/kernel-table.ts";
import { convolutionWebGPU, inputGradientWebGPU, weightGradientWebGPU } from "./convolution/convolution.wgsl.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { poolGradientWebGPU, poolIndicesWebGPU, poolWebGPU } from "./pool/pool.wgsl.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { resizeGradientWebGPU, resizeWebGPU } from "./resize/resize.wgsl.ts";

export const webgpuImage: KernelLists<AnyWebGPUKernel> = new Map([
  line(convolution, convolutionWebGPU),
  line(convolutionInputGradient, inputGradientWebGPU),
  line(convolutionWeightGradient, weightGradientWebGPU),
  line(pool, poolWebGPU),
  line(poolGradient, poolGradientWebGPU),
  line(poolIndices, poolIndicesWebGPU),
  line(resize, resizeWebGPU),
  line(resizeGradient, resizeGradientWebGPU),
]);
