// The plain meaning of convolution and of its two gradients: one walk over every (pixel, weight, result) that meet.
// Places of the padding are left out of the walk, which is the same as zeros but for weights that are not finite.
import type { Reference, ReferenceTensor } from "../contract/reference.ts";
import { sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { activate } from "../matmul/activation.ts";
import { f32, forward, imageType, weightsType } from "./convolution.ts";
import {
  type ConvolutionAttributes,
  type ConvolutionInputGradientAttributes,
  type ConvolutionShape,
  type ConvolutionWeightGradientAttributes,
  inputGradientShape,
  outputShape,
  weightGradientShape,
} from "./shape.ts";

/** Calls `visit` with the flat indices of each image pixel, weight and result that are multiplied together. */
export const walkConvolution = (
  shape: ConvolutionShape,
  visit: (pixel: number, weight: number, result: number) => void,
): void => {
  const { batch, groups, channels, outputs, height, width, kernelHeight, kernelWidth, outHeight, outWidth } = shape;
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < groups * outputs; o++)
      for (let oy = 0; oy < outHeight; oy++)
        for (let ox = 0; ox < outWidth; ox++)
          for (let c = 0; c < channels; c++)
            for (let ky = 0; ky < kernelHeight; ky++)
              for (let kx = 0; kx < kernelWidth; kx++) {
                const y = oy * shape.strideDown - shape.top + ky * shape.dilationDown;
                const x = ox * shape.strideAcross - shape.left + kx * shape.dilationAcross;
                if (y < 0 || y >= height || x < 0 || x >= width) continue;
                const channel = Math.floor(o / outputs) * channels + c;
                visit(
                  ((n * groups * channels + channel) * height + y) * width + x,
                  ((o * channels + c) * kernelHeight + ky) * kernelWidth + kx,
                  ((n * groups * outputs + o) * outHeight + oy) * outWidth + ox,
                );
              }
};

/** Sum over all that meet of the product of two arrays' elements, into a third. */
export const sumProducts = (
  shape: ConvolutionShape,
  size: number,
  target: "pixel" | "weight" | "result",
  left: ArrayLike<number>,
  right: ArrayLike<number>,
): Float64Array => {
  const sums = new Float64Array(size);
  walkConvolution(shape, (pixel, weight, result) => {
    const [to, a, b] =
      target === "result"
        ? [result, pixel, weight]
        : target === "pixel"
          ? [pixel, result, weight]
          : [weight, pixel, result];
    sums[to] = (sums[to] ?? 0) + (left[a] ?? Number.NaN) * (right[b] ?? Number.NaN);
  });
  return sums;
};

const typesOf = (inputs: readonly ReferenceTensor[]): TensorType[] => inputs.map((input) => input.type);

export const convolutionReference: Reference<ConvolutionAttributes> = (inputs, attributes) => {
  const shape = forward(typesOf(inputs), attributes);
  const type = f32(outputShape(shape));
  const [image, weights, bias] = inputs;
  const sums = sumProducts(shape, sizeOf(type.shape), "result", image?.data ?? [], weights?.data ?? []);
  const places = shape.outHeight * shape.outWidth;
  const outputs = shape.groups * shape.outputs;
  const data = sums.map((sum, i) =>
    activate(attributes.activation, sum + (bias?.data[Math.floor(i / places) % outputs] ?? 0)),
  );
  return [{ type, data }];
};

export const convolutionInputGradientReference: Reference<ConvolutionInputGradientAttributes> = (
  inputs,
  attributes,
) => {
  const shape = inputGradientShape(typesOf(inputs), attributes);
  const type = imageType(shape);
  const [gradient, weights] = inputs;
  return [{ type, data: sumProducts(shape, sizeOf(type.shape), "pixel", gradient?.data ?? [], weights?.data ?? []) }];
};

export const convolutionWeightGradientReference: Reference<ConvolutionWeightGradientAttributes> = (
  inputs,
  attributes,
) => {
  const shape = weightGradientShape(typesOf(inputs), attributes);
  const type = weightsType(shape);
  const [image, gradient] = inputs;
  return [{ type, data: sumProducts(shape, sizeOf(type.shape), "weight", image?.data ?? [], gradient?.data ?? []) }];
};
