// What one WASM build exports: the program walker, the kernels by name, vector functions that maps copy, and the roofs.
export { heapBase, resume, run, setArena, setControl, workerLoop } from "./program.wasm";
export { roofCopy, roofEmpty, roofMultiplyAdd, roofRead } from "./roof.wasm";
export { map_exp, map_log, map_sigmoid, map_sign, map_tanh } from "../map/scalar.wasm";
export { map_packHalf, map_roundHalf, map_unpackHalf } from "../map/half.wasm";
export { map_cos, map_power, map_sin } from "../map/periodic.wasm";
export {
  map_atan, map_atan2, map_erf, map_expm1, map_log1p, map_maximum, map_minimum, map_remainder, map_remainderSigned, map_remainderUnsigned,
  map_shiftLeft, map_shiftRightSigned, map_shiftRightUnsigned,
} from "../map/special.wasm";
export { matmulDirect } from "../matmul/direct.wasm";
export { attentionRows } from "../attention/attention.wasm";
export { attentionGradientMatrices } from "../attention/gradient.wasm";
export { matmulPacked } from "../matmul/matmul.wasm";
export { matmulStrips } from "../matmul/pack.wasm";
export { matmulDots, matmulStreamed } from "../matmul/skinny.wasm";
export {
  convolutionPacked, convolutionPhaseRows, convolutionPhaseWeights, convolutionStrips, convolutionWeights,
} from "../convolution/convolution.wasm";
export { convolutionDepthwise } from "../convolution/depthwise.wasm";
export {
  convolutionDepthwiseInput, convolutionDepthwiseWeights, convolutionReverseTaps,
} from "../convolution/depthwise-gradients.wasm";
export { poolGradientPlanes, poolIndexRows } from "../pool/pool-gradient.wasm";
export { poolRows, poolWideRows } from "../pool/pool.wasm";
export { dequantizeRows } from "../quantize/decode.wasm";
export { integerProduct, quantizeRows } from "../quantize/integer.wasm";
export { quantizedDots, quantizedRows } from "../quantize/rows.wasm";
export { reduceColumns, reduceRows } from "../reduce/reduce.wasm";
export { fftChirp, fftRows, fftTurns } from "../fft/fft.wasm";
export { choleskyMatrices } from "../linear-algebra/cholesky.wasm";
export { qrMatrices } from "../linear-algebra/qr.wasm";
export { symmetricEigenMatrices } from "../linear-algebra/symmetric-eigen.wasm";
export { svdMatrices } from "../linear-algebra/svd.wasm";
export { triangularSolveColumns } from "../linear-algebra/triangular-solve.wasm";
export { resizeGradientPlanes, resizeRows } from "../resize/resize.wasm";
export { scanColumns, scanRows, scanTotals } from "../scan/scan.wasm";
export { binCountBlocks, binCountTotals, searchSortedValues } from "../sort/search.wasm";
export { topKRows, topKSelect } from "../sort/top-k.wasm";
export { boostingBins } from "../boosting/bins.wasm";
export { boostingLogistic, boostingPinball, boostingSoftmax, boostingSquared } from "../boosting/derive.wasm";
export { boostingHistogram, boostingSubtract } from "../boosting/histogram.wasm";
export { boostingAddLeaves, boostingJoin, boostingPartition, boostingWalk } from "../boosting/partition.wasm";
export { boostingSplit } from "../boosting/split.wasm";
export { treePredictPack, treePredictRows } from "../tree-predict/tree-predict.wasm";
export { sortCount, sortOffsets, sortRows, sortScatter } from "../sort/sort.wasm";
export { normaliseGradientRows, normaliseRows } from "../normalise/normalise.wasm";
export { crossEntropyGradientRows, crossEntropyRows, softmaxRows } from "../softmax/softmax.wasm";
export { scatterAddAlongRows, takeAlongRows } from "../gather/along.wasm";
export { scatterRows } from "../gather/scatter.wasm";
export { gatherRows, oneHotRows, scatterAddRows } from "../gather/gather.wasm";
export { randomNormal, randomWords } from "../random/random.wasm";
export { copyWords, fillWords, moveRows, transposeTiles } from "../move/move.wasm";
