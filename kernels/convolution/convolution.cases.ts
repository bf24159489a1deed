// Calls of the convolutions for the shared suite: strides, padding, dilation, groups, depthwise, odd and empty sizes, and
// both sides of the depth (512), tile (96 x 512) and vector thresholds.

import type { Case, Check } from "../contract/check.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import type { Activation } from "../matmul/activation.ts";
import { forward } from "./convolution.ts";
import {
  type ConvolutionAttributes,
  type ConvolutionInputGradientAttributes,
  type ConvolutionWeightGradientAttributes,
  convolutionShape,
  inputGradientShape,
  outputShape,
  weightGradientShape,
} from "./shape.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

interface Options {
  readonly strides?: number[];
  readonly padding?: number[];
  readonly dilations?: number[];
  readonly groups?: number;
  readonly bias?: boolean;
  readonly activation?: Activation;
  readonly values?: string[];
}

interface Call {
  readonly image: TensorType;
  readonly weights: TensorType;
  readonly options: Options;
}

const call = (image: number[], weights: number[], options: Options = {}): Call => ({
  image: f32(...image),
  weights: f32(...weights),
  options,
});

const calls: Call[] = [
  call([1, 1, 1, 1], [1, 1, 1, 1]),
  call([1, 2, 5, 5], [3, 2, 3, 3]),
  call([2, 3, 7, 9], [4, 3, 3, 3], { padding: [1, 1, 1, 1], bias: true, activation: "relu" }),
  call([2, 3, 8, 8], [7, 3, 3, 3], { padding: [1, 1, 1, 1], strides: [2, 2], bias: true }),
  call([1, 4, 11, 10], [6, 4, 3, 2], { padding: [0, 2, 1, 0], strides: [2, 3], activation: "tanh" }),
  call([1, 3, 12, 13], [5, 3, 3, 3], { padding: [2, 2, 3, 1], dilations: [2, 3] }),
  call([2, 6, 6, 7], [9, 2, 3, 3], { groups: 3, padding: [1, 1, 1, 1], bias: true }),
  call([1, 8, 9, 9], [8, 8, 1, 1], { bias: true, activation: "sigmoid" }),
  call([2, 16, 4, 5], [13, 16, 1, 1]),
  call([1, 5, 9, 9], [4, 5, 1, 1], { strides: [2, 2] }),
  call([1, 3, 1, 40], [5, 3, 1, 5], { padding: [0, 0, 2, 2] }),
  call([1, 1, 40, 1], [2, 1, 7, 1], { strides: [3, 1], padding: [3, 3, 0, 0] }),
  call([1, 60, 6, 6], [8, 60, 3, 3], { padding: [1, 1, 1, 1], bias: true, activation: "relu" }),
  call([1, 57, 5, 5], [7, 57, 3, 3], { padding: [1, 1, 1, 1] }),
  call([1, 2, 24, 24], [98, 2, 3, 3], { padding: [1, 1, 1, 1] }),
  call([1, 4, 5, 4], [3, 4, 5, 4]),
  call([1, 2, 3, 3], [2, 2, 7, 7], { padding: [3, 3, 3, 3] }),
  call([1, 1, 4, 4], [1, 1, 1, 1], { padding: [2, 2, 2, 2] }),
  // Eight places of a row at stride 2 gathered at once, up to the image's last pixel, and at stride 1.
  call([2, 3, 15, 38], [7, 3, 7, 7], { padding: [3, 3, 3, 3], strides: [2, 2] }),
  call([1, 2, 3, 16], [5, 2, 1, 1], { strides: [1, 2] }),
  // Strides whose phases have several taps, one or none, with dilations that share a divisor with them or not.
  call([2, 4, 9, 10], [6, 2, 5, 4], { groups: 2, strides: [3, 2], dilations: [2, 1], padding: [3, 2, 1, 4] }),
  call([1, 3, 12, 11], [4, 3, 3, 3], { strides: [4, 2], dilations: [2, 2], padding: [1, 1, 2, 2] }),
  call([1, 3, 8, 9], [5, 3, 2, 1], { strides: [3, 4] }),
  // One channel a group.
  call([2, 5, 8, 21], [5, 1, 3, 3], { groups: 5, padding: [1, 1, 1, 1], bias: true, activation: "relu" }),
  call([1, 4, 9, 40], [4, 1, 3, 3], { groups: 4, padding: [1, 1, 1, 1], strides: [2, 2], bias: true }),
  call([1, 3, 10, 19], [6, 1, 3, 5], { groups: 3, padding: [0, 0, 2, 1], dilations: [1, 2], activation: "tanh" }),
  call([1, 2, 7, 30], [2, 1, 2, 3], { groups: 2, strides: [1, 3], padding: [1, 0, 0, 2] }),
  call([3, 2, 5, 5], [2, 1, 5, 5], { groups: 2, padding: [2, 2, 2, 2], activation: "sigmoid" }),
  call([1, 1, 6, 33], [4, 1, 3, 3]),
  // 3 x 3 from the image itself: from four places on, padding of up to two pixels, strides of one and two, bands of 32 rows of
  // up to 256 places and of 4 beyond.
  call([1, 2, 33, 5], [4, 1, 3, 3], { groups: 2, padding: [1, 1, 1, 1], bias: true, activation: "relu" }),
  call([2, 2, 66, 7], [2, 1, 3, 3], { groups: 2, padding: [1, 1, 1, 1], strides: [2, 2] }),
  call([1, 2, 5, 256], [2, 1, 3, 3], { groups: 2, padding: [1, 1, 1, 1] }),
  call([1, 2, 5, 257], [2, 1, 3, 3], { groups: 2, padding: [1, 1, 1, 1], activation: "tanh" }),
  call([1, 3, 4, 4], [3, 1, 3, 3], { groups: 3, padding: [1, 1, 1, 1], bias: true }),
  call([1, 2, 3, 9], [2, 1, 3, 3], { groups: 2, padding: [1, 1, 1, 1] }),
  call([1, 2, 9, 3], [2, 1, 3, 3], { groups: 2, padding: [1, 1, 1, 1] }),
  call([2, 2, 7, 7], [4, 1, 3, 3], { groups: 2, padding: [2, 2, 2, 2], activation: "sigmoid" }),
  call([1, 2, 7, 9], [2, 1, 3, 3], { groups: 2, padding: [3, 3, 3, 3] }),
  call([2, 3, 14, 15], [3, 1, 3, 3], { groups: 3, padding: [1, 1, 1, 1], strides: [2, 2], activation: "relu" }),
  call([1, 2, 14, 12], [4, 1, 3, 3], { groups: 2, padding: [0, 1, 0, 1], strides: [2, 2], bias: true }),
  call([1, 2, 9, 11], [2, 1, 3, 3], { groups: 2, padding: [2, 2, 2, 2], strides: [2, 2] }),
  call([1, 2, 6, 12], [2, 1, 3, 3], { groups: 2, padding: [1, 1, 1, 1], strides: [2, 2] }),
  call([1, 1, 9, 700], [2, 1, 3, 3], { padding: [1, 1, 1, 1], strides: [1, 2] }),
  call([1, 3, 10, 19], [3, 1, 3, 5], { groups: 3, padding: [0, 0, 2, 1], dilations: [1, 2] }),
  // Planes of another window that are copied together, and one too large for that.
  call([1, 6, 6, 7], [6, 1, 5, 5], { groups: 6, padding: [2, 2, 2, 2], bias: true }),
  call([1, 2, 60, 140], [2, 1, 2, 2], { groups: 2 }),
  // One channel again: rows of the window that fit a thread's memory (262,144 floats), and one that do not.
  call([1, 1, 3, 87_381], [1, 1, 3, 1]),
  call([1, 1, 3, 87_382], [1, 1, 3, 1]),
  call([2, 1, 5, 3], [3, 1, 3, 3], { padding: [1, 1, 1, 1], strides: [2, 2], bias: true }),
  // On both sides of 12 outputs and channels in a group, of runs of four, and of windows of one pixel that are the image.
  call([2, 12, 6, 6], [13, 12, 3, 3], { padding: [1, 1, 1, 1], bias: true, activation: "relu" }),
  call([2, 13, 7, 9], [24, 13, 3, 2], { padding: [0, 1, 1, 0], strides: [2, 1] }),
  call([2, 32, 8, 8], [40, 32, 1, 1], { bias: true, activation: "tanh" }),
  call([3, 26, 7, 7], [28, 13, 1, 1], { groups: 2, bias: true }),
  call([1, 26, 9, 10], [32, 13, 3, 3], { groups: 2, padding: [1, 1, 1, 1], dilations: [2, 1], bias: true }),
  call([0, 3, 5, 5], [2, 3, 3, 3]),
  call([2, 0, 5, 5], [2, 0, 3, 3], { bias: true, activation: "relu" }),
  call([2, 3, 5, 5], [0, 3, 3, 3]),
  call([1, 2, 6, 6], [3, 2, 2, 2], { values: ["nonfinite", "normal"] }),
];

