// Element-wise functions, alone and fused.
export * from "./broadcast.ts";
export { referenceArray } from "./map.reference.ts";
export { elementwiseOps, map } from "./map.ts";
export * from "./program.ts";
export * from "./scalar.ts";
