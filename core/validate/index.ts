// Splits as hashed values; metrics have a door of their own, @millrace/core/metrics.
export type { Confusion, MetricOptions } from "./classification.ts";
export * from "./error.ts";
export type { ClassLabel, Labels } from "./label-codes.ts";
export { type HeldOutRows, heldOutRows, type TrainingRows, trainingRows } from "./partition.ts";
export { type RandomStream, randomStream, shuffle } from "./random-stream.ts";
export { canonicalJson, sha256 } from "./sha256.ts";
export {
  type HoldOut,
  holdOut,
  holdOutSplit,
  type NoHoldOut,
  noHoldOutSplit,
  type Split,
  type SplitSpecification,
  type TimeOrdered,
  timeOrdered,
  timeOrderedSplit,
} from "./split.ts";
