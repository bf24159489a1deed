// The WASM kernels that most nets do without, loaded when a plan first names one of their ops.
import type { AnyWasmKernel } from "./contract/kernel.ts";
import { type KernelLists, wasmLine as line } from "./contract/kernel-table.ts";
import { convolutionWasm } from "./convolution/convolution.launch.ts";
import { inputGradientWasm, weightGradientWasm } from "./convolution/gradients.launch.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./convolution/index.ts";
import { fftWasm } from "./fft/fft.launch.ts";
import { fft } from "./fft/index.ts";
import { scatterAddAlongWasm, takeAlongWasm } from "./gather/along.launch.ts";
import { scatter, scatterAddAlong, takeAlong } from "./gather/index.ts";
import { scatterWasm } from "./gather/scatter.launch.ts";
import { choleskyWasm } from "./linear-algebra/cholesky.launch.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { qrWasm } from "./linear-algebra/qr.launch.ts";
import { svdWasm } from "./linear-algebra/svd.launch.ts";
import { symmetricEigenWasm } from "./linear-algebra/symmetric-eigen.launch.ts";
import { triangularSolveWasm } from "./linear-algebra/triangular-solve.launch.ts";
import { pool, poolGradient, poolIndices } from "./pool/index.ts";
import { poolGradientWasm, poolIndicesWasm, poolWasm } from "./pool/pool.launch.ts";
import { dequantize, quantizedMatmul } from "./quantize/index.ts";
import { dequantizeWasm, quantizedMatmulWasm } from "./quantize/quantized.launch.ts";
import { resize, resizeGradient } from "./resize/index.ts";
import { resizeGradientWasm, resizeWasm } from "./resize/resize.launch.ts";
import { scan } from "./scan/index.ts";
import { scanWasm } from "./scan/scan.launch.ts";
import { binCount, searchSorted, sort, topK } from "./sort/index.ts";
import { binCountWasm, searchSortedWasm } from "./sort/search.launch.ts";
import { sortWasm } from "./sort/sort.launch.ts";
import { topKWasm } from "./sort/top-k.launch.ts";

export const wasmRest: KernelLists<AnyWasmKernel> = new Map([
  line(quantizedMatmul, quantizedMatmulWasm),
  line(dequantize, [dequantizeWasm]),
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
  line(scan, scanWasm),
  line(sort, sortWasm),
  line(topK, topKWasm),
  line(searchSorted, searchSortedWasm),
  line(binCount, binCountWasm),
  line(scatter, scatterWasm),
  line(takeAlong, takeAlongWasm),
  line(scatterAddAlong, scatterAddAlongWasm),
]);
