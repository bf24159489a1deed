// The WebGPU kernels by op, loaded with the WebGPU device only: here those of dense and recurrent nets and transformers. Views
// move nothing and element-wise ops are planned as maps, so they have none.
import type { AnyWebGPUKernel } from "./contract/kernel.ts";
import { type KernelLists, kernelTable, webgpuLine as line } from "./contract/kernel-table.ts";
import { gatherWebGPU, scatterAddWebGPU } from "./gather/gather.wgsl.ts";
import { gather, oneHot, scatterAdd } from "./gather/index.ts";
import { oneHotWebGPU } from "./gather/one-hot.wgsl.ts";
import { map } from "./map/index.ts";
import { mapWebGPU } from "./map/map.wgsl.ts";
import { matmul } from "./matmul/index.ts";
import { matmulWebGPU } from "./matmul/matmul.wgsl.ts";
import { concatenate, pad, slice, transpose } from "./move/index.ts";
import { concatenateWebGPU, padWebGPU, sliceWebGPU, transposeWebGPU } from "./move/move.wgsl.ts";
import { normalise, normaliseGradient } from "./normalise/index.ts";
import { normaliseGradientWebGPU, normaliseWebGPU } from "./normalise/normalise.wgsl.ts";
import { random } from "./random/index.ts";
import { randomWebGPU } from "./random/random.wgsl.ts";
import { reduce } from "./reduce/index.ts";
import { reduceWebGPU } from "./reduce/reduce.wgsl.ts";
import { crossEntropyGradientWebGPU, crossEntropyWebGPU } from "./softmax/cross-entropy.wgsl.ts";
import { crossEntropy, crossEntropyGradient, softmax } from "./softmax/index.ts";
import { softmaxWebGPU } from "./softmax/softmax.wgsl.ts";

/** The kernels that come with the device. */
export const webgpuAtHand: KernelLists<AnyWebGPUKernel> = new Map([
  line(map, [mapWebGPU]),
  line(matmul, matmulWebGPU),
  line(reduce, reduceWebGPU),
  line(softmax, softmaxWebGPU),
  line(crossEntropy, crossEntropyWebGPU),
  line(crossEntropyGradient, crossEntropyGradientWebGPU),
  line(normalise, normaliseWebGPU),
  line(normaliseGradient, normaliseGradientWebGPU),
  line(gather, gatherWebGPU),
  line(scatterAdd, scatterAddWebGPU),
  line(oneHot, oneHotWebGPU),
  line(random, randomWebGPU),
  line(transpose, transposeWebGPU),
  line(slice, sliceWebGPU),
  line(pad, padWebGPU),
  line(concatenate, concatenateWebGPU),
]);

/** All WebGPU kernels; the rest is loaded when a plan needs it. */
export const webgpuKernels = kernelTable(
  webgpuAtHand,
  async () => (await import("./webgpu-rest.ts")).webgpuRest,
  (op) => op.own?.webgpu,
);
