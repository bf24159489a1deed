// Learning rates as functions of the number of steps done, a tensor: the number lives in the training's state, so that
// one compiled step serves all steps and nothing of a schedule is baked into its plan.
import { ArgumentError } from "@millrace/kernels";
import { full, type Tensor } from "../tensor/tensor.ts";

/** From the number of steps done, f32 or i32 [], to a learning rate f32 []. */
export type Schedule = (step: Tensor) => Tensor;

const checkSteps = (name: string, steps: number): void => {
  if (!Number.isInteger(steps) || steps < 1)
    throw new ArgumentError(`${name}: the number of steps must be a whole number of at least 1, but is ${steps}`);
};

/** The same rate at every step. */
export const constantSchedule =
  (rate: number): Schedule =>
  () =>
    full([], rate);

/** The rate times `factor` after each `every` steps. @example stepSchedule(0.1, { every: 30, factor: 0.1 }) */
export const stepSchedule = (
  rate: number,
  { every, factor = 0.1 }: { readonly every: number; readonly factor?: number | undefined },
): Schedule => {
  checkSteps("stepSchedule", every);
  // Half a step is added so that a division that is rounded down cannot stay below a whole number.
  return (step) => full([], factor).power(step.to("f32").add(0.5).divide(every).floor()).multiply(rate);
};

/** The rate times `decay` after each step. @example exponentialSchedule(0.1, { decay: 0.99 }) */
export const exponentialSchedule =
  (rate: number, { decay }: { readonly decay: number }): Schedule =>
  (step) =>
    full([], decay).power(step.to("f32")).multiply(rate);

/**
 * Half a cosine from the rate to `minimum` over `steps`, and `minimum` from then on (Loshchilov and Hutter 2017).
 * @example cosineSchedule(3e-4, { steps: 10_000 })
 */
export const cosineSchedule = (
  rate: number,
  { steps, minimum = 0 }: { readonly steps: number; readonly minimum?: number | undefined },
): Schedule => {
  checkSteps("cosineSchedule", steps);
  return (step) => {
    const share = step.to("f32").divide(steps).minimum(1);
    return share
      .multiply(Math.PI)
      .cos()
      .add(1)
      .multiply((rate - minimum) / 2)
      .add(minimum);
  };
};

/**
 * A straight line from `from` (a share, default 0) of a schedule's first rate up to it over `steps`, then the schedule
 * from its beginning.
 * @example warmUpSchedule(cosineSchedule(3e-4, { steps: 9_900 }), { steps: 100 })
 */
export const warmUpSchedule = (
  then: Schedule,
  { steps, from = 0 }: { readonly steps: number; readonly from?: number | undefined },
): Schedule => {
  checkSteps("warmUpSchedule", steps);
  return (step) => {
    const done = step.to("f32");
    const share = done
      .divide(steps)
      .minimum(1)
      .multiply(1 - from)
      .add(from);
    return then(done.subtract(steps).maximum(0)).multiply(share);
  };
};
