// Element-wise functions, alone and fused.
export * from "./broadcast.ts";
export { elementwiseOps, map } from "./map.ts";
export * from "./program.ts";
export * from "./scalar.ts";
