// Gradients of pooling. Both kinds are linear in the gradient that comes in, so that their own gradient pools again: means of
// the windows, or the elements that had been the largest.
import type { Attributes } from "@millrace/kernels";
import { reshape } from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import { apply } from "../node.ts";

const windowOf = ({ size, strides, padding, dilations }: Attributes): Attributes => ({
  size: size ?? [],
  strides: strides ?? [],
  padding: padding ?? [],
  dilations: dilations ?? [],
});

export const poolRule: GradientRule = (g, { inputs: [image], attributes }) => {
  if (!image) return [];
  const inputs = attributes.function === "maximum" ? [g, image] : [g];
  return [apply("poolGradient", inputs, { ...attributes, inputSize: image.type.shape.slice(2) })];
};

export const poolGradientRule: GradientRule = (u, { inputs: [, image], attributes }) => {
  const window = windowOf(attributes);
  if (!image)
    return [apply("pool", [u], { ...window, function: "average", countPadding: attributes.countPadding === true })];
  const size = u.type.shape.reduce((product, axis) => product * axis, 1);
  return [apply("gather", [reshape(u, [size]), apply("poolIndices", [image], window)]), undefined];
};
