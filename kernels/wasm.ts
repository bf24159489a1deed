// The WASM kernels by op, loaded with the WASM device only: here those of dense and recurrent nets and transformers. Views
// move nothing and element-wise ops are planned as maps, so they have none.
import type { AnyWasmKernel } from "./contract/kernel.ts";
import { type KernelLists, kernelTable, wasmLine as line } from "./contract/kernel-table.ts";
import { gatherWasm, scatterAddWasm } from "./gather/gather.launch.ts";
import { gather, oneHot, scatterAdd } from "./gather/index.ts";
import { oneHotWasm } from "./gather/one-hot.launch.ts";
import { map } from "./map/index.ts";
import { mapWasm } from "./map/map.emit.ts";
import { matmul } from "./matmul/index.ts";
import { matmulWasm } from "./matmul/matmul.launch.ts";
import { concatenate, pad, slice, transpose } from "./move/index.ts";
import { concatenateWasm, padWasm, sliceWasm, transposeWasm } from "./move/move.launch.ts";
import { normalise, normaliseGradient } from "./normalise/index.ts";
import { normaliseGradientWasm, normaliseWasm } from "./normalise/normalise.launch.ts";
import { random } from "./random/index.ts";
import { randomWasm } from "./random/random.launch.ts";
import { reduce } from "./reduce/index.ts";
import { reduceWasm } from "./reduce/reduce.launch.ts";
import { crossEntropyGradientWasm, crossEntropyWasm } from "./softmax/cross-entropy.launch.ts";
import { crossEntropy, crossEntropyGradient, softmax } from "./softmax/index.ts";
import { softmaxWasm } from "./softmax/softmax.launch.ts";

/** The kernels that come with the device. */
export const wasmAtHand: KernelLists<AnyWasmKernel> = new Map([
  line(map, [mapWasm]),
  line(matmul, matmulWasm),
  line(reduce, reduceWasm),
  line(softmax, softmaxWasm),
  line(crossEntropy, crossEntropyWasm),
  line(crossEntropyGradient, crossEntropyGradientWasm),
  line(normalise, normaliseWasm),
  line(normaliseGradient, normaliseGradientWasm),
  line(gather, gatherWasm),
  line(scatterAdd, scatterAddWasm),
  line(oneHot, oneHotWasm),
  line(random, randomWasm),
  line(transpose, transposeWasm),
  line(slice, sliceWasm),
  line(pad, padWasm),
  line(concatenate, concatenateWasm),
]);

/** All WASM kernels; the rest is loaded when a plan needs it. */
export const wasmKernels = kernelTable(
  wasmAtHand,
  async () => (await import("./wasm-rest.ts")).wasmRest,
  (op) => op.own?.wasm,
);
