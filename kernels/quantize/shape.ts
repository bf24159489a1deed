// How quantised weights lie in memory, and the sizes of one call. A row of codes belongs to one output; each group of
// `groupSize` neighbours of a row has a scale, and with 4 bits a zero point: weight = scale (code - zero).
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import type { AttributeValue } from "../contract/op.ts";
import { describeType, type TensorType } from "../contract/tensor-type.ts";
import type { Activation } from "../matmul/activation.ts";

export type QuantizedAttributes = {
  readonly [name: string]: AttributeValue;
  /**
   * 8: signed bytes, first in the lowest byte of a word, and no zero points. 4: blocks of 32 codes from 0 to 15 in four
   * words, code i and code i + 16 the lower and upper half of byte i (so that halves become bytes by one mask and one shift).
   */
  readonly bits: 8 | 4;
  /** Weights of a row that share a scale: a multiple of 32. Rows are padded to whole groups. */
  readonly groupSize: number;
};

export type DequantizeAttributes = QuantizedAttributes & {
  /** Weights a row; the codes behind them pad the last group. */
  readonly columns: number;
};

/** Attributes of a product with quantised weights. */
export type QuantizedMatmulAttributes = QuantizedAttributes & {
  readonly activation: Activation;
  /**
   * Rows of x are rounded to whole numbers first, up to 63 with weights of 8 bits and 127 with 4, by a scale of their own; sums
   * within a group are i32 and exact. A row with a number that is not finite gives NaN.
   */
  readonly integer: boolean;
};

/** The largest code of a row of x. */
export const codeLimit = (bits: number): number => (bits === 8 ? 63 : 127);

/** Largest group whose sum of products of codes fits i32. */
const largestGroup = 131_072;

/** Codes in one block, the unit in which kernels unpack. */
export const blockSize = 32;

/** The sizes of a table of quantised weights. */
export interface QuantizedSizes {
  /** Rows of codes: outputs of a layer. */
  readonly rows: number;
  /** Words of one row of codes. */
  readonly words: number;
  readonly groups: number;
  /** Words of one row of zero points (eight of 4 bits a word); 0 with 8 bits. */
  readonly zeroWords: number;
}

/**
 * The sizes of `depth` weights a row.
 * @throws ArgumentError for other bits than 8 and 4, or a group size that is no multiple of 32
 */
export const quantizedSizes = (
  rows: number,
  depth: number,
  { bits, groupSize }: QuantizedAttributes,
): QuantizedSizes => {
  if (bits !== 8 && bits !== 4) throw new ArgumentError(`weights are quantised to 8 or 4 bits, not to ${String(bits)}`);
  if (!Number.isInteger(groupSize) || groupSize <= 0 || groupSize % blockSize !== 0 || groupSize > largestGroup)
    throw new ArgumentError(
      `the group size must be a multiple of ${blockSize} from ${blockSize} to ${largestGroup}, but is ${String(groupSize)}`,
    );
  const groups = Math.ceil(depth / groupSize);
  return { rows, words: (groups * groupSize * bits) / 32, groups, zeroWords: bits === 4 ? Math.ceil(groups / 8) : 0 };
};

/**
 * Checks codes, scales and (with 4 bits) zero points of `depth` weights a row.
 * @param name of the op, for messages
 * @throws ShapeError, DTypeError saying what the codes should be
 */
export const checkQuantized = (
  name: string,
  tables: readonly (TensorType | undefined)[],
  depth: number,
  attributes: QuantizedAttributes,
): QuantizedSizes => {
  const sizes = quantizedSizes(tables[0]?.shape[0] ?? 0, depth, attributes);
  const { rows, words, groups, zeroWords } = sizes;
  const wanted: readonly (readonly [string, TensorType])[] = [
    ["codes", { dtype: "u32", shape: [rows, words] }],
    ["scales", { dtype: "f32", shape: [rows, groups] }],
    ["zero points", { dtype: "u32", shape: [rows, zeroWords] }],
  ];
  wanted.slice(0, attributes.bits === 4 ? 3 : 2).forEach(([what, type], i) => {
    const got = tables[i];
    const message = `${name} of ${depth} weights a row at ${attributes.bits} bits in groups of ${attributes.groupSize}: the ${what} must be ${describeType(type)}, but are ${got ? describeType(got) : "missing"}`;
    if (got && got.dtype !== type.dtype) throw new DTypeError(message);
    if (got?.shape.length !== 2 || got.shape.some((size, axis) => size !== type.shape[axis]))
      throw new ShapeError(message);
  });
  return sizes;
};

/** The sizes of one product. */
export interface QuantizedMatmulShape extends QuantizedSizes {
  /** Rows of x over all its leading axes. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly shape: readonly number[];
  readonly hasBias: boolean;
}

/** Inputs before the bias: x, codes, scales and, with 4 bits, zero points. */
export const biasInput = (bits: number): number => (bits === 4 ? 4 : 3);

/** Works out the sizes of a product of x [..., k] with quantised weights. @throws ShapeError, DTypeError, ArgumentError */
export const quantizedMatmulShape = (
  inputs: readonly TensorType[],
  attributes: QuantizedMatmulAttributes,
): QuantizedMatmulShape => {
  const [x, ...tables] = inputs;
  if (x?.dtype !== "f32" || x.shape.length === 0)
    throw new (x?.dtype === "f32" ? ShapeError : DTypeError)(
      `quantizedMatmul takes x as f32[..., k], but got ${x ? describeType(x) : "nothing"}`,
    );
  const leading = x.shape.slice(0, -1);
  const k = x.shape[x.shape.length - 1] ?? 0;
  const sizes = checkQuantized("quantizedMatmul", tables, k, attributes);
  const bias = inputs[biasInput(attributes.bits)];
  if (bias && (bias.dtype !== "f32" || bias.shape.length !== 1 || bias.shape[0] !== sizes.rows))
    throw new ShapeError(`quantizedMatmul: the bias must be f32[${sizes.rows}], but is ${describeType(bias)}`);
  const m = leading.reduce((product, axis) => product * axis, 1);
  return { ...sizes, m, n: sizes.rows, k, shape: [...leading, sizes.rows], hasBias: bias !== undefined };
};
