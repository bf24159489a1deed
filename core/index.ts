// @millrace/core: tensors, differentiation, preprocessing, training and inference on WebGPU and WebAssembly.
export {
  ArgumentError,
  type DType,
  DTypeError,
  MillraceError,
  type Shape,
  ShapeError,
  type TensorType,
  UnknownOpError,
} from "@millrace/kernels";

export * from "./bundle/index.ts";
export { defaultDevice, setDefaultDevice } from "./device/default-device.ts";
export type { Device, DeviceBuffer, DeviceKind, DeviceMemory, Executable, Fallback } from "./device/device.ts";
export { DeviceFaultError, DeviceLostError, OutOfMemoryError, UnsupportedError } from "./device/error.ts";
export { type OpenDeviceOptions, openDevice } from "./device/open-device.ts";
export { type TuneOptions, type TuneProgress, type Tuning, tuneDevice } from "./device/tune-device.ts";
export * from "./frame/index.ts";
export * from "./model/index.ts";
export * as nn from "./nn/index.ts";
export * from "./optim/index.ts";
export { describePlan } from "./plan/describe.ts";
export { drawPlan } from "./plan/draw.ts";
export type { Plan, PlanCost, Step } from "./plan/plan.ts";
export { type DeviceRoof, predictPlan } from "./plan/predict.ts";
export * from "./preprocess/index.ts";
export * from "./profile/index.ts";
export * from "./quantize/index.ts";
export * from "./sample/index.ts";
export * from "./tensor/activations.ts";
export * from "./tensor/arrange.ts";
export { type AttentionOptions, causalMask, dropout, scaledDotProductAttention } from "./tensor/attention.ts";
export * from "./tensor/convolution.ts";
export * from "./tensor/cumulative.ts";
export * from "./tensor/einsum.ts";
export * from "./tensor/elementary.ts";
export * from "./tensor/fourier.ts";
export * from "./tensor/histogram.ts";
export type { HostArray } from "./tensor/host-array.ts";
export * from "./tensor/indexing.ts";
export * from "./tensor/linear-algebra.ts";
export * from "./tensor/loss.ts";
export * from "./tensor/normalise.ts";
export * from "./tensor/pooling.ts";
export * from "./tensor/random.ts";
export * from "./tensor/resize.ts";
export * from "./tensor/sort.ts";
export * from "./tensor/statistics.ts";
export * from "./tensor/tensor.ts";
export { mapTrees } from "./tensor/tree.ts";
export * from "./tensor/unique.ts";
export type { Padding2d, Pair, Window1dOptions, Window2dOptions } from "./tensor/window.ts";
export {
  type BatchOptions,
  batch,
  type CompiledFunction,
  type CompileOptions,
  compile,
  customGradient,
  grad,
  jvp,
  recompute,
  stopGradient,
  valueAndGrad,
  valueAndGradWithAuxiliary,
  type WarmUpOptions,
} from "./transform/index.ts";
export * from "./validate/index.ts";
