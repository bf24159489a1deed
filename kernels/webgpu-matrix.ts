// WebGPU kernels that are loaded when a plan first names one of their ops: linear algebra and the Fourier transform.
import type { AnyWebGPUKernel } from "./contract/kernel.ts";
import { type KernelLists, webgpuLine as line } from "./contract/kernel-table.ts";
import { fftWebGPU } from "./fft/fft.wgsl.ts";
import { fft } from "./fft/index.ts";
import { choleskyWebGPU } from "./linear-algebra/cholesky.wgsl.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { qrWebGPU } from "./linear-algebra/qr.wgsl.ts";
import { svdWebGPU } from "./linear-algebra/svd.wgsl.ts";
import { symmetricEigenWebGPU } from "./linear-algebra/symmetric-eigen.wgsl.ts";
import { triangularSolveWebGPU } from "./linear-algebra/triangular-solve.wgsl.ts";

export const webgpuMatrix: KernelLists<AnyWebGPUKernel> = new Map([
  line(cholesky, choleskyWebGPU),
  line(triangularSolve, triangularSolveWebGPU),
  line(qr, qrWebGPU),
  line(symmetricEigen, symmetricEigenWebGPU),
  line(svd, svdWebGPU),
  line(fft, fftWebGPU),
]);
