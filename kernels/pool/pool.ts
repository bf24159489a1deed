// Pooling: the largest or the mean of each window, the place of the largest, and the gradient back to the image.
import { op } from "../contract/op.ts";
import { byteSizeOf, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import {
  type PoolAttributes,
  type PoolGradientAttributes,
  type PoolWindow,
  poolGradientOutput,
  poolOutput,
} from "./shape.ts";

export const taps = ({ size }: PoolWindow): number => (size[0] ?? 1) * (size[1] ?? 1);

/** Each window's largest element (a NaN wins) or mean: f32 [batch, channels, height, width] to [..., places, places]. */
export const pool = op<PoolAttributes>({
  name: "pool",
  inputs: ["image"],
  outputs: ([image], attributes) => [poolOutput("pool", image, attributes)],
  work: ([image], attributes) => {
    const output = poolOutput("pool", image, attributes);
    return {
      flops: sizeOf(output.shape) * taps(attributes),
      bytes: byteSizeOf(output) + (image ? byteSizeOf(image) : 0),
    };
  },
});

export const indicesType = (image: TensorType | undefined, attributes: PoolWindow): TensorType => ({
  dtype: "i32",
  shape: poolOutput("poolIndices", image, { ...attributes, function: "maximum", countPadding: false }).shape,
});

/** Where in the whole image, counted flat, each window's largest element lies: the first NaN, else the first of equals. */
export const poolIndices = op<PoolWindow>({
  name: "poolIndices",
  inputs: ["image"],
  outputs: ([image], attributes) => [indicesType(image, attributes)],
  work: ([image], attributes) => {
    const output = indicesType(image, attributes);
    return {
      flops: sizeOf(output.shape) * taps(attributes),
      bytes: byteSizeOf(output) + (image ? byteSizeOf(image) : 0),
    };
  },
});

/** The gradient of the image: to the largest element of each window (see poolIndices), or in equal parts to all of them. */
export const poolGradient = op<PoolGradientAttributes>({
  name: "poolGradient",
  inputs: ["gradient", "image?"],
  outputs: (inputs, attributes) => [poolGradientOutput(inputs, attributes)],
  work: (inputs, attributes) => {
    const output = poolGradientOutput(inputs, attributes);
    return {
      flops: sizeOf(inputs[0]?.shape ?? []) * taps(attributes),
      bytes: inputs.reduce((sum, input) => sum + byteSizeOf(input), byteSizeOf(output)),
    };
  },
});
