// Gradients of normalise and of its gradient. With s the standardised row, r one over the deviation and h = g * scale, the
// gradient for x is r (h - mean h - s mean(h s)); mean h is 0 where the mean was not taken away.
import { add, constant, divide, mean, multiply, negate, subtract, sumTo } from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import { apply, type Value } from "../node.ts";

export const normaliseRule: GradientRule = (g, { inputs: [x, scale, shift], attributes }) => {
  if (!x) return [];
  return [
    apply("normaliseGradient", scale ? [x, g, scale] : [x, g], attributes),
    ...(scale ? [sumTo(multiply(g, apply("normalise", [x], attributes)), scale.type.shape)] : []),
    ...(shift ? [sumTo(g, shift.type.shape)] : []),
  ];
};

/**
 * The gradient is linear in h and its matrix is symmetric, so that upstream's own gradient is the same op. For x, with
 * p = mean(u s), q = mean(h s), a = mean(u h) - mean u mean h: -r^2 (s (a - 3 p q) + q (u - mean u) + p (h - mean h)).
 */
export const normaliseGradientRule: GradientRule = (u, { inputs: [x, g, scale], attributes }) => {
  if (!x || !g) return [];
  const { center, epsilon } = attributes;
  const last = [x.type.shape.length - 1];
  const average = (value: Value): Value => mean(value, last, true);
  const centred = (value: Value): Value => (center ? subtract(value, average(value)) : value);
  const through = apply("normaliseGradient", [x, u], attributes);
  const h = scale ? multiply(g, scale) : g;
  const s = apply("normalise", [x], attributes);
  const distance = centred(x);
  const variance = add(average(multiply(distance, distance)), constant(Number(epsilon)));
  const [uc, hc] = [centred(u), centred(h)];
  const [p, q] = [average(multiply(u, s)), average(multiply(h, s))];
  const along = subtract(average(multiply(uc, hc)), multiply(constant(3), multiply(p, q)));
  const sum = add(multiply(s, along), add(multiply(q, uc), multiply(p, hc)));
  return [
    divide(sum, negate(variance)),
    scale ? multiply(through, scale) : through,
    ...(scale ? [sumTo(multiply(through, g), scale.type.shape)] : []),
  ];
};
