// What leaves and splits are worth: the second-order objective of boosting (Chen and Guestrin 2016, equations 5 to 7).

/** Sums of a node's rows. */
export interface NodeSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly rows: number;
}

/** Values that a leaf may have, where constraints bound it. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

export interface Penalties {
  readonly l1: number;
  readonly l2: number;
}

const shrunk = (gradient: number, l1: number): number => Math.sign(gradient) * Math.max(0, Math.abs(gradient) - l1);

/** The best value of a leaf within its bounds. */
export const leafValue = (gradient: number, hessian: number, { l1, l2 }: Penalties, { lower, upper }: Bounds): number =>
  Math.min(upper, Math.max(lower, -shrunk(gradient, l1) / (hessian + l2 || 1)));

/** Twice what the objective falls by in a leaf of a value. */
export const leafGain = (gradient: number, hessian: number, { l1, l2 }: Penalties, value: number): number =>
  -(2 * shrunk(gradient, l1) * value + (hessian + l2) * value * value);
