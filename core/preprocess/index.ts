// Preprocessing: steps and column pipelines as values, fitted in one mergeable pass, applied as graph.
export type * from "./decomposition-specification.ts";
export type * from "./encoding-specification.ts";
export * from "./error.ts";
export {
  type FitProgressOptions,
  finishFit,
  fitColumnPipeline,
  mergeFits,
  nextPass,
  type PipelineFit,
  partialFit,
  startFit,
} from "./fit.ts";
export { type FittedPipeline, inputColumns } from "./fitted.ts";
export type * from "./imputation-specification.ts";
export type * from "./numeric-specification.ts";
export type * from "./selection-specification.ts";
export type { Category } from "./statistics.ts";
export * from "./steps.ts";
