// A linear layer whose weights have 8 or 4 bits, made from a trained one.
import { quantizedSizes } from "@millrace/kernels";
import {
  defaultGroupSize,
  type Quantization,
  type QuantizedWeights,
  type QuantizeOptions,
  type QuantizeWeightsOptions,
  quantizedMatmul,
  quantizeWeights,
} from "../quantize/quantize-weights.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import { checkWidth, type Layer } from "./layer.ts";
import { beginBias, type LinearParameters } from "./linear.ts";

/** Parameters of a quantised linear layer: those of a linear layer with other weights. */
export interface QuantizedLinearParameters {
  readonly weight: QuantizedWeights;
  readonly bias?: Tensor;
}

/**
 * Quantises a trained linear layer's parameters; the bias stays f32.
 * @throws as quantizeWeights does
 * @example
 * const { parameters, error } = await quantizeLinear(trained, { bits: 8, calibration: x });
 * quantizedLinear(784, 128, { bits: 8 }).apply(parameters, x);
 */
export const quantizeLinear = async (
  { weight, bias }: LinearParameters,
  options: QuantizeWeightsOptions,
): Promise<{ readonly parameters: QuantizedLinearParameters; readonly error: Quantization["error"] }> => {
  const { weights, error } = await quantizeWeights(weight, options);
  return { parameters: { weight: weights, ...(bias && { bias }) }, error };
};

/**
 * x weight + bias with quantised weights, summed in f32: [..., inputs] -> [..., outputs]. Train a linear layer and take its
 * parameters through quantizeLinear; those of initialise() have the same form and stand for zeros.
 * @example sequential(quantizedLinear(4, 16, { bits: 4, groupSize: 32 }), functionLayer((x) => x.relu()), linear(16, 3))
 */
export const quantizedLinear = (
  inputs: number,
  outputs: number,
  options: QuantizeOptions & {
    /** Whether a bias is added. Default true. */
    readonly bias?: boolean | undefined;
    /** How inputs are taken; see quantizedMatmul. Default "f32". */
    readonly inputs?: "f32" | "int8" | undefined;
  },
): Layer<QuantizedLinearParameters> => ({
  initialise: () => {
    const { bits, groupSize = defaultGroupSize } = options;
    const { words, groups, zeroWords } = quantizedSizes(outputs, inputs, { bits, groupSize });
    const weight = {
      codes: zeros([outputs, words], "u32"),
      scales: zeros([outputs, groups]),
      ...(bits === 4 && { zeros: zeros([outputs, zeroWords], "u32") }),
    };
    return options.bias === false ? { weight } : { weight, bias: beginBias(outputs) };
  },
  apply: ({ weight, bias }, x) => {
    checkWidth("quantizedLinear", x, inputs);
    return quantizedMatmul(x, weight, { bias, inputs: options.inputs });
  },
});
