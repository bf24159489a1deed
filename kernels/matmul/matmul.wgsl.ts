import type { WebGPUKernel } from "../contract/kernel.ts";
import type { MatmulAttributes } from "./matmul.ts";
export const matmulWebGPU: WebGPUKernel<MatmulAttributes>[] = [];
