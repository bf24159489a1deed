// WebGPU kernels that are loaded when a plan first names one of their ops: attention, normalisation,
// softmax and cross-entropy, random numbers on the device, and what moves elements.
import { attentionGradientWebGPU, attentionWebGPU } from "./attention/attention.wgsl.ts";
import { attention, attentionGradient } from "./attention/index.ts";
import type { AnyWebGPUKernel } from "./contract/kernel.ts";
import { type KernelLists, webgpuLine as line } from "./contract/kernel-table.ts";
import { concatenate, pad, slice, transpose } from "./move/index.ts";
import { concatenateWebGPU, padWebGPU, sliceWebGPU, transposeWebGPU } from "./move/move.wgsl.ts";
import { normalise, normaliseGradient } from "./normalise/index.ts";
import { normaliseGradientWebGPU, normaliseWebGPU } from "./normalise/normalise.wgsl.ts";
import { random } from "./random/index.ts";
import { randomWebGPU } from "./random/random.wgsl.ts";
import { crossEntropyGradientWebGPU, crossEntropyWebGPU } from "./softmax/cross-entropy.wgsl.ts";
import { crossEntropy, crossEntropyGradient, softmax } from "./softmax/index.ts";
import { softmaxWebGPU } from "./softmax/softmax.wgsl.ts";

export const webgpuLayer: KernelLists<AnyWebGPUKernel> = new Map([
  line(attention, attentionWebGPU),
  line(attentionGradient, attentionGradientWebGPU),
  line(normalise, normaliseWebGPU),
  line(normaliseGradient, normaliseGradientWebGPU),
  line(random, randomWebGPU),
  line(softmax, softmaxWebGPU),
  line(crossEntropy, crossEntropyWebGPU),
  line(crossEntropyGradient, crossEntropyGradientWebGPU),
  line(transpose, transposeWebGPU),
  line(slice, sliceWebGPU),
  line(pad, padWebGPU),
  line(concatenate, concatenateWebGPU),
]);
