// The float64 meaning of every op, loaded with the reference device only.
import { attentionGradientReference, attentionReference } from "./attention/attention.reference.ts";
import { attention, attentionGradient } from "./attention/index.ts";
import type { Attributes, Op } from "./contract/op.ts";
import type { AnyReference, Reference } from "./contract/reference.ts";
import {
  convolutionInputGradientReference,
  convolutionReference,
  convolutionWeightGradientReference,
} from "./convolution/convolution.reference.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { fftReference } from "./fft/fft.reference.ts";
import { fft } from "./fft/index.ts";
import { scatterAddAlongReference, takeAlongReference } from "./gather/along.reference.ts";
import { gatherReference, scatterAddReference } from "./gather/gather.reference.ts";
import { gather, oneHot, scatter, scatterAdd, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { oneHotReference } from "./gather/one-hot.reference.ts";
import { scatterReference } from "./gather/scatter.reference.ts";
import { choleskyReference } from "./linear-algebra/cholesky.reference.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { qrReference } from "./linear-algebra/qr.reference.ts";
import { svdReference } from "./linear-algebra/svd.reference.ts";
import { symmetricEigenReference } from "./linear-algebra/symmetric-eigen.reference.ts";
import { triangularSolveReference } from "./linear-algebra/triangular-solve.reference.ts";
import { elementwiseOps, map } from "./map/index.ts";
import { elementwiseReference, mapReference } from "./map/map.reference.ts";
import { matmul } from "./matmul/index.ts";
import { matmulReference } from "./matmul/matmul.reference.ts";
import { concatenate, identity, pad, reshape, slice, transpose } from "./move/index.ts";
import {
  concatenateReference,
  identityReference,
  padReference,
  reshapeReference,
  sliceReference,
  transposeReference,
} from "./move/move.reference.ts";
import { normalise, normaliseGradient } from "./normalise/index.ts";
import { normaliseGradientReference, normaliseReference } from "./normalise/normalise.reference.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { poolGradientReference, poolIndicesReference, poolReference } from "./pool/pool.reference.ts";
import { dequantize, quantizedMatmul } from "./quantize/index.ts";
import { dequantizeReference, quantizedMatmulReference } from "./quantize/quantized.reference.ts";
import { random } from "./random/index.ts";
import { randomReference } from "./random/random.reference.ts";
import { reduce } from "./reduce/index.ts";
import { reduceReference } from "./reduce/reduce.reference.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { resizeGradientReference, resizeReference } from "./resize/resize.reference.ts";
import { scan } from "./scan/index.ts";
import { scanReference } from "./scan/scan.reference.ts";
import { crossEntropyGradientReference, crossEntropyReference } from "./softmax/cross-entropy.reference.ts";
import { crossEntropy, crossEntropyGradient, softmax } from "./softmax/index.ts";
import { softmaxReference } from "./softmax/softmax.reference.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { binCountReference, searchSortedReference } from "./sort/search.reference.ts";
import { sortReference } from "./sort/sort.reference.ts";
import { topKReference } from "./sort/top-k.reference.ts";
import { treePredict } from "./tree-predict/index.ts";
import { treePredictReference } from "./tree-predict/tree-predict.reference.ts";

/** One op's meaning, for its own attributes. */
const line = <A extends Attributes>(op: Op<A>, reference: Reference<A>): readonly [string, AnyReference] => [
  op.name,
  reference,
];

/** Every op's meaning by its name. */
export const references: ReadonlyMap<string, AnyReference> = new Map([
  ...[...elementwiseOps.values()].map((op) => line(op, elementwiseReference(op.name))),
  line(map, mapReference),
  line(matmul, matmulReference),
  line(quantizedMatmul, quantizedMatmulReference),
  line(dequantize, dequantizeReference),
  line(convolution, convolutionReference),
  line(convolutionInputGradient, convolutionInputGradientReference),
  line(convolutionWeightGradient, convolutionWeightGradientReference),
  line(pool, poolReference),
  line(poolGradient, poolGradientReference),
  line(poolIndices, poolIndicesReference),
  line(resize, resizeReference),
  line(resizeGradient, resizeGradientReference),
  line(cholesky, choleskyReference),
  line(triangularSolve, triangularSolveReference),
  line(qr, qrReference),
  line(symmetricEigen, symmetricEigenReference),
  line(svd, svdReference),
  line(fft, fftReference),
  line(reduce, reduceReference),
  line(scan, scanReference),
  line(sort, sortReference),
  line(topK, topKReference),
  line(searchSorted, searchSortedReference),
  line(binCount, binCountReference),
  line(treePredict, treePredictReference),
  line(softmax, softmaxReference),
  line(attention, attentionReference),
  line(attentionGradient, attentionGradientReference),
  line(crossEntropy, crossEntropyReference),
  line(crossEntropyGradient, crossEntropyGradientReference),
  line(normalise, normaliseReference),
  line(normaliseGradient, normaliseGradientReference),
  line(gather, gatherReference),
  line(scatterAdd, scatterAddReference),
  line(scatter, scatterReference),
  line(takeAlong, takeAlongReference),
  line(scatterAddAlong, scatterAddAlongReference),
  line(oneHot, oneHotReference),
  line(random, randomReference),
  line(reshape, reshapeReference),
  line(identity, identityReference),
  line(transpose, transposeReference),
  line(slice, sliceReference),
  line(pad, padReference),
  line(concatenate, concatenateReference),
]);
