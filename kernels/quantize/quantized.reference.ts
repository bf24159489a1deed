// The plain meaning of codes, scales and zero points.
import type { Reference, ReferenceTensor } from "../contract/reference.ts";
import { productOf } from "../matmul/matmul.reference.ts";
import {
  biasInput,
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
  const operands = [x, weights, inputs[biasInput(attributes.bits)]].filter((operand) => operand !== undefined);
  const options = { transposeA: false, transposeB: true, activation: attributes.activation };
  const sizes = { batch: 1, m, n, k, aBatchStride: 0, bBatchStride: 0, batchShape: [] };
  return [{ type: { dtype: "f32", shape }, data: productOf(operands, options, sizes) }];
};
