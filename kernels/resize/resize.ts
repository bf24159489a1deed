// Resizing images and its gradient: both are linear and each other's transpose.
import { op } from "../contract/op.ts";
import { byteSizeOf, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { type ResizeAttributes, type ResizeGradientAttributes, resizeGradientShape, resizeShape } from "./shape.ts";

export const f32 = (shape: readonly number[]): TensorType => ({ dtype: "f32", shape });

export const imageType = (gradient: TensorType | undefined, attributes: ResizeGradientAttributes): TensorType => {
  const { height, width } = resizeGradientShape(gradient, attributes);
  return f32([...(gradient?.shape.slice(0, 2) ?? []), height, width]);
};

export const outputType = (image: TensorType | undefined, attributes: ResizeAttributes): TensorType => {
  const { outHeight, outWidth } = resizeShape(image, attributes);
  return f32([...(image?.shape.slice(0, 2) ?? []), outHeight, outWidth]);
};

/**
 * f32 images [batch, channels, height, width] at another height and width. In "linear" mode a pixel that is infinite may make
 * NaN beside it.
 */
export const resize = op<ResizeAttributes>({
  name: "resize",
  inputs: ["image"],
  outputs: ([image], attributes) => [outputType(image, attributes)],
  work: ([image], attributes) => {
    const output = outputType(image, attributes);
    const flops = attributes.mode === "linear" ? 6 * sizeOf(output.shape) : 0;
    return { flops, bytes: byteSizeOf(output) + (image ? byteSizeOf(image) : 0) };
  },
});

/** The gradient of an image that had been resized: each pixel gets what it counted in. */
export const resizeGradient = op<ResizeGradientAttributes>({
  name: "resizeGradient",
  inputs: ["gradient"],
  outputs: ([gradient], attributes) => [imageType(gradient, attributes)],
  work: ([gradient], attributes) => {
    const output = imageType(gradient, attributes);
    const elements = sizeOf(gradient?.shape ?? []);
    return {
      flops: (attributes.mode === "linear" ? 8 : 1) * elements,
      bytes: byteSizeOf(output) + 4 * elements,
    };
  },
});
