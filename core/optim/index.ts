// Optimizers as functions from state to state.
export { type AdamOptions, type AdamState, adamState, adamStep } from "./adam.ts";
export { type LbfgsState, lbfgsIteration, type Objective, startLbfgs } from "./lbfgs.ts";
