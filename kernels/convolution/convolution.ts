// Convolution over images and its two gradients. The three are one trilinear form seen from three sides, so that each is a
// gradient of the others and any order of derivative stays within them.
import { op, type Work } from "../contract/op.ts";
import { byteSizeOf, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import {
  type ConvolutionAttributes,
  type ConvolutionInputGradientAttributes,
  type ConvolutionShape,
  type ConvolutionWeightGradientAttributes,
  convolutionShape,
  inputGradientShape,
  multiplyAdds,
  outputShape,
  weightGradientShape,
} from "./shape.ts";

const workOf = (shape: ConvolutionShape, inputs: readonly TensorType[], output: TensorType): Work => ({
  flops: 2 * multiplyAdds(shape) + (inputs.length > 2 ? sizeOf(output.shape) : 0),
  bytes: inputs.reduce((sum, type) => sum + byteSizeOf(type), 0) + byteSizeOf(output),
});

export const f32 = (shape: readonly number[]): TensorType => ({ dtype: "f32", shape });

export const forward = (inputs: readonly TensorType[], attributes: ConvolutionAttributes): ConvolutionShape =>
  convolutionShape("convolution", inputs, attributes);

/**
 * Windows of f32 images [batch, channels, height, width] against weights [outputs, channels / groups, height, width], plus
 * bias [outputs], then the activation. What a weight that is not finite gives in the padding is left open.
 */
export const convolution = op<ConvolutionAttributes>({
  name: "convolution",
  inputs: ["image", "weights", "bias?"],
  outputs: (inputs, attributes) => [f32(outputShape(forward(inputs, attributes)))],
  work: (inputs, attributes) => {
    const shape = forward(inputs, attributes);
    return workOf(shape, inputs, f32(outputShape(shape)));
  },
});

export const imageType = ({ batch, groups, channels, height, width }: ConvolutionShape): TensorType =>
  f32([batch, groups * channels, height, width]);

/** The gradient of the image from the gradient of the result and the weights: the transposed convolution. */
export const convolutionInputGradient = op<ConvolutionInputGradientAttributes>({
  name: "convolutionInputGradient",
  inputs: ["gradient", "weights"],
  outputs: (inputs, attributes) => [imageType(inputGradientShape(inputs, attributes))],
  work: (inputs, attributes) => {
    const shape = inputGradientShape(inputs, attributes);
    return workOf(shape, inputs, imageType(shape));
  },
});

export const weightsType = ({ groups, outputs, channels, kernelHeight, kernelWidth }: ConvolutionShape): TensorType =>
  f32([groups * outputs, channels, kernelHeight, kernelWidth]);

/** The gradient of the weights from the image and the gradient of the result. */
export const convolutionWeightGradient = op<ConvolutionWeightGradientAttributes>({
  name: "convolutionWeightGradient",
  inputs: ["image", "gradient"],
  outputs: (inputs, attributes) => [weightsType(weightGradientShape(inputs, attributes))],
  work: (inputs, attributes) => {
    const shape = weightGradientShape(inputs, attributes);
    return workOf(shape, inputs, weightsType(shape));
  },
});
