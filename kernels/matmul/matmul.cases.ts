// Calls of matmul for the shared suite: odd and empty sizes, every transposition, batches, bias and activation.

import type { Case, Check } from "../contract/check.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import type { Activation } from "./activation.ts";
import { type MatmulAttributes, matmulShape } from "./shape.ts";
import { productTolerance } from "./tolerance.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

const product = (
  m: number,
  k: number,
  n: number,
  options: { ta?: boolean; tb?: boolean; bias?: boolean; activation?: Activation } = {},
): Case<MatmulAttributes> => ({
  inputs: [options.ta ? f32(k, m) : f32(m, k), options.tb ? f32(n, k) : f32(k, n), ...(options.bias ? [f32(n)] : [])],
  attributes: {
    transposeA: options.ta ?? false,
    transposeB: options.tb ?? false,
    activation: options.activation ?? "none",
  },
});

const plain: MatmulAttributes = { transposeA: false, transposeB: false, activation: "none" };

export const matmulCases: Case<MatmulAttributes>[] = [
  ...[
    [1, 1, 1],
    [1, 7, 5],
    [5, 1, 9],
    [6, 8, 8],
    [7, 9, 17],
    [12, 16, 8],
    [33, 47, 29],
    [64, 64, 64],
    [97, 130, 65],
    [128, 33, 127],
    [3, 600, 11],
    [1, 513, 40],
    [8, 1030, 16],
    [200, 40, 1],
  ].flatMap(([m = 0, k = 0, n = 0]) => [
    product(m, k, n),
    product(m, k, n, { ta: true }),
    product(m, k, n, { tb: true }),
    product(m, k, n, { ta: true, tb: true }),
  ]),
  product(101, 520, 530),
  // On both sides of what is read in place (B of 16,384 elements; columns that meet in one set of a cache), streamed, packed.
  product(34, 64, 128),
  product(34, 65, 128, { bias: true, activation: "relu" }),
  product(9, 128, 127, { activation: "tanh" }),
  product(12, 300, 200, { bias: true }),
  product(13, 300, 200, { bias: true }),
  product(2, 1100, 70, { ta: true }),
  product(50, 130, 264),
  product(100, 130, 200, { activation: "sigmoid" }),
  // On both sides of few rows and few columns (8), and of vectors of four.
  product(8, 68, 36),
  product(8, 65, 36, { tb: true, bias: true }),
  product(9, 68, 60, { bias: true }),
  product(60, 68, 8, { bias: true }),
  product(60, 65, 7, { ta: true, bias: true, activation: "relu" }),
  product(60, 68, 9),
  { inputs: [f32(3, 2, 68), f32(68, 40)], attributes: plain },
  { inputs: [f32(3, 68, 2), f32(3, 40, 68), f32(40)], attributes: { ...plain, transposeA: true, transposeB: true } },
  product(5, 8, 16, { bias: true }),
  product(34, 20, 30, { bias: true, activation: "relu" }),
  product(34, 20, 31, { bias: true, activation: "tanh", tb: true }),
  product(9, 20, 30, { activation: "sigmoid", ta: true }),
  product(130, 70, 9, { bias: true, activation: "relu", ta: true, tb: true }),
  product(0, 4, 5, { bias: true }),
  product(4, 0, 5, { bias: true, activation: "relu" }),
  product(4, 5, 0),
  { inputs: [f32(3, 5, 6), f32(3, 6, 7)], attributes: plain },
  { inputs: [f32(2, 2, 5, 6), f32(2, 2, 6, 9), f32(9)], attributes: plain },
  { inputs: [f32(4, 5, 6), f32(6, 7)], attributes: plain },
  { inputs: [f32(5, 6), f32(4, 6, 7)], attributes: plain },
  { inputs: [f32(4, 6, 5), f32(4, 7, 6)], attributes: { transposeA: true, transposeB: true, activation: "relu" } },
  { inputs: [f32(9, 10), f32(10, 12)], attributes: plain, values: ["nonfinite", "normal"] },
];

/** The same of f16: words of two elements, odd and even, in each kind of kernel. */
const halves = (call: Case<MatmulAttributes>): Case<MatmulAttributes> => ({
  ...call,
  inputs: call.inputs.map(({ shape }) => ({ dtype: "f16", shape })),
});

matmulCases.push(
  ...[
    product(3, 5, 7, { bias: true, activation: "relu" }),
    product(4, 8, 12),
    product(33, 47, 29, { tb: true, bias: true }),
    product(36, 48, 44, { bias: true, activation: "relu" }),
    product(40, 36, 36, { ta: true, tb: true }),
    product(3, 600, 37),
    product(2, 128, 64, { tb: true, bias: true }),
    product(0, 4, 5),
    product(4, 0, 5, { bias: true }),
    { inputs: [f32(3, 5, 6), f32(6, 7)], attributes: plain },
    { inputs: [f32(9, 10), f32(10, 12)], attributes: plain, values: ["nonfinite", "normal"] },
  ].map(halves),
);

export const matmulCheck: Check<MatmulAttributes> = {
  // A sum of k products of standard normals has partial sums of about sqrt(k), each rounded by 2^-24 of itself: k roundings
  // add up to about 2^-24 k / 2.5, and the largest of a hundred thousand elements lies 4.5 deviations out.
  tolerance: (inputs, attributes) => productTolerance(matmulShape(inputs, attributes).k),

  cases: matmulCases,
};
