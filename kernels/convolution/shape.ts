// Attributes of convolutions and the sizes of one call. Images are [batch, channels, height, width], weights
// [outputs, channels / groups, height, width], as in PyTorch and ONNX.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { describeType, sameShape, type TensorType } from "../contract/tensor-type.ts";
import type { Activation } from "../matmul/activation.ts";
import { imageSizes, type WindowAttributes, type WindowShape, windowShape } from "./window.ts";

export type ConvolutionGeometry = WindowAttributes & {
  /** Channels and outputs are cut into so many groups that do not see each other. */
  readonly groups: number;
};

export type ConvolutionAttributes = ConvolutionGeometry & { readonly activation: Activation };

export type ConvolutionInputGradientAttributes = ConvolutionGeometry & {
  /** Height and width of the image whose gradient is wanted: strides leave them open. */
  readonly inputSize: readonly number[];
};

export type ConvolutionWeightGradientAttributes = ConvolutionGeometry & {
  /** Height and width of the weights. */
  readonly kernelSize: readonly number[];
};

/** The sizes of one call; channels and outputs are those of one group. */
export interface ConvolutionShape extends WindowShape {
  readonly batch: number;
  readonly groups: number;
  readonly channels: number;
  readonly outputs: number;
}

/** Sizes from image and weights. @throws ShapeError, DTypeError, ArgumentError with the shapes in the message */
export const convolutionShape = (
  name: string,
  [image, weights, bias]: readonly (TensorType | undefined)[],
  attributes: ConvolutionGeometry,
): ConvolutionShape => {
  const [batch, channels, height, width] = imageSizes(name, "the image [batch, channels, height, width]", image);
  const [outputs, own, kernelHeight, kernelWidth] = imageSizes(
    name,
    "the weights [outputs, channels / groups, height, width]",
    weights,
  );
  const { groups } = attributes;
  if (!Number.isInteger(groups) || groups < 1)
    throw new ArgumentError(`${name}: groups must be a whole number of at least 1, but is ${groups}`);
  if (channels % groups !== 0 || outputs % groups !== 0)
    throw new ShapeError(`${name}: ${channels} channels and ${outputs} outputs do not divide into ${groups} groups`);
  if (own !== channels / groups)
    throw new ShapeError(
      `${name}: an image of ${channels} channels in ${groups} ${groups === 1 ? "group" : "groups"} needs weights [outputs, ${channels / groups}, height, width], but they are [${weights?.shape.join(", ")}]`,
    );
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs))
    throw new ShapeError(`${name}: the bias must be f32[${outputs}], but is ${describeType(bias)}`);
  if (bias && bias.dtype !== "f32")
    throw new DTypeError(`${name} takes f32, but the bias is ${describeType(bias)}; convert with to("f32")`);
  const window = windowShape(name, [height, width], [kernelHeight, kernelWidth], attributes);
  return { ...window, batch, groups, channels: channels / groups, outputs: outputs / groups };
};

/** Shape of what the convolution gives. */
export const outputShape = ({ batch, groups, outputs, outHeight, outWidth }: ConvolutionShape): number[] => [
  batch,
  groups * outputs,
  outHeight,
  outWidth,
];

const checkGradient = (name: string, shape: ConvolutionShape, gradient: TensorType | undefined): ConvolutionShape => {
  const wanted = outputShape(shape);
  if (!sameShape(wanted, gradient?.shape ?? []))
    throw new ShapeError(
      `${name}: the convolution of these sizes gives f32[${wanted.join(", ")}], but its gradient is ${gradient ? describeType(gradient) : "missing"}`,
    );
  return shape;
};

/** Sizes from the gradient of the result and the weights. */
export const inputGradientShape = (
  [gradient, weights]: readonly TensorType[],
  attributes: ConvolutionInputGradientAttributes,
): ConvolutionShape => {
  const name = "convolutionInputGradient";
  const [batch] = imageSizes(name, "the gradient [batch, outputs, height, width]", gradient);
  const [, own] = imageSizes(name, "the weights [outputs, channels / groups, height, width]", weights);
  const image: TensorType = { dtype: "f32", shape: [batch, own * attributes.groups, ...attributes.inputSize] };
  return checkGradient(name, convolutionShape(name, [image, weights], attributes), gradient);
};

/** Sizes from the image and the gradient of the result. */
export const weightGradientShape = (
  [image, gradient]: readonly TensorType[],
  attributes: ConvolutionWeightGradientAttributes,
): ConvolutionShape => {
  const name = "convolutionWeightGradient";
  const [, channels] = imageSizes(name, "the image [batch, channels, height, width]", image);
  const [, outputs] = imageSizes(name, "the gradient [batch, outputs, height, width]", gradient);
  const weights: TensorType = {
    dtype: "f32",
    shape: [outputs, channels / attributes.groups, ...attributes.kernelSize],
  };
  return checkGradient(name, convolutionShape(name, [image, weights], attributes), gradient);
};

/** Multiply-adds of one call, padding counted as pixels. */
export const multiplyAdds = (shape: ConvolutionShape): number => {
  const { batch, groups, channels, outputs, kernelHeight, kernelWidth, outHeight, outWidth } = shape;
  return batch * groups * outputs * channels * kernelHeight * kernelWidth * outHeight * outWidth;
};
