// The artefact of training, saved, loaded and predicting.
export { type Bundle, loadBundle, saveBundle } from "./bundle.ts";
export type { BundleContent, CostRecord, Signature, SignatureInput, SplitRecord } from "./content.ts";
export { BundleError } from "./error.ts";
export type { PlanRuns, Prediction, PredictOptions, PredictRow } from "./predict.ts";
export {
  readSafetensors,
  type StoredArray,
  type StoredTensor,
  type StoredTensors,
  writeSafetensors,
} from "./safetensors.ts";
