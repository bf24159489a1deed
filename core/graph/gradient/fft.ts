// The gradient of a Fourier transform. The transform is linear, and its adjoint turns the other way without the division.
import { constant, multiply } from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import { apply } from "../node.ts";

export const fftRule: GradientRule = (g, { attributes }) => {
  const inverse = attributes.inverse === true;
  const length = g.type.shape[g.type.shape.length - 2] ?? 1;
  return [multiply(apply("fft", [g], { inverse: !inverse }), constant(inverse ? 1 / length : length))];
};
