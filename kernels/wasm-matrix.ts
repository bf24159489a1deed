// WASM kernels that are loaded when a plan first names one of their ops: linear algebra and the Fourier transform.
import type { AnyWasmKernel } from "./contract/kernel.ts";
import { type KernelLists, wasmLine as line } from "./contract/kernel-table.ts";
import { fftWasm } from "./fft/fft.launch.ts";
import { fft } from "./fft/index.ts";
import { choleskyWasm } from "./linear-algebra/cholesky.launch.ts";
import { cholesky, qr, svd, symmetricEigen, triangularSolve } from "./linear-algebra/index.ts";
import { qrWasm } from "./linear-algebra/qr.launch.ts";
import { svdWasm } from "./linear-algebra/svd.launch.ts";
import { symmetricEigenWasm } from "./linear-algebra/symmetric-eigen.launch.ts";
import { triangularSolveWasm } from "./linear-algebra/triangular-solve.launch.ts";

export const wasmMatrix: KernelLists<AnyWasmKernel> = new Map([
  line(cholesky, choleskyWasm),
  line(triangularSolve, triangularSolveWasm),
  line(qr, qrWasm),
  line(symmetricEigen, symmetricEigenWasm),
  line(svd, svdWasm),
  line(fft, fftWasm),
]);
