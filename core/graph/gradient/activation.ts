// The gradient through an activation that an op applied before it wrote its result, from that result.
import { constant, greater, multiply, select, subtract } from "../build.ts";
import type { Value } from "../node.ts";

const one = constant(1);
const zero = constant(0);

export const activationGradient = (g: Value, out: Value, activation: unknown): Value => {
  if (activation === "relu") return select(greater(out, zero), g, zero);
  if (activation === "tanh") return multiply(g, subtract(one, multiply(out, out)));
  return activation === "sigmoid" ? multiply(g, multiply(out, subtract(one, out))) : g;
};
