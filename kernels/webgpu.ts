// The WebGPU kernels by op, loaded with the WebGPU device only: here those of dense nets, and which file has each of the others. Views
// move nothing and element-wise ops are planned as maps, so they have none.
import { attention, attentionGradient } from "./attention/index.ts";
import type { AnyWebGPUKernel } from "./contract/kernel.ts";
import { family, type KernelLists, kernelTable, webgpuLine as line } from "./contract/kernel-table.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { fft } from "./fft/index.ts";
import { gather, oneHot, scatter, scatterAdd, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { map } from "./map/index.ts";
import { mapWebGPU } from "./map/map.wgsl.ts";
import { matmul } from "./matmul/index.ts";
import { matmulWebGPU } from "./matmul/matmul.wgsl.ts";
import { concatenate, pad, slice, transpose } from "./move/index.ts";
import { normalise, normaliseGradient } from "./normalise/index.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { dequantize, quantizedMatmul } from "./quantize/index.ts";
import { random } from "./random/index.ts";
import { reduce } from "./reduce/index.ts";
import { reduceWebGPU } from "./reduce/reduce.wgsl.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { scan } from "./scan/index.ts";
import { crossEntropy, crossEntropyGradient, softmax } from "./softmax/index.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { treePredict } from "./tree-predict/index.ts";

export { loadSubgroups } from "./contract/tree.wgsl.ts";

/** The kernels that come with the device. */
export const webgpuAtHand: KernelLists<AnyWebGPUKernel> = new Map([
  line(map, [mapWebGPU]),
  line(matmul, matmulWebGPU),
  line(reduce, reduceWebGPU),
]);

/** Those that are loaded when a plan needs them, by family, so that a page with convolutions takes no sorting. */
export const webgpuFamilies = [
  family(
    [
      convolution,
      convolutionInputGradient,
      convolutionWeightGradient,
      pool,
      poolGradient,
      poolIndices,
      resize,
      resizeGradient,
    ],
    async () => (await import("./webgpu-image.ts")).webgpuImage,
  ),
  family(
    [
      attention,
      attentionGradient,
      normalise,
      normaliseGradient,
      random,
      softmax,
      crossEntropy,
      crossEntropyGradient,
      transpose,
      slice,
      pad,
      concatenate,
    ],
    async () => (await import("./webgpu-layer.ts")).webgpuLayer,
  ),
  family(
    [gather, scatterAdd, oneHot, scatter, takeAlong, scatterAddAlong],
    async () => (await import("./webgpu-lookup.ts")).webgpuLookup,
  ),
  family(
    [cholesky, triangularSolve, qr, symmetricEigen, svd, fft],
    async () => (await import("./webgpu-matrix.ts")).webgpuMatrix,
  ),
  family([scan, sort, topK, searchSorted, binCount], async () => (await import("./webgpu-order.ts")).webgpuOrder),
  family([treePredict], async () => (await import("./webgpu-tree.ts")).webgpuTree),
  family([quantizedMatmul, dequantize], async () => (await import("./webgpu-quantized.ts")).webgpuQuantized),
];

/** All WebGPU kernels. */
export const webgpuKernels = kernelTable(webgpuAtHand, webgpuFamilies, (op) => op.own?.webgpu);
