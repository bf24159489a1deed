// Calls of quantizedMatmul for the shared suite: both widths, rows on both sides of every variant, padded depths.
import type { Case } from "../contract/op.ts";
import type { Activation } from "../matmul/activation.ts";
import { codeValues, quantizedTypes } from "./dequantize.ts";
import type { QuantizedMatmulAttributes } from "./shape.ts";

interface Options {
  readonly groupSize?: number;
  readonly bias?: boolean;
  readonly activation?: Activation;
  readonly leading?: readonly number[];
  readonly values?: string;
}

const product = (
  bits: 8 | 4,
  m: number,
  k: number,
  n: number,
  options: Options = {},
): Case<QuantizedMatmulAttributes> => {
  const attributes = { bits, groupSize: options.groupSize ?? 32, activation: options.activation ?? "none" } as const;
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
export const quantizedMatmulCases: Case<QuantizedMatmulAttributes>[] = ([8, 4] as const).flatMap((bits) => [
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
    ? [product(bits, 1, 300, 10, { leading: [], groupSize: 1024, bias: true, activation: "relu" })]
    : [product(bits, 12, 165, 19, { leading: [3, 4], groupSize: 64, bias: true, activation: "tanh" })]),
  product(bits, 50, 600, 70, { groupSize: 96, bias: true, activation: "relu" }),
  product(bits, 1, 72, 9, { values: "nonfinite" }),
  product(bits, 4, 72, 9, { values: "nonfinite" }),
  product(bits, 20, 40, 9, { values: "nonfinite" }),
  product(bits, 0, 40, 5),
  product(bits, 3, 0, 5, { bias: true }),
  product(bits, 3, 40, 0),
]);
