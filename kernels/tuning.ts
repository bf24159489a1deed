// @millrace/kernels/tuning: what a tuner of products tries on a GPU, loaded by those that tune.

export { fastestTrial, type TrialTiming } from "./matmul/fastest-trial.ts";
export { type ProductSize, shapeClasses, type TileTrial } from "./matmul/tile-trials.ts";
export { defaultTiles } from "./matmul/tiles.ts";
export { productTolerance } from "./matmul/tolerance.ts";
