// Gradients of ops that move elements along the last axis: each goes back to where it came from.
import { constant, scatterAddAlong, select, takeAlong } from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import { apply, type Value } from "../node.ts";

const lengthOf = (x: Value): number => x.type.shape[x.type.shape.length - 1] ?? 0;

export const takeAlongRule: GradientRule = (g, { inputs: [x, indices] }) =>
  x && indices ? [scatterAddAlong(indices, g, lengthOf(x)), undefined] : [];

/** Updates at indices out of range had been left out, so their gradient is zero. */
export const scatterAddAlongRule: GradientRule = (g, { inputs: [indices], attributes }) => {
  if (!indices) return [];
  const inside = apply("and", [
    apply("greaterEqual", [indices, constant(0, "i32")]),
    apply("less", [indices, constant(Number(attributes.size), "i32")]),
  ]);
  return [undefined, select(inside, takeAlong(g, indices), constant(0))];
};

/** The second output holds the place that each element came from. */
export const sortRule: GradientRule = (g, { inputs: [x], out }) => {
  const type = out.node.types[1];
  return x && type ? [scatterAddAlong({ node: out.node, index: 1, type }, g, lengthOf(x))] : [];
};
