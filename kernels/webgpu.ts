// The WebGPU kernels by op, loaded with the WebGPU device only. Of an op's kernels the first whose condition holds is taken.
import type { AnyWebGPUKernel, WebGPUKernel } from "./contract/kernel.ts";
import type { Attributes, Op } from "./contract/op.ts";
import { convolutionWebGPU, inputGradientWebGPU, weightGradientWebGPU } from "./convolution/convolution.wgsl.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { fftWebGPU } from "./fft/fft.wgsl.ts";
import { fft } from "./fft/index.ts";
import { scatterAddAlongWebGPU, takeAlongWebGPU } from "./gather/along.wgsl.ts";
import { gatherWebGPU, scatterAddWebGPU } from "./gather/gather.wgsl.ts";
import { gather, oneHot, scatter, scatterAdd, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { oneHotWebGPU } from "./gather/one-hot.wgsl.ts";
import { scatterWebGPU } from "./gather/scatter.wgsl.ts";
import { choleskyWebGPU } from "./linear-algebra/cholesky.wgsl.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { qrWebGPU } from "./linear-algebra/qr.wgsl.ts";
import { svdWebGPU } from "./linear-algebra/svd.wgsl.ts";
import { symmetricEigenWebGPU } from "./linear-algebra/symmetric-eigen.wgsl.ts";
import { triangularSolveWebGPU } from "./linear-algebra/triangular-solve.wgsl.ts";
import { map } from "./map/index.ts";
import { mapWebGPU } from "./map/map.wgsl.ts";
import { matmul } from "./matmul/index.ts";
import { matmulWebGPU } from "./matmul/matmul.wgsl.ts";
import { concatenate, pad, slice, transpose } from "./move/index.ts";
import { concatenateWebGPU, padWebGPU, sliceWebGPU, transposeWebGPU } from "./move/move.wgsl.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { poolGradientWebGPU, poolIndicesWebGPU, poolWebGPU } from "./pool/pool.wgsl.ts";
import { random } from "./random/index.ts";
import { randomWebGPU } from "./random/random.wgsl.ts";
import { reduce } from "./reduce/index.ts";
import { reduceWebGPU } from "./reduce/reduce.wgsl.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { resizeGradientWebGPU, resizeWebGPU } from "./resize/resize.wgsl.ts";
import { scan } from "./scan/index.ts";
import { scanWebGPU } from "./scan/scan.wgsl.ts";
import { crossEntropyGradientWebGPU, crossEntropyWebGPU } from "./softmax/cross-entropy.wgsl.ts";
import { crossEntropy, crossEntropyGradient, softmax } from "./softmax/index.ts";
import { softmaxWebGPU } from "./softmax/softmax.wgsl.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { binCountWebGPU, searchSortedWebGPU } from "./sort/search.wgsl.ts";
import { sortWebGPU } from "./sort/sort.wgsl.ts";
import { topKWebGPU } from "./sort/top-k.wgsl.ts";

/** One op's kernels, for its own attributes. */
const line = <A extends Attributes>(
  op: Op<A>,
  kernels: readonly WebGPUKernel<A>[],
): readonly [string, readonly AnyWebGPUKernel[]] => [op.name, kernels];

/** Kernels of every op that a plan may hold; views move nothing, and element-wise ops are planned as maps. */
export const webgpuKernels: ReadonlyMap<string, readonly AnyWebGPUKernel[]> = new Map([
  line(map, [mapWebGPU]),
  line(matmul, matmulWebGPU),
  line(convolution, convolutionWebGPU),
  line(convolutionInputGradient, inputGradientWebGPU),
  line(convolutionWeightGradient, weightGradientWebGPU),
  line(pool, poolWebGPU),
  line(poolGradient, poolGradientWebGPU),
  line(poolIndices, poolIndicesWebGPU),
  line(resize, resizeWebGPU),
  line(resizeGradient, resizeGradientWebGPU),
  line(cholesky, choleskyWebGPU),
  line(triangularSolve, triangularSolveWebGPU),
  line(qr, qrWebGPU),
  line(symmetricEigen, symmetricEigenWebGPU),
  line(svd, svdWebGPU),
  line(fft, fftWebGPU),
  line(reduce, reduceWebGPU),
  line(scan, scanWebGPU),
  line(sort, sortWebGPU),
  line(topK, topKWebGPU),
  line(searchSorted, searchSortedWebGPU),
  line(binCount, binCountWebGPU),
  line(softmax, softmaxWebGPU),
  line(crossEntropy, crossEntropyWebGPU),
  line(crossEntropyGradient, crossEntropyGradientWebGPU),
  line(gather, gatherWebGPU),
  line(scatterAdd, scatterAddWebGPU),
  line(scatter, scatterWebGPU),
  line(takeAlong, takeAlongWebGPU),
  line(scatterAddAlong, scatterAddAlongWebGPU),
  line(oneHot, oneHotWebGPU),
  line(random, randomWebGPU),
  line(transpose, transposeWebGPU),
  line(slice, sliceWebGPU),
  line(pad, padWebGPU),
  line(concatenate, concatenateWebGPU),
]);
