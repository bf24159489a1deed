// Ops that move elements.
export {
  type ConcatenateAttributes,
  concatenate,
  identity,
  type PadAttributes,
  pad,
  type ReshapeAttributes,
  reshape,
  type SliceAttributes,
  slice,
  type TransposeAttributes,
  transpose,
} from "./move.ts";
