// @millrace/kernels: every op's contract, and the list that devices, tests and benchmarks walk.
import { attention, attentionGradient } from "./attention/index.ts";
import type { AnyOp } from "./contract/op.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { fft } from "./fft/index.ts";
import { gather, oneHot, scatter, scatterAdd, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { elementwiseOps, map } from "./map/index.ts";
import { matmul } from "./matmul/index.ts";
import { concatenate, identity, pad, reshape, slice, transpose } from "./move/index.ts";
import { normalise, normaliseGradient } from "./normalise/index.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { dequantize, quantizedMatmul } from "./quantize/index.ts";
import { random } from "./random/index.ts";
import { reduce } from "./reduce/index.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { scan } from "./scan/index.ts";
import { crossEntropy, crossEntropyGradient, softmax } from "./softmax/index.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { treePredict } from "./tree-predict/index.ts";

export * from "./attention/index.ts";
export * from "./contract/index.ts";
export * from "./convolution/index.ts";
export * from "./fft/index.ts";
export * from "./gather/index.ts";
export * from "./linear-algebra/index.ts";
export * from "./map/index.ts";
export * from "./matmul/index.ts";
export * from "./move/index.ts";
export * from "./normalise/index.ts";
export * from "./pool/index.ts";
export * from "./quantize/index.ts";
export * from "./random/index.ts";
export * from "./reduce/index.ts";
export * from "./resize/index.ts";
export * from "./scan/index.ts";
export * from "./softmax/index.ts";
export * from "./sort/index.ts";
export * from "./tree-predict/index.ts";

/** Every op by name. */
export const ops: ReadonlyMap<string, AnyOp> = new Map<string, AnyOp>([
  ...elementwiseOps,
  ...[
    map,
    matmul,
    quantizedMatmul,
    dequantize,
    convolution,
    convolutionInputGradient,
    convolutionWeightGradient,
    pool,
    poolGradient,
    poolIndices,
    resize,
    resizeGradient,
    cholesky,
    triangularSolve,
    qr,
    symmetricEigen,
    svd,
    fft,
    reduce,
    scan,
    sort,
    topK,
    searchSorted,
    binCount,
    treePredict,
    softmax,
    attention,
    attentionGradient,
    crossEntropy,
    crossEntropyGradient,
    normalise,
    normaliseGradient,
    gather,
    scatterAdd,
    scatter,
    takeAlong,
    scatterAddAlong,
    oneHot,
    random,
    reshape,
    identity,
    transpose,
    slice,
    pad,
    concatenate,
  ].map((op): [string, AnyOp] => [op.name, op]),
]);
