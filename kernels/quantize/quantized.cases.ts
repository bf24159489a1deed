// Calls of dequantize and quantizedMatmul for the shared suite: both widths, rows of x on both sides of every variant, padded
// depths, and how far a device may be from the reference.
import type { Case, Check } from "../contract/check.ts";
import { ulps, within } from "../contract/tolerance.ts";
import type { Activation } from "../matmul/activation.ts";
import {
  type DequantizeAttributes,
  type QuantizedAttributes,
  type QuantizedMatmulAttributes,
  quantizedMatmulShape,
  quantizedSizes,
} from "./shape.ts";

/** Types of the codes, scales and zero points of `depth` weights a row. */
const quantizedTypes = (rows: number, depth: number, attributes: QuantizedAttributes) => {
  const { words, groups, zeroWords } = quantizedSizes(rows, depth, attributes);
  return [
    { dtype: "u32", shape: [rows, words] } as const,
    { dtype: "f32", shape: [rows, groups] } as const,
    ...(attributes.bits === 4 ? [{ dtype: "u32", shape: [rows, zeroWords] } as const] : []),
  ];
};
/** Every code and zero point, scales between 0 and 1. */
const codeValues = (bits: number): string[] => [
  "index:4294967296",
  "unit",
  ...(bits === 4 ? ["index:4294967296"] : []),
];

export const dequantizeCheck: Check<DequantizeAttributes> = {
  // One product of an f32 and a whole number: rounded once.
  tolerance: ulps(1),

  cases: ([8, 4] as const).flatMap((bits) =>
    [
      [1, 1, 32],
      [3, 32, 32],
      [5, 37, 32],
      [9, 300, 64],
      [2, 700, 32],
      [7, 129, 256],
      [0, 40, 32],
      [4, 0, 32],
    ].map(([rows = 0, columns = 0, groupSize = 0]): Case<DequantizeAttributes> => {
      const attributes = { bits, groupSize, columns };
      return { inputs: quantizedTypes(rows, columns, attributes), attributes, values: codeValues(bits) };
    }),
  ),
};

interface Options {
  readonly groupSize?: number;
  readonly bias?: boolean;
  readonly activation?: Activation;
  readonly leading?: readonly number[];
  readonly values?: string;
  readonly integer?: boolean;
}

const product = (
  bits: 8 | 4,
  m: number,
  k: number,
  n: number,
  options: Options = {},
): Case<QuantizedMatmulAttributes> => {
  const attributes = {
    bits,
    groupSize: options.groupSize ?? 32,
    activation: options.activation ?? "none",
    integer: options.integer ?? false,
  } as const;
  return {
    inputs: [
      { dtype: "f32", shape: [...(options.leading ?? [m]), k] },
      ...quantizedTypes(n, k, attributes),
      ...(options.bias ? [{ dtype: "f32", shape: [n] } as const] : []),
    ],
    attributes,
    values: [options.values ?? "normal", ...codeValues(bits), "normal"],
  };
};

// Few sources among them: a software GPU takes about a second to compile each.
const quantizedMatmulCases: Case<QuantizedMatmulAttributes>[] = ([8, 4] as const).flatMap((bits) => [
  ...[
    [1, 1, 1],
    [1, 71, 9],
    [1, 1030, 33],
    [2, 20, 4],
    [4, 320, 16],
    [5, 33, 65],
    [8, 1100, 6],
    [16, 130, 35],
    [17, 130, 35],
    [40, 600, 24],
    [101, 77, 130],
  ].map(([m = 0, k = 0, n = 0]) => product(bits, m, k, n)),
  ...(bits === 8
    ? [
        product(bits, 1, 300, 10, { leading: [], groupSize: 1024, bias: true, activation: "relu" }),
        product(bits, 50, 600, 70, { groupSize: 96, bias: true, activation: "sigmoid" }),
      ]
    : [
        product(bits, 12, 165, 19, { leading: [3, 4], groupSize: 64, bias: true, activation: "tanh" }),
        product(bits, 7, 500, 21, { groupSize: 96, bias: true, activation: "relu", integer: true }),
      ]),
  product(bits, 1, 72, 9, { values: "nonfinite" }),
  product(bits, 4, 72, 9, { values: "nonfinite" }),
  product(bits, 20, 40, 9, { values: "nonfinite" }),
  ...[
    [1, 1, 1],
    [1, 71, 9],
    [4, 320, 33],
    [5, 33, 6],
    [35, 130, 40],
    [3, 0, 5],
    [0, 40, 5],
  ].map(([m = 0, k = 0, n = 0]) => product(bits, m, k, n, { integer: true })),
  product(bits, 5, 50, 9, { values: "nonfinite", integer: true }),
  product(bits, 5, 50, 9, { values: "special", integer: true }),
  product(bits, 0, 40, 5),
  product(bits, 3, 0, 5, { bias: true }),
  product(bits, 3, 40, 0),
]);

export const quantizedMatmulCheck: Check<QuantizedMatmulAttributes> = {
  // As matmul's, times the size of the weights where codes and zero points are uniform and scales lie between 0 and 1: a
  // root mean square of 43 with 8 bits and 4 with 4.
  tolerance: (inputs, attributes) =>
    within(4e-6, 1.2e-7 * (attributes.bits === 8 ? 43 : 4) * (20 + quantizedMatmulShape(inputs, attributes).k)),

  cases: quantizedMatmulCases,
};
