// Activations that a matrix product can apply before it writes its result.

/** "none" leaves the sum as it is. */
export type Activation = "none" | "relu" | "tanh" | "sigmoid";

export const activations: readonly Activation[] = ["none", "relu", "tanh", "sigmoid"];

/** The plain meaning of an activation. */
export const activate = (activation: Activation, x: number): number => {
  if (activation === "relu") return Math.max(x, 0);
  if (activation === "tanh") return Math.tanh(x);
  return activation === "sigmoid" ? 1 / (1 + Math.exp(-x)) : x;
};
