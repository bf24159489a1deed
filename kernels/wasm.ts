// The WASM kernels by op, loaded with the WASM device only: here those of dense nets, and which file has each of the others. Views
// move nothing and element-wise ops are planned as maps, so they have none.
import { attention, attentionGradient } from "./attention/index.ts";
import type { AnyWasmKernel } from "./contract/kernel.ts";
import { family, type KernelLists, kernelTable, wasmLine as line } from "./contract/kernel-table.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { fft } from "./fft/index.ts";
import { gather, oneHot, scatter, scatterAdd, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { map } from "./map/index.ts";
import { mapWasm } from "./map/map.emit.ts";
import { matmul } from "./matmul/index.ts";
import { matmulWasm } from "./matmul/matmul.launch.ts";
import { concatenate, pad, slice, transpose } from "./move/index.ts";
import { concatenateWasm, padWasm, sliceWasm, transposeWasm } from "./move/move.launch.ts";
import { normalise, normaliseGradient } from "./normalise/index.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { dequantize, quantizedMatmul } from "./quantize/index.ts";
import { random } from "./random/index.ts";
import { reduce } from "./reduce/index.ts";
import { reduceWasm } from "./reduce/reduce.launch.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { scan } from "./scan/index.ts";
import { crossEntropyGradientWasm, crossEntropyWasm } from "./softmax/cross-entropy.launch.ts";
import { crossEntropy, crossEntropyGradient, softmax } from "./softmax/index.ts";
import { softmaxWasm } from "./softmax/softmax.launch.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { treePredict } from "./tree-predict/index.ts";

/** The kernels that come with the device. */
export const wasmAtHand: KernelLists<AnyWasmKernel> = new Map([
  line(map, [mapWasm]),
  line(matmul, matmulWasm),
  line(reduce, reduceWasm),
  line(softmax, softmaxWasm),
  line(crossEntropy, crossEntropyWasm),
  line(crossEntropyGradient, crossEntropyGradientWasm),
  line(transpose, transposeWasm),
  line(slice, sliceWasm),
  line(pad, padWasm),
  line(concatenate, concatenateWasm),
]);

/** Those that are loaded when a plan needs them, by family, so that a page with convolutions takes no sorting. */
export const wasmFamilies = [
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
    async () => (await import("./wasm-image.ts")).wasmImage,
  ),
  family(
    [attention, attentionGradient, normalise, normaliseGradient, random],
    async () => (await import("./wasm-layer.ts")).wasmLayer,
  ),
  family(
    [gather, scatterAdd, oneHot, scatter, takeAlong, scatterAddAlong],
    async () => (await import("./wasm-lookup.ts")).wasmLookup,
  ),
  family(
    [cholesky, triangularSolve, qr, symmetricEigen, svd, fft],
    async () => (await import("./wasm-matrix.ts")).wasmMatrix,
  ),
  family([scan, sort, topK, searchSorted, binCount], async () => (await import("./wasm-order.ts")).wasmOrder),
  family([treePredict], async () => (await import("./wasm-tree.ts")).wasmTree),
  family([quantizedMatmul, dequantize], async () => (await import("./wasm-quantized.ts")).wasmQuantized),
];

/** All WASM kernels. */
export const wasmKernels = kernelTable(wasmAtHand, wasmFamilies, (op) => op.own?.wasm);
