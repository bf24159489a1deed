// Convolution over images and its two gradients. The three are one trilinear form seen from three sides, so that each is a
// gradient of the others and any order of derivative stays within them.
import { op, type ReferenceTensor, type Work } from "../contract/op.ts";
import { byteSizeOf, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { activate } from "../matmul/activation.ts";
import { convolutionCases, inputGradientCases, weightGradientCases } from "./convolution.cases.ts";
import { convolutionWasm } from "./convolution.launch.ts";
import { sumProducts } from "./convolution.reference.ts";
import { convolutionWebGPU, inputGradientWebGPU, weightGradientWebGPU } from "./convolution.wgsl.ts";
import { inputGradientWasm, weightGradientWasm } from "./gradients.launch.ts";
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

/** As for a matrix product over `terms`: k roundings of 2^-24 of partial sums of about sqrt(k), 4.5 deviations out. */
const toleranceOf = (terms: number) => within(4e-6, 1.2e-7 * (20 + terms));

const f32 = (shape: readonly number[]): TensorType => ({ dtype: "f32", shape });
const typesOf = (inputs: readonly ReferenceTensor[]): TensorType[] => inputs.map((input) => input.type);

const forward = (inputs: readonly TensorType[], attributes: ConvolutionAttributes): ConvolutionShape =>
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
  tolerance: (inputs, attributes) => {
    const { channels, kernelHeight, kernelWidth } = forward(inputs, attributes);
    return toleranceOf(channels * kernelHeight * kernelWidth);
  },
  reference: (inputs, attributes) => {
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
  },
  kernels: [...convolutionWasm, ...convolutionWebGPU],
  cases: convolutionCases,
});

const imageType = ({ batch, groups, channels, height, width }: ConvolutionShape): TensorType =>
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
  tolerance: (inputs, attributes) => {
    const { outputs, kernelHeight, kernelWidth } = inputGradientShape(inputs, attributes);
    return toleranceOf(outputs * kernelHeight * kernelWidth);
  },
  reference: (inputs, attributes) => {
    const shape = inputGradientShape(typesOf(inputs), attributes);
    const type = imageType(shape);
    const [gradient, weights] = inputs;
    return [{ type, data: sumProducts(shape, sizeOf(type.shape), "pixel", gradient?.data ?? [], weights?.data ?? []) }];
  },
  kernels: [...inputGradientWasm, ...inputGradientWebGPU],
  cases: inputGradientCases,
});

const weightsType = ({ groups, outputs, channels, kernelHeight, kernelWidth }: ConvolutionShape): TensorType =>
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
  tolerance: (inputs, attributes) => {
    const { batch, outHeight, outWidth } = weightGradientShape(inputs, attributes);
    return toleranceOf(batch * outHeight * outWidth);
  },
  reference: (inputs, attributes) => {
    const shape = weightGradientShape(typesOf(inputs), attributes);
    const type = weightsType(shape);
    const [image, gradient] = inputs;
    return [{ type, data: sumProducts(shape, sizeOf(type.shape), "weight", image?.data ?? [], gradient?.data ?? []) }];
  },
  kernels: [...weightGradientWasm, ...weightGradientWebGPU],
  cases: weightGradientCases,
});
