// Gradients of convolutions. Result, image gradient and weight gradient are one form that is linear in each of its three
// sides, so that every rule is one of the other two ops and any order of derivative stays within them.
import type { Attributes } from "@millrace/kernels";
import { reduce } from "../build.ts";
import type { GradientRule } from "../gradient-rules.ts";
import { apply, type Value } from "../node.ts";
import { activationGradient } from "./activation.ts";

const geometry = ({ strides, padding, dilations, groups }: Attributes): Attributes => ({
  strides: strides ?? [],
  padding: padding ?? [],
  dilations: dilations ?? [],
  groups: groups ?? 1,
});

const sizeOfPlane = (x: Value): readonly number[] => x.type.shape.slice(2);

const result = (image: Value, weights: Value, attributes: Attributes): Value =>
  apply("convolution", [image, weights], { ...geometry(attributes), activation: "none" });
const imageGradient = (g: Value, weights: Value, attributes: Attributes, image: Value): Value =>
  apply("convolutionInputGradient", [g, weights], { ...geometry(attributes), inputSize: sizeOfPlane(image) });
const weightGradient = (image: Value, g: Value, attributes: Attributes, weights: Value): Value =>
  apply("convolutionWeightGradient", [image, g], { ...geometry(attributes), kernelSize: sizeOfPlane(weights) });

export const convolutionRule: GradientRule = (upstream, { inputs: [image, weights, bias], out, attributes }) => {
  if (!image || !weights) return [];
  const g = activationGradient(upstream, out, attributes.activation);
  return [
    imageGradient(g, weights, attributes, image),
    weightGradient(image, g, attributes, weights),
    ...(bias ? [reduce("sum", g, [0, 2, 3])] : []),
  ];
};

export const convolutionInputGradientRule: GradientRule = (u, { inputs: [g, weights], attributes }) =>
  g && weights ? [result(u, weights, attributes), weightGradient(u, g, attributes, weights)] : [];

export const convolutionWeightGradientRule: GradientRule = (u, { inputs: [image, g], attributes }) =>
  image && g ? [imageGradient(g, u, attributes, image), result(image, u, attributes)] : [];
