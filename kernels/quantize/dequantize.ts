// Quantised weights as f32, for gradients and for looking at what was kept.
import { ArgumentError } from "../contract/error.ts";
import { type Case, op } from "../contract/op.ts";
import { byteSizeOf } from "../contract/tensor-type.ts";
import { ulps } from "../contract/tolerance.ts";
import { dequantizeWasm } from "./quantized.launch.ts";
import { dequantized } from "./quantized.reference.ts";
import { dequantizeWebGPU } from "./quantized.wgsl.ts";
import { checkQuantized, type QuantizedAttributes, type QuantizedSizes, quantizedSizes } from "./shape.ts";

export type DequantizeAttributes = QuantizedAttributes & {
  /** Weights a row; the codes behind them pad the last group. */
  readonly columns: number;
};

const call = (rows: number, columns: number, bits: 8 | 4, groupSize: number): Case<DequantizeAttributes> => {
  const attributes = { bits, groupSize, columns };
  return { inputs: quantizedTypes(rows, columns, attributes), attributes, values: codeValues(bits) };
};

/** Types of the codes, scales and zero points of `depth` weights a row. */
export const quantizedTypes = (rows: number, depth: number, attributes: QuantizedAttributes) => {
  const { words, groups, zeroWords }: QuantizedSizes = quantizedSizes(rows, depth, attributes);
  return [
    { dtype: "u32", shape: [rows, words] } as const,
    { dtype: "f32", shape: [rows, groups] } as const,
    ...(attributes.bits === 4 ? [{ dtype: "u32", shape: [rows, zeroWords] } as const] : []),
  ];
};
/** How a case fills them: every code and zero point, positive scales. */
export const codeValues = (bits: number): string[] => [
  "index:4294967296",
  "unit",
  ...(bits === 4 ? ["index:4294967296"] : []),
];

/** codes u32 [n, words], scales f32 [n, groups] and, with 4 bits, zeros u32 [n, ceil(groups / 8)] give f32 [n, columns]. */
export const dequantize = op<DequantizeAttributes>({
  name: "dequantize",
  inputs: ["codes", "scales", "zeros?"],
  outputs: (inputs, attributes) => {
    const { columns } = attributes;
    if (!Number.isInteger(columns) || columns < 0)
      throw new ArgumentError(`dequantize: the columns must be a whole number from 0 on, but are ${String(columns)}`);
    const { rows } = checkQuantized("dequantize", inputs, columns, attributes);
    return [{ dtype: "f32", shape: [rows, columns] }];
  },
  work: (inputs, { columns }) => {
    const elements = (inputs[0]?.shape[0] ?? 0) * columns;
    return { flops: 2 * elements, bytes: inputs.reduce((sum, type) => sum + byteSizeOf(type), 0) + 4 * elements };
  },
  // One product of an f32 and a whole number: rounded once.
  tolerance: ulps(1),
  reference: (inputs, attributes) => {
    const rows = inputs[0]?.type.shape[0] ?? 0;
    return [
      {
        type: { dtype: "f32", shape: [rows, attributes.columns] },
        data: dequantized(inputs, rows, attributes.columns, attributes),
      },
    ];
  },
  kernels: [dequantizeWasm, dequantizeWebGPU],
  cases: [
    ...([8, 4] as const).flatMap((bits) => [
      call(1, 1, bits, 32),
      call(3, 32, bits, 32),
      call(5, 37, bits, 32),
      call(9, 300, bits, 64),
      call(2, 700, bits, 32),
      call(7, 129, bits, 256),
      call(0, 40, bits, 32),
      call(4, 0, bits, 32),
    ]),
  ],
});
