// Reductions.
export { reduce } from "./reduce.ts";
export { type ReduceAttributes, type ReduceFunction, type ReduceShape, reduceIdentity, reduceShape } from "./shape.ts";
