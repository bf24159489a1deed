// Layers of one product or look-up: linear, embedding, convolution.
import { sizeOf } from "@millrace/kernels";
import { type Conv2dOptions, conv2d as convolve2d } from "../tensor/convolution.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { constant, glorotUniform, heUniform, type Initialiser, normal } from "./initialise.ts";
import { checkWidth, firstWeights, type Layer } from "./layer.ts";

/** Options of layers with weights. */
export interface WeightOptions {
  /** Whether a bias is added. Default true; it begins at 0. */
  readonly bias?: boolean | undefined;
  /** How the weights begin. */
  readonly weights?: Initialiser | undefined;
}

/** Parameters of a linear layer. */
export interface LinearParameters {
  readonly weight: Tensor;
  readonly bias?: Tensor;
}

/** A bias of zeros. */
export const beginBias = (outputs: number): Tensor => firstWeights(constant(0), [outputs], 0);

const begin = (weight: Tensor, bias: boolean, outputs: number): LinearParameters =>
  bias ? { weight, bias: beginBias(outputs) } : { weight };

/**
 * x weight + bias: [..., inputs] -> [..., outputs]. Weights are [inputs, outputs] and begin as Glorot's uniform.
 * @example linear(4, 16, { weights: heUniform })
 */
export const linear = (inputs: number, outputs: number, options: WeightOptions = {}): Layer<LinearParameters> => ({
  initialise: (seed) =>
    begin(firstWeights(options.weights ?? glorotUniform, [inputs, outputs], seed), options.bias ?? true, outputs),
  apply: ({ weight, bias }, x) => {
    checkWidth("linear", x, inputs);
    const rows = x.shape.slice(0, -1);
    const product = x.reshape([sizeOf(rows), inputs]).matmul(weight);
    return (bias ? product.add(bias) : product).reshape([...rows, outputs]);
  },
});

/**
 * A row of a table for each i32 code from 0 to count - 1: [...] -> [..., width]. The table begins as standard normal.
 * @example embedding(256, 64, { weights: normal(0.02) })
 */
export const embedding = (
  count: number,
  width: number,
  options: { readonly weights?: Initialiser | undefined } = {},
): Layer<{ readonly weight: Tensor }> => ({
  initialise: (seed) => ({ weight: firstWeights(options.weights ?? normal(1), [count, width], seed) }),
  apply: ({ weight }, codes) => weight.gather(codes),
});

/**
 * Convolution of images [batch, inputs, height, width]. Weights are [outputs, inputs / groups, ...window] and begin as
 * He's uniform.
 * @param window height and width, or one for both
 * @example conv2d(1, 8, 3, { padding: 1 })
 */
export const conv2d = (
  inputs: number,
  outputs: number,
  window: number | readonly [number, number],
  options: WeightOptions & Omit<Conv2dOptions, "bias"> = {},
): Layer<LinearParameters> => {
  const { bias = true, weights = heUniform, ...geometry } = options;
  const size = typeof window === "number" ? [window, window] : window;
  return {
    initialise: (seed) =>
      begin(firstWeights(weights, [outputs, inputs / (geometry.groups ?? 1), ...size], seed), bias, outputs),
    apply: (parameters, x) =>
      convolve2d(x, parameters.weight, parameters.bias ? { ...geometry, bias: parameters.bias } : geometry),
  };
};
