// How every op is tried: the calls and bounds that tests and the benchmark walk. No page loads them.
import { attentionCheck, attentionGradientCheck } from "./attention/attention.cases.ts";
import { attention, attentionGradient } from "./attention/index.ts";
import type { AnyCheck, Check } from "./contract/check.ts";
import type { Attributes, Op } from "./contract/op.ts";
import {
  convolutionCheck,
  convolutionInputGradientCheck,
  convolutionWeightGradientCheck,
} from "./convolution/convolution.cases.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { fftCheck } from "./fft/fft.cases.ts";
import { fft } from "./fft/index.ts";
import { scatterAddAlongCheck, takeAlongCheck } from "./gather/along.cases.ts";
import { gatherCheck, scatterAddCheck } from "./gather/gather.cases.ts";
import { gather, oneHot, scatter, scatterAdd, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { oneHotCheck } from "./gather/one-hot.cases.ts";
import { scatterCheck } from "./gather/scatter.cases.ts";
import { choleskyCheck } from "./linear-algebra/cholesky.cases.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { qrCheck } from "./linear-algebra/qr.cases.ts";
import { svdCheck } from "./linear-algebra/svd.cases.ts";
import { symmetricEigenCheck } from "./linear-algebra/symmetric-eigen.cases.ts";
import { triangularSolveCheck } from "./linear-algebra/triangular-solve.cases.ts";
import { map } from "./map/index.ts";
import { elementwiseCheck, mapCheck } from "./map/map.cases.ts";
import { scalarFunctions } from "./map/scalar.ts";
import { matmul } from "./matmul/index.ts";
import { matmulCheck } from "./matmul/matmul.cases.ts";
import { concatenate, identity, pad, reshape, slice, transpose } from "./move/index.ts";
import {
  concatenateCheck,
  identityCheck,
  padCheck,
  reshapeCheck,
  sliceCheck,
  transposeCheck,
} from "./move/move.cases.ts";
import { normalise, normaliseGradient } from "./normalise/index.ts";
import { normaliseCheck, normaliseGradientCheck } from "./normalise/normalise.cases.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { poolCheck, poolGradientCheck, poolIndicesCheck } from "./pool/pool.cases.ts";
import { dequantize, quantizedMatmul } from "./quantize/index.ts";
import { dequantizeCheck, quantizedMatmulCheck } from "./quantize/quantized.cases.ts";
import { random } from "./random/index.ts";
import { randomCheck } from "./random/random.cases.ts";
import { reduce } from "./reduce/index.ts";
import { reduceCheck } from "./reduce/reduce.cases.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { resizeCheck, resizeGradientCheck } from "./resize/resize.cases.ts";
import { scan } from "./scan/index.ts";
import { scanCheck } from "./scan/scan.cases.ts";
import { crossEntropyCheck, crossEntropyGradientCheck } from "./softmax/cross-entropy.cases.ts";
import { crossEntropy, crossEntropyGradient, softmax } from "./softmax/index.ts";
import { softmaxCheck } from "./softmax/softmax.cases.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { binCountCheck, searchSortedCheck } from "./sort/search.cases.ts";
import { sortCheck } from "./sort/sort.cases.ts";
import { topKCheck } from "./sort/top-k.cases.ts";
import { treePredict } from "./tree-predict/index.ts";
import { treePredictCheck } from "./tree-predict/tree-predict.cases.ts";

/** One op's cases, for its own attributes. */
const line = <A extends Attributes>(op: Op<A>, check: Check<A>): readonly [string, AnyCheck] => [op.name, check];

/** How each op is tried, by its name. */
export const checks: ReadonlyMap<string, AnyCheck> = new Map([
  ...scalarFunctions.map((scalar): readonly [string, AnyCheck] => [scalar.name, elementwiseCheck(scalar)]),
  line(map, mapCheck),
  line(matmul, matmulCheck),
  line(quantizedMatmul, quantizedMatmulCheck),
  line(dequantize, dequantizeCheck),
  line(convolution, convolutionCheck),
  line(convolutionInputGradient, convolutionInputGradientCheck),
  line(convolutionWeightGradient, convolutionWeightGradientCheck),
  line(pool, poolCheck),
  line(poolGradient, poolGradientCheck),
  line(poolIndices, poolIndicesCheck),
  line(resize, resizeCheck),
  line(resizeGradient, resizeGradientCheck),
  line(cholesky, choleskyCheck),
  line(triangularSolve, triangularSolveCheck),
  line(qr, qrCheck),
  line(symmetricEigen, symmetricEigenCheck),
  line(svd, svdCheck),
  line(fft, fftCheck),
  line(reduce, reduceCheck),
  line(scan, scanCheck),
  line(sort, sortCheck),
  line(topK, topKCheck),
  line(searchSorted, searchSortedCheck),
  line(binCount, binCountCheck),
  line(treePredict, treePredictCheck),
  line(softmax, softmaxCheck),
  line(attention, attentionCheck),
  line(attentionGradient, attentionGradientCheck),
  line(crossEntropy, crossEntropyCheck),
  line(crossEntropyGradient, crossEntropyGradientCheck),
  line(normalise, normaliseCheck),
  line(normaliseGradient, normaliseGradientCheck),
  line(gather, gatherCheck),
  line(scatterAdd, scatterAddCheck),
  line(scatter, scatterCheck),
  line(takeAlong, takeAlongCheck),
  line(scatterAddAlong, scatterAddAlongCheck),
  line(oneHot, oneHotCheck),
  line(random, randomCheck),
  line(reshape, reshapeCheck),
  line(identity, identityCheck),
  line(transpose, transposeCheck),
  line(slice, sliceCheck),
  line(pad, padCheck),
  line(concatenate, concatenateCheck),
]);
