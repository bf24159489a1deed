// Convolutions over sequences and images. Layouts are PyTorch's and ONNX's: images [batch, channels, height, width],
// weights [outputs, channels / groups, height, width].
import { ArgumentError, ShapeError } from "@millrace/kernels";
import { apply } from "../graph/node.ts";
import { Tensor } from "./tensor.ts";
import {
  asImage,
  asSequence,
  type Padding2d,
  type Pair,
  pair,
  type Window1dOptions,
  type Window2dOptions,
  windowAttributes,
  windowOfSequence,
} from "./window.ts";

/** Options of conv2d. */
export interface Conv2dOptions extends Window2dOptions {
  /** Channels and outputs are cut into so many groups; as many as channels is depthwise. Default 1. */
  readonly groups?: number;
  /** f32 [outputs], added to each output. */
  readonly bias?: Tensor;
}

/** Options of conv1d. */
export interface Conv1dOptions extends Window1dOptions {
  /** See Conv2dOptions. Default 1. */
  readonly groups?: number;
  /** f32 [outputs], added to each output. */
  readonly bias?: Tensor;
}

/** Options of convTranspose2d. */
export interface ConvTranspose2dOptions {
  /** Distance between the windows that are added up. Default 1. */
  readonly stride?: Pair;
  /** Places cut from the sides of the result. Default 0. */
  readonly padding?: Exclude<Padding2d, "same">;
  /** Places added to the result's bottom and right, less than the stride. Default 0. */
  readonly outputPadding?: Pair;
  /** Default 1. */
  readonly dilation?: Pair;
  /** Default 1. */
  readonly groups?: number;
  /** f32 [outputs], added to each output. */
  readonly bias?: Tensor;
}

/** Options of convTranspose1d. */
export interface ConvTranspose1dOptions {
  /** Distance between the windows that are added up. Default 1. */
  readonly stride?: number;
  /** Places cut from both ends of the result, or [before, after]. Default 0. */
  readonly padding?: number | readonly [number, number];
  /** Places added to the result's end, less than the stride. Default 0. */
  readonly outputPadding?: number;
  /** Default 1. */
  readonly dilation?: number;
  /** Default 1. */
  readonly groups?: number;
  /** f32 [outputs], added to each output. */
  readonly bias?: Tensor;
}

/**
 * Correlates f32 images [batch, channels, height, width] with weights [outputs, channels / groups, height, width] (no
 * flip, as in every deep-learning library).
 * @throws ShapeError when channels, groups or window do not fit; ArgumentError for a stride, padding or dilation that is none
 * @example conv2d(ones([1, 3, 32, 32]), ones([16, 3, 3, 3]), { padding: 1, stride: 2 }).shape // [1, 16, 16, 16]
 */
export const conv2d = (x: Tensor, weights: Tensor, options: Conv2dOptions = {}): Tensor =>
  new Tensor(
    apply("convolution", [x.value, weights.value, ...(options.bias ? [options.bias.value] : [])], {
      ...windowAttributes(options, x.shape.slice(2), weights.shape.slice(2)),
      groups: options.groups ?? 1,
      activation: "none",
    }),
  );

/**
 * As conv2d for f32 sequences [batch, channels, length] and weights [outputs, channels / groups, length].
 * @throws ShapeError, ArgumentError as conv2d
 * @example conv1d(ones([1, 2, 10]), ones([4, 2, 3]), { padding: "same" }).shape // [1, 4, 10]
 */
export const conv1d = (x: Tensor, weights: Tensor, options: Conv1dOptions = {}): Tensor =>
  asSequence(
    conv2d(
      asImage("conv1d", "the sequence [batch, channels, length]", x),
      asImage("conv1d", "the weights [outputs, channels / groups, length]", weights),
      { ...options, ...windowOfSequence(options) },
    ),
  );

/**
 * The transposed convolution: what carries a gradient back through conv2d, used forwards to enlarge. Images are f32
 * [batch, channels, height, width], weights [channels, outputs / groups, height, width], as in PyTorch; the height is
 * (height - 1) * stride - padding + dilation * (kernel - 1) + outputPadding + 1, and so the width.
 * @throws ShapeError, ArgumentError as conv2d, and when outputPadding is not below the stride
 * @example convTranspose2d(ones([1, 8, 7, 7]), ones([8, 4, 2, 2]), { stride: 2 }).shape // [1, 4, 14, 14]
 */
export const convTranspose2d = (x: Tensor, weights: Tensor, options: ConvTranspose2dOptions = {}): Tensor => {
  const { strides, padding, dilations } = windowAttributes(options, [], []);
  const added = pair(options.outputPadding ?? 0);
  const inputSize = strides.map((stride, axis) => {
    const more = added[axis] ?? 0;
    if (!Number.isInteger(more) || more < 0 || more >= stride)
      throw new ArgumentError(
        `convTranspose2d: outputPadding must be a whole number from 0 to stride - 1 = ${stride - 1}, but is ${more}`,
      );
    const cut = (padding[2 * axis] ?? 0) + (padding[2 * axis + 1] ?? 0);
    const extent = (dilations[axis] ?? 1) * ((weights.shape[axis + 2] ?? 1) - 1) + 1;
    const size = ((x.shape[axis + 2] ?? 0) - 1) * stride - cut + extent + more;
    if (size < 0)
      throw new ShapeError(
        `convTranspose2d of [${x.shape.join(", ")}] and weights [${weights.shape.join(", ")}]: padding cuts ${-size} more places than there are; take less padding`,
      );
    return size;
  });
  const { groups = 1, bias } = options;
  const attributes = { strides, padding, dilations, groups, inputSize };
  const result = new Tensor(apply("convolutionInputGradient", [x.value, weights.value], attributes));
  const outputs = result.shape[1] ?? 0;
  if (bias && (bias.rank !== 1 || bias.shape[0] !== outputs))
    throw new ShapeError(`convTranspose2d: the bias must be f32[${outputs}], but is [${bias.shape.join(", ")}]`);
  return bias ? result.add(bias.reshape([outputs, 1, 1])) : result;
};

/**
 * As convTranspose2d for sequences [batch, channels, length] and weights [channels, outputs / groups, length].
 * @throws ShapeError, ArgumentError as convTranspose2d
 * @example convTranspose1d(ones([1, 8, 7]), ones([8, 4, 2]), { stride: 2 }).shape // [1, 4, 14]
 */
export const convTranspose1d = (x: Tensor, weights: Tensor, options: ConvTranspose1dOptions = {}): Tensor => {
  const { padding = 0, stride, dilation, outputPadding = 0, ...rest } = options;
  const [left, right] = typeof padding === "number" ? [padding, padding] : padding;
  return asSequence(
    convTranspose2d(
      asImage("convTranspose1d", "the sequence [batch, channels, length]", x),
      asImage("convTranspose1d", "the weights [channels, outputs / groups, length]", weights),
      {
        ...rest,
        ...windowOfSequence({ ...(stride && { stride }), ...(dilation && { dilation }) }),
        padding: { left, right },
        outputPadding: [0, outputPadding],
      },
    ),
  );
};
