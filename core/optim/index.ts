// Optimizers as functions from state to state, over trees of parameters.
export { type AdamOptions, type AdamState, adamState, adamStep, adamWStep } from "./adam.ts";
export * from "./adaptive.ts";
export * from "./gradient.ts";
export * from "./gradient-descent.ts";
export { type LbfgsState, lbfgsIteration, type Objective, startLbfgs } from "./lbfgs.ts";
export * from "./lion.ts";
export * from "./loss-scale.ts";
export * from "./schedule.ts";
export type { WeightDecayOptions } from "./weight-decay.ts";
