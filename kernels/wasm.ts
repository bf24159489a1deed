// The WASM kernels by op, loaded with the WASM device only. Of an op's kernels the first whose condition holds is taken.
import type { AnyWasmKernel, WasmKernel } from "./contract/kernel.ts";
import type { Attributes, Op } from "./contract/op.ts";
import { convolutionWasm } from "./convolution/convolution.launch.ts";
import { inputGradientWasm, weightGradientWasm } from "./convolution/gradients.launch.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { fftWasm } from "./fft/fft.launch.ts";
import { fft } from "./fft/index.ts";
import { scatterAddAlongWasm, takeAlongWasm } from "./gather/along.launch.ts";
import { gatherWasm, scatterAddWasm } from "./gather/gather.launch.ts";
import { gather, oneHot, scatter, scatterAdd, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { oneHotWasm } from "./gather/one-hot.launch.ts";
import { scatterWasm } from "./gather/scatter.launch.ts";
import { choleskyWasm } from "./linear-algebra/cholesky.launch.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { qrWasm } from "./linear-algebra/qr.launch.ts";
import { svdWasm } from "./linear-algebra/svd.launch.ts";
import { symmetricEigenWasm } from "./linear-algebra/symmetric-eigen.launch.ts";
import { triangularSolveWasm } from "./linear-algebra/triangular-solve.launch.ts";
import { map } from "./map/index.ts";
import { mapWasm } from "./map/map.emit.ts";
import { matmul } from "./matmul/index.ts";
import { matmulWasm } from "./matmul/matmul.launch.ts";
import { concatenate, pad, slice, transpose } from "./move/index.ts";
import { concatenateWasm, padWasm, sliceWasm, transposeWasm } from "./move/move.launch.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { poolGradientWasm, poolIndicesWasm, poolWasm } from "./pool/pool.launch.ts";
import { random } from "./random/index.ts";
import { randomWasm } from "./random/random.launch.ts";
import { reduce } from "./reduce/index.ts";
import { reduceWasm } from "./reduce/reduce.launch.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { resizeGradientWasm, resizeWasm } from "./resize/resize.launch.ts";
import { scan } from "./scan/index.ts";
import { scanWasm } from "./scan/scan.launch.ts";
import { crossEntropyGradientWasm, crossEntropyWasm } from "./softmax/cross-entropy.launch.ts";
import { crossEntropy, crossEntropyGradient, softmax } from "./softmax/index.ts";
import { softmaxWasm } from "./softmax/softmax.launch.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { binCountWasm, searchSortedWasm } from "./sort/search.launch.ts";
import { sortWasm } from "./sort/sort.launch.ts";
import { topKWasm } from "./sort/top-k.launch.ts";

/** One op's kernels, for its own attributes. */
const line = <A extends Attributes>(
  op: Op<A>,
  kernels: readonly WasmKernel<A>[],
): readonly [string, readonly AnyWasmKernel[]] => [op.name, kernels];

/** Kernels of every op that a plan may hold; views move nothing, and element-wise ops are planned as maps. */
export const wasmKernels: ReadonlyMap<string, readonly AnyWasmKernel[]> = new Map([
  line(map, [mapWasm]),
  line(matmul, matmulWasm),
  line(convolution, convolutionWasm),
  line(convolutionInputGradient, inputGradientWasm),
  line(convolutionWeightGradient, weightGradientWasm),
  line(pool, poolWasm),
  line(poolGradient, poolGradientWasm),
  line(poolIndices, poolIndicesWasm),
  line(resize, resizeWasm),
  line(resizeGradient, resizeGradientWasm),
  line(cholesky, choleskyWasm),
  line(triangularSolve, triangularSolveWasm),
  line(qr, qrWasm),
  line(symmetricEigen, symmetricEigenWasm),
  line(svd, svdWasm),
  line(fft, fftWasm),
  line(reduce, reduceWasm),
  line(scan, scanWasm),
  line(sort, sortWasm),
  line(topK, topKWasm),
  line(searchSorted, searchSortedWasm),
  line(binCount, binCountWasm),
  line(softmax, softmaxWasm),
  line(crossEntropy, crossEntropyWasm),
  line(crossEntropyGradient, crossEntropyGradientWasm),
  line(gather, gatherWasm),
  line(scatterAdd, scatterAddWasm),
  line(scatter, scatterWasm),
  line(takeAlong, takeAlongWasm),
  line(scatterAddAlong, scatterAddAlongWasm),
  line(oneHot, oneHotWasm),
  line(random, randomWasm),
  line(transpose, transposeWasm),
  line(slice, sliceWasm),
  line(pad, padWasm),
  line(concatenate, concatenateWasm),
]);
