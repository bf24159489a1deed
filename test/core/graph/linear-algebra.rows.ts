// Gradients of linear algebra for the table of gradient.test.ts: functions whose insides are well-conditioned.
import {
  cholesky,
  concatenate,
  determinant,
  inverse,
  leastSquares,
  logDeterminant,
  qr,
  solve,
  svd,
  symmetricEigen,
  type Tensor,
  tensor,
  triangularSolve,
} from "@millrace/core";

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
const dominant = (x: Tensor): Tensor => x.add(diagonal([3, -6, 10].slice(0, x.shape[x.rank - 1])));

/** Four rows and two columns that are far from parallel. */
const tall = (x: Tensor): Tensor =>
  x.add(
    tensor([
      [3, 0],
      [0, 4],
      [1, -2],
      [-2, 0],
    ]),
  );

/** Symmetric, with eigenvalues near 0, 4 and 8. */
const apart = (x: Tensor): Tensor =>
  x
    .add(
      x.transpose(
        [...x.shape.keys()].map((axis, i, all) =>
          i < all.length - 2 ? axis : i === all.length - 1 ? axis - 1 : axis + 1,
        ),
      ),
    )
    .multiply(0.5)
    .add(diagonal([4, 8, 0]));

/** Four rows and two columns with singular values near 8 and 3. */
const uneven = (x: Tensor): Tensor =>
  x.add(
    tensor([
      [8, 0],
      [0, 3],
      [0, 0],
      [0, 0],
    ]),
  );

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
  ["qr", (x) => qr(tall(first(x))).q, [[4, 2]]],
  ["qr", (x) => qr(dominant(first(x))).r, [[2, 3, 3]]],
  ["qr", (x) => concatenate(Object.values(qr(dominant(first(x)))), 0), [[3, 3]]],
  [
    "qr",
    (x) => concatenate(Object.values(qr(dominant(first(x).slice([0, 0], [2, 2])).matmul(first(x)))), 1),
    [[2, 3]],
    0.5,
    1,
  ],
  ["qr", (x) => solve(dominant(first(x)), second(x)), [[3, 3], [3]]],
  [
    "cholesky",
    (x) => solve(positiveDefinite(first(x)), second(x), { assume: "positiveDefinite" }),
    [
      [3, 3],
      [3, 2],
    ],
  ],
  ["qr", (x) => inverse(dominant(first(x))), [[2, 2, 2]]],
  ["qr", (x) => determinant(dominant(first(x))), [[2, 3, 3]]],
  ["qr", (x) => logDeterminant(dominant(first(x))).logarithm, [[3, 3]]],
  ["cholesky", (x) => logDeterminant(positiveDefinite(first(x)), { assume: "positiveDefinite" }).logarithm, [[3, 3]]],
  ["qr", (x) => leastSquares(tall(first(x)), second(x)), [[4, 2], [4]], 0.2, 1],
  [
    "qr",
    (x) => leastSquares(dominant(first(x).slice([0, 0], [2, 2])).matmul(first(x)), second(x)),
    [[2, 3], [2]],
    0.5,
    1,
  ],
  ["symmetricEigen", (x) => symmetricEigen(apart(first(x))).values, [[3, 3]]],
  ["symmetricEigen", (x) => symmetricEigen(apart(first(x))).vectors, [[2, 3, 3]]],
  [
    "symmetricEigen",
    (x) =>
      concatenate([symmetricEigen(apart(first(x))).vectors, symmetricEigen(apart(first(x))).values.reshape([1, 3])]),
    [[3, 3]],
  ],
  ["svd", (x) => svd(uneven(first(x))).s, [[2, 4, 2]]],
  ["svd", (x) => svd(uneven(first(x))).u, [[4, 2]]],
  ["svd", (x) => svd(uneven(first(x)).transpose()).u, [[4, 2]]],
  ["svd", (x) => concatenate(Object.values(svd(dominant(first(x)))).map((y) => y.reshape([y.size]))), [[3, 3]]],
];
