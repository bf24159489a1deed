// @millrace/core/predict: what a page needs that only predicts with bundles. The same modules as @millrace/core, fewer of
// them; both may be imported in one page.
export { ArgumentError, MillraceError } from "@millrace/kernels";
export { type Bundle, loadBundle } from "./bundle/bundle.ts";
export type { BundleContent, CostRecord, Signature, SignatureInput, SplitRecord } from "./bundle/content.ts";
export { BundleError } from "./bundle/error.ts";
export type { PlanRuns, Prediction, PredictOptions, PredictRow } from "./bundle/predict.ts";
export { defaultDevice, setDefaultDevice } from "./device/default-device.ts";
export type { Device, DeviceBuffer, DeviceKind, DeviceMemory, Executable, Fallback } from "./device/device.ts";
export { DeviceFaultError, DeviceLostError, OutOfMemoryError, UnsupportedError } from "./device/error.ts";
export { type OpenDeviceOptions, openDevice } from "./device/open-device.ts";
export { ColumnKindError, UnknownColumnError } from "./frame/error.ts";
export { type Frame, frame } from "./frame/frame.ts";
export { frameFromRows } from "./frame/rows.ts";
export { InvalidValueError, MissingFieldError, MissingValueError, UnknownCategoryError } from "./preprocess/error.ts";
