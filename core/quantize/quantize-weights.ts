// Weights of 8 or 4 bits as tensors: made from trained ones, multiplied without being unpacked, and given back as f32.
import { type Activation, DTypeError, ShapeError } from "@millrace/kernels";
import { transpose } from "../graph/build.ts";
import { apply } from "../graph/node.ts";
import { Tensor, tensor } from "../tensor/tensor.ts";
import type { QuantizationError, QuantizedMatrix } from "./quantize-matrix.ts";

/**
 * Quantised weights [inputs, outputs] as a tree of tensors. Each output has a row of codes and, for each group of inputs, a
 * scale and with 4 bits a zero point: weight = scale (code - zero). Bits and group size follow from the shapes.
 */
export interface QuantizedWeights {
  /** u32 [outputs, words] of packed codes. */
  readonly codes: Tensor;
  /** f32 [outputs, groups]. */
  readonly scales: Tensor;
  /** u32 [outputs, ceil(groups / 8)] of packed zero points, with 4 bits. */
  readonly zeros?: Tensor;
}

/** Quantised weights and what they cost in accuracy. */
export interface Quantization {
  readonly weights: QuantizedWeights;
  readonly error: {
    /** Of the weights. */
    readonly weights: QuantizationError;
    /** Of x weights over the calibration rows, computed in float64; undefined without any. */
    readonly outputs: QuantizationError | undefined;
  };
}

export const defaultGroupSize = 64;

/** Options of a quantisation. */
export interface QuantizeOptions {
  /** 8: symmetric. 4: with a zero point for each group. */
  readonly bits: 8 | 4;
  /** Neighbouring inputs of one output that share a scale: a multiple of 32. Default 64. */
  readonly groupSize?: number | undefined;
}

/** Options of quantizeWeights. */
export interface QuantizeWeightsOptions extends QuantizeOptions {
  /**
   * Inputs f32 [..., inputs] as the layer meets them. Each group is then clipped so that their outputs stay nearest; a
   * hundred rows or so do. Default none: plain rounding over the whole range of each group.
   */
  readonly calibration?: Tensor | undefined;
}

const tree = ({ codes, scales, zeros }: QuantizedMatrix, outputs: number): QuantizedWeights => ({
  codes: tensor(codes, [outputs, codes.length / outputs]),
  scales: tensor(scales, [outputs, scales.length / outputs]),
  ...(zeros && { zeros: tensor(zeros, [outputs, zeros.length / outputs]) }),
});

/** @throws ShapeError, DTypeError */
const checkMatrix = (what: string, { shape, dtype }: Tensor): readonly [number, number] => {
  const [rows = 0, columns = 0] = shape;
  if (dtype !== "f32") throw new DTypeError(`quantizeWeights: ${what} must be f32, but is ${dtype}`);
  if (shape.length !== 2 || rows === 0 || columns === 0)
    throw new ShapeError(
      `quantizeWeights: ${what} must be [inputs, outputs], both above 0, but is [${shape.join(", ")}]`,
    );
  return [rows, columns];
};

/**
 * Quantises weights f32 [inputs, outputs] to 8 or 4 bits and states the error.
 * @throws ShapeError, DTypeError for weights or calibration rows of another form, ArgumentError for bits, a group size, or
 * numbers that are not finite
 * @example
 * const { weights, error } = await quantizeWeights(weight, { bits: 4, calibration: x });
 * const y = quantizedMatmul(x, weights);
 */
export const quantizeWeights = async (weight: Tensor, options: QuantizeWeightsOptions): Promise<Quantization> => {
  const [inputs, outputs] = checkMatrix("the weight", weight);
  const { calibration } = options;
  if (calibration && calibration.dtype !== "f32")
    throw new DTypeError(`quantizeWeights: the calibration rows must be f32, but are ${calibration.dtype}`);
  if (calibration && (calibration.shape[calibration.rank - 1] !== inputs || calibration.size === 0))
    throw new ShapeError(
      `quantizeWeights: the calibration must be rows [..., ${inputs}], but is [${calibration.shape.join(", ")}]`,
    );
  const rows = calibration && {
    rows: calibration.size / inputs,
    columns: inputs,
    data: await calibration.data(),
  };
  // A page that only multiplies by quantised weights does not load what makes them.
  const { quantizeMatrix } = await import("./quantize-matrix.ts");
  const { bits, groupSize = defaultGroupSize } = options;
  const full = { rows: inputs, columns: outputs, data: await weight.data() };
  const matrix = quantizeMatrix(full, { bits, groupSize }, rows);
  return { weights: tree(matrix, outputs), error: matrix.error };
};

/** Bits and group size, which the shapes tell. @throws ShapeError for tables that no quantisation made */
const attributesOf = ({ codes, scales, zeros }: QuantizedWeights): { bits: 8 | 4; groupSize: number } => {
  const bits = zeros ? 4 : 8;
  const groupSize = ((codes.shape[1] ?? 0) * 32) / bits / (scales.shape[1] ?? 0);
  if (codes.rank !== 2 || scales.rank !== 2 || !Number.isInteger(groupSize))
    throw new ShapeError(
      `quantised weights have codes [outputs, words] and scales [outputs, groups], but these are [${codes.shape.join(", ")}] and [${scales.shape.join(", ")}]; take them from quantizeWeights`,
    );
  return { bits, groupSize };
};

const tables = ({ codes, scales, zeros }: QuantizedWeights) =>
  [codes, scales, ...(zeros ? [zeros] : [])].map((t) => t.value);

/** What quantizedMatmul may add to its product. */
export interface QuantizedMatmulOptions {
  /** f32 [outputs]. */
  readonly bias?: Tensor | undefined;
  /** Default "none". */
  readonly activation?: Activation | undefined;
  /**
   * "int8": each row of x is rounded to whole numbers by a scale of its own and products are summed as integers, which is
   * faster and moves each element of x by up to 1 / 126 (8 bits) or 1 / 254 (4 bits) of the row's largest. A row with a number
   * that is not finite gives NaN. The gradient passes the rounding by. Default "f32".
   */
  readonly inputs?: "f32" | "int8" | undefined;
}

/**
 * x weights for x f32 [..., inputs], summed in f32 or, with inputs as int8, in integers: gives [..., outputs]. The gradient goes to x and the bias; weights are
 * constants.
 * @throws ShapeError, DTypeError when x or the bias does not fit the weights
 * @example quantizedMatmul(x, weights, { bias, activation: "relu" })
 */
export const quantizedMatmul = (x: Tensor, weights: QuantizedWeights, options: QuantizedMatmulOptions = {}): Tensor => {
  const { bias, activation = "none" } = options;
  const integer = options.inputs === "int8";
  const inputs = [x.value, ...tables(weights), ...(bias ? [bias.value] : [])];
  return new Tensor(apply("quantizedMatmul", inputs, { ...attributesOf(weights), activation, integer }));
};

/**
 * The weights f32 [inputs, outputs] that quantised ones stand for.
 * @param inputs how many there were before they were padded to whole groups
 * @example dequantizeWeights(weights, 784)
 */
export const dequantizeWeights = (weights: QuantizedWeights, inputs: number): Tensor =>
  new Tensor(transpose(apply("dequantize", tables(weights), { ...attributesOf(weights), columns: inputs }), [1, 0]));
