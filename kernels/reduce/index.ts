// Reductions.
export {
  type ReduceAttributes,
  type ReduceFunction,
  type ReduceShape,
  reduce,
  reduceIdentity,
  reduceShape,
} from "./reduce.ts";
