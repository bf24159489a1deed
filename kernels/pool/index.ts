// Pooling over images.
export { pool, poolGradient, poolIndices } from "./pool.ts";
export type { PoolAttributes, PoolFunction, PoolGradientAttributes, PoolWindow } from "./shape.ts";
