// The plain meaning of codes, scales and zero points.
import type { Reference, ReferenceTensor } from "../contract/reference.ts";
import { productOf } from "../matmul/matmul.reference.ts";
import {
  biasInput,
  codeLimit,
  type DequantizeAttributes,
  type QuantizedAttributes,
  type QuantizedMatmulAttributes,
  quantizedMatmulShape,
} from "./shape.ts";

/** Code `column` of a row of words, as its zero point's bits count: signed with 8 bits, from 0 to 15 with 4. */
const codeAt = (codes: ReferenceTensor, row: number, column: number, bits: number): number => {
  const words = codes.type.shape[1] ?? 0;
  const word = (at: number): number => codes.data[row * words + at] ?? 0;
  if (bits === 8) return (word(column >>> 2) << (24 - 8 * (column & 3))) >> 24;
  const byte = column & 15;
  return (word(4 * (column >>> 5) + (byte >>> 2)) >>> (8 * (byte & 3) + (column & 16 ? 4 : 0))) & 15;
};

/** float64 [rows, depth] of quantised weights. */
const dequantized = (
  tables: readonly (ReferenceTensor | undefined)[],
  rows: number,
  depth: number,
  { bits, groupSize }: QuantizedAttributes,
): Float64Array => {
  const [codes, scales, zeros] = tables;
  const result = new Float64Array(rows * depth);
  const groups = Math.ceil(depth / groupSize);
  if (!codes || !scales) return result;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < depth; column++) {
      const group = Math.floor(column / groupSize);
      const word = zeros?.data[row * Math.ceil(groups / 8) + (group >>> 3)] ?? 0;
      const zero = bits === 4 ? (word >>> (4 * (group & 7))) & 15 : 0;
      result[row * depth + column] =
        (scales.data[row * groups + group] ?? 0) * (codeAt(codes, row, column, bits) - zero);
    }
  return result;
};

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/**
 * By what a row is multiplied before it is rounded: limit over its largest magnitude, a little less, by whole-number
 * arithmetic that gives the same f32 on every device (WGSL's division may be off by 2.5 ulp). NaN for a row that is not
 * finite, 0 where all are below 2^-97.
 */
const factorOf = (row: ArrayLike<number>, limit: number): number => {
  let most = 0;
  for (let i = 0; i < row.length; i++) {
    float[0] = row[i] ?? 0;
    most = Math.max(most, (word[0] ?? 0) & 0x7fffffff);
  }
  const exponent = most >>> 23;
  if (exponent === 255) return Number.NaN;
  if (exponent < 30) return 0;
  const divisor = (((most & 0x7fffff) | 0x800000) >>> 11) + 1;
  return Math.floor((limit * 2 ** 24) / divisor) * 2 ** (115 - exponent);
};

/** To the nearest whole number, to the even one of two. */
const nearest = (value: number): number => {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

/** Rows of x as their codes stand for them. */
const throughCodes = (x: ReferenceTensor, k: number, limit: number): ReferenceTensor => {
  const data = new Float64Array(x.data.length);
  for (let at = 0; at < data.length; at += k) {
    const row = x.data.subarray(at, at + k);
    const factor = factorOf(row, limit);
    row.forEach((value, i) => {
      data[at + i] = factor === 0 ? 0 : nearest(Math.fround(value * factor)) / factor;
    });
  }
  return { type: x.type, data };
};

export const dequantizeReference: Reference<DequantizeAttributes> = (inputs, attributes) => {
  const rows = inputs[0]?.type.shape[0] ?? 0;
  const { columns } = attributes;
  return [{ type: { dtype: "f32", shape: [rows, columns] }, data: dequantized(inputs, rows, columns, attributes) }];
};

export const quantizedMatmulReference: Reference<QuantizedMatmulAttributes> = (inputs, attributes) => {
  const { m, n, k, shape } = quantizedMatmulShape(
    inputs.map((input) => input.type),
    attributes,
  );
  const [x, ...tables] = inputs;
  const weights = { type: { dtype: "f32", shape: [n, k] }, data: dequantized(tables, n, k, attributes) } as const;
  const taken = x && attributes.integer ? throughCodes(x, k, codeLimit(attributes.bits)) : x;
  const operands = [taken, weights, inputs[biasInput(attributes.bits)]].filter((operand) => operand !== undefined);
  const options = { transposeA: false, transposeB: true, activation: attributes.activation };
  const sizes = { batch: 1, m, n, k, aBatchStride: 0, bBatchStride: 0, batchShape: [] };
  return [{ type: { dtype: "f32", shape }, data: productOf(operands, options, sizes) }];
};
