// WASM kernels that are loaded when a plan first names one of their ops: attention, normalisation, and random numbers on the device.
import { attentionGradientWasm, attentionWasm } from "./attention/attention.launch.ts";
import { attention, attentionGradient } from "./attention/index.ts";
import type { AnyWasmKernel } from "./contract/kernel.ts";
import { type KernelLists, wasmLine as line } from "./contract/kernel-table.ts";
import { normalise, normaliseGradient } from "./normalise/index.ts";
import { normaliseGradientWasm, normaliseWasm } from "./normalise/normalise.launch.ts";
import { random } from "./random/index.ts";
import { randomWasm } from "./random/random.launch.ts";

export const wasmLayer: KernelLists<AnyWasmKernel> = new Map([
  line(attention, attentionWasm),
  line(attentionGradient, attentionGradientWasm),
  line(normalise, normaliseWasm),
  line(normaliseGradient, normaliseGradientWasm),
  line(random, randomWasm),
]);
