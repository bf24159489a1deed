// The WebGPU kernels that most nets do without, loaded when a plan first names one of their ops.
import type { AnyWebGPUKernel } from "./contract/kernel.ts";
import { type KernelLists, webgpuLine as line } from "./contract/kernel-table.ts";
import { convolutionWebGPU, inputGradientWebGPU, weightGradientWebGPU } from "./convolution/convolution.wgsl.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { fftWebGPU } from "./fft/fft.wgsl.ts";
import { fft } from "./fft/index.ts";
import { scatterAddAlongWebGPU, takeAlongWebGPU } from "./gather/along.wgsl.ts";
import { scatter, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { scatterWebGPU } from "./gather/scatter.wgsl.ts";
import { choleskyWebGPU } from "./linear-algebra/cholesky.wgsl.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { qrWebGPU } from "./linear-algebra/qr.wgsl.ts";
import { svdWebGPU } from "./linear-algebra/svd.wgsl.ts";
import { symmetricEigenWebGPU } from "./linear-algebra/symmetric-eigen.wgsl.ts";
import { triangularSolveWebGPU } from "./linear-algebra/triangular-solve.wgsl.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { poolGradientWebGPU, poolIndicesWebGPU, poolWebGPU } from "./pool/pool.wgsl.ts";
import { dequantize, quantizedMatmul } from "./quantize/index.ts";
import { integerWebGPU } from "./quantize/integer.wgsl.ts";
import { dequantizeWebGPU, quantizedMatmulWebGPU } from "./quantize/quantized.wgsl.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { resizeGradientWebGPU, resizeWebGPU } from "./resize/resize.wgsl.ts";
import { scan } from "./scan/index.ts";
import { scanWebGPU } from "./scan/scan.wgsl.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { binCountWebGPU, searchSortedWebGPU } from "./sort/search.wgsl.ts";
import { sortWebGPU } from "./sort/sort.wgsl.ts";
import { topKWebGPU } from "./sort/top-k.wgsl.ts";

export const webgpuRest: KernelLists<AnyWebGPUKernel> = new Map([
  line(quantizedMatmul, [integerWebGPU, ...quantizedMatmulWebGPU]),
  line(dequantize, [dequantizeWebGPU]),
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
  line(scan, scanWebGPU),
  line(sort, sortWebGPU),
  line(topK, topKWebGPU),
  line(searchSorted, searchSortedWebGPU),
  line(binCount, binCountWebGPU),
  line(scatter, scatterWebGPU),
  line(takeAlong, takeAlongWebGPU),
  line(scatterAddAlong, scatterAddAlongWebGPU),
]);
