// Gradients of linear algebra for the table of gradient.test.ts: functions whose insides are well-conditioned.
import { cholesky, type Tensor, tensor, triangularSolve } from "@millrace/core";

type Row = readonly [
  name: string,
  fn: (inputs: Tensor[]) => Tensor,
  shapes: readonly (readonly number[])[],
  low?: number,
  high?: number,
];

const first = (inputs: Tensor[]): Tensor => inputs[0] ?? tensor(0);
const second = (inputs: Tensor[]): Tensor => inputs[1] ?? tensor(0);

const diagonal = (values: readonly number[]): Tensor =>
  tensor(values.map((value, i) => values.map((_, k) => (i === k ? value : 0))));

/** x x^T + I: symmetric, positive definite. */
const positiveDefinite = (x: Tensor): Tensor =>
  x.matmul(x, { transposeB: true }).add(diagonal(new Array<number>(x.shape[x.rank - 2] ?? 0).fill(1)));

/** A triangle with a strong diagonal of both signs. */
const dominant = (x: Tensor): Tensor => x.add(diagonal([3, -4, 5].slice(0, x.shape[x.rank - 1])));

const triangularRows = [
  [true, false],
  [true, true],
  [false, false],
  [false, true],
].map(
  ([lower = false, transpose = false]): Row => [
    "triangularSolve",
    (x) => triangularSolve(dominant(first(x)), second(x), { lower, transpose }),
    [
      [2, 3, 3],
      [3, 2],
    ],
  ],
);

export const linearAlgebraRows: readonly Row[] = [
  ["cholesky", (x) => cholesky(positiveDefinite(first(x))), [[3, 3]]],
  ["cholesky", (x) => cholesky(positiveDefinite(first(x))), [[2, 2, 3]]],
  ...triangularRows,
];
