// Batching of convolutions: where examples share the weights they are more images, else they are groups beside one another.

import type { BatchContext, BatchRule } from "../batch-rules.ts";
import { reshape, transpose } from "../build.ts";
import { apply, type Value } from "../node.ts";
import { behind } from "./pool.ts";
import { spread } from "./spread.ts";

/** [B, N, C, H, W] as [N, B * C, H, W]. */
const beside = (x: Value): Value => {
  const [count = 0, images = 0, channels = 0, ...rest] = x.type.shape;
  return reshape(transpose(x, [1, 0, 2, 3, 4]), [images, count * channels, ...rest]);
};

/** The opposite of `beside`. */
const apart = (x: Value, count: number): Value => {
  const [images = 0, channels = 0, ...rest] = x.type.shape;
  return transpose(reshape(x, [images, count, channels / count, ...rest]), [1, 0, 2, 3, 4]);
};

const grouped = ({ attributes, count }: BatchContext) => ({
  ...attributes,
  groups: Number(attributes.groups) * count,
});

/** Convolution and the gradient of its image: [image-like, weights, ...]. */
export const imagesRule =
  (name: string): BatchRule =>
  (context) => {
    const { inputs, batched, attributes, out, count } = context;
    const [image, ...rest] = inputs;
    if (image && batched.indexOf(true, 1) < 0)
      return reshape(apply(name, [behind(image), ...rest], attributes), [count, ...out.shape]);
    const [images, ...others] = inputs.map((input, i) => spread(input, batched[i], count));
    if (!images) throw new RangeError(`${name} takes at least two inputs`);
    return apart(apply(name, [beside(images), ...others.map(behind)], grouped(context)), count);
  };

/** The gradient of the weights of each example. */
export const convolutionWeightGradientRule: BatchRule = (context) => {
  const inputs = context.inputs.map((input, i) => beside(spread(input, context.batched[i], context.count)));
  const all = apply("convolutionWeightGradient", inputs, grouped(context));
  return reshape(all, [context.count, ...context.out.shape]);
};