const geometry = ({ options: { strides, padding, dilations, groups } }: Call) => ({
  strides: strides ?? [1, 1],
  padding: padding ?? [0, 0, 0, 0],
  dilations: dilations ?? [1, 1],
  groups: groups ?? 1,
});

const resultType = (item: Call): TensorType =>
  f32(...outputShape(convolutionShape("a case", [item.image, item.weights], geometry(item))));

export const convolutionCases: Case<ConvolutionAttributes>[] = calls.map((item) => ({
  inputs: [item.image, item.weights, ...(item.options.bias ? [f32(item.weights.shape[0] ?? 0)] : [])],
  attributes: { ...geometry(item), activation: item.options.activation ?? "none" },
  ...(item.options.values && { values: item.options.values }),
}));

export const inputGradientCases: Case<ConvolutionInputGradientAttributes>[] = calls.map((item) => ({
  inputs: [resultType(item), item.weights],
  attributes: { ...geometry(item), inputSize: item.image.shape.slice(2) },
  ...(item.options.values && { values: item.options.values }),
}));

export const weightGradientCases: Case<ConvolutionWeightGradientAttributes>[] = [
  ...calls,
  // More than one block of 512 pixels, and more than one strip of 512 columns.
  call([2, 3, 25, 24], [5, 3, 3, 3], { padding: [1, 1, 1, 1] }),
  call([1, 60, 6, 6], [7, 60, 3, 3], { padding: [1, 1, 1, 1] }),
  call([1, 3, 26, 24], [98, 3, 1, 1]),
].map((item) => ({
  inputs: [item.image, resultType(item)],
  attributes: { ...geometry(item), kernelSize: item.weights.shape.slice(2) },
  ...(item.options.values && { values: item.options.values }),
}));

/** As for a matrix product over `terms`: k roundings of 2^-24 of partial sums of about sqrt(k), 4.5 deviations out. */
const toleranceOf = (terms: number) => within(4e-6, 1.2e-7 * (20 + terms));

export const convolutionCheck: Check<ConvolutionAttributes> = {
  tolerance: (inputs, attributes) => {
    const { channels, kernelHeight, kernelWidth } = forward(inputs, attributes);
    return toleranceOf(channels * kernelHeight * kernelWidth);
  },

  cases: convolutionCases,
};

export const convolutionInputGradientCheck: Check<ConvolutionInputGradientAttributes> = {
  tolerance: (inputs, attributes) => {
    const { outputs, kernelHeight, kernelWidth } = inputGradientShape(inputs, attributes);
    return toleranceOf(outputs * kernelHeight * kernelWidth);
  },

  cases: inputGradientCases,
};

export const convolutionWeightGradientCheck: Check<ConvolutionWeightGradientAttributes> = {
  tolerance: (inputs, attributes) => {
    const { batch, outHeight, outWidth } = weightGradientShape(inputs, attributes);
    return toleranceOf(batch * outHeight * outWidth);
  },

  cases: weightGradientCases,
};
