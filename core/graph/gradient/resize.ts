// Gradients of resizing: it is linear, and its transpose is an op of its own whose gradient is resizing again.
import type { Attributes } from "@millrace/kernels";
import type { GradientRule } from "../gradient-rules.ts";
import { apply } from "../node.ts";

const ruleOf = ({ mode, coordinates, rounding }: Attributes): Attributes => ({
  mode: mode ?? null,
  coordinates: coordinates ?? null,
  rounding: rounding ?? null,
});

export const resizeRule: GradientRule = (g, { inputs: [image], attributes }) =>
  image ? [apply("resizeGradient", [g], { ...ruleOf(attributes), inputSize: image.type.shape.slice(2) })] : [];

export const resizeGradientRule: GradientRule = (u, { inputs: [gradient], attributes }) =>
  gradient ? [apply("resize", [u], { ...ruleOf(attributes), size: gradient.type.shape.slice(2) })] : [];
