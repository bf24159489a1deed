import type { WasmKernel } from "../contract/kernel.ts";
import type { MatmulAttributes } from "./matmul.ts";
export const matmulWasm: WasmKernel<MatmulAttributes>[] = [];
