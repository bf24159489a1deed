// Linear algebra on matrices in the last two axes, one matrix for each place in the leading axes. A matrix that has no
// answer gives NaN in its own place and leaves the others alone, so that one bad example does not stop a batch.
import { broadcastShapes, ShapeError } from "@millrace/kernels";
import * as matrix from "../graph/matrix.ts";
import { apply } from "../graph/node.ts";
import { Tensor } from "./tensor.ts";

const describe = (x: Tensor): string => `${x.dtype}[${x.shape.join(", ")}]`;

/** Matrices and right sides with the same leading axes; a vector [n] as one column for a single matrix. */
const rightSides = (name: string, a: Tensor, b: Tensor, solveFor: (a: Tensor, b: Tensor) => Tensor): Tensor => {
  if (a.rank < 2)
    throw new ShapeError(`${name} takes matrices in the last two axes, [..., rows, columns], but got ${describe(a)}`);
  const rows = a.shape[a.rank - 2] ?? 0;
  const isVector = b.rank === 1;
  const columns = isVector ? b.reshape([b.size, 1]) : b;
  if (b.rank === 0 || columns.shape[columns.rank - 2] !== rows)
    throw new ShapeError(
      `${name}: the right side ${describe(b)} does not fit ${describe(a)}; it must be [${rows}] or [..., ${rows}, columns]`,
    );
  const leading = broadcastShapes(a.shape.slice(0, -2), columns.shape.slice(0, -2));
  const spread = (x: Tensor): Tensor => x.broadcastTo([...leading, ...x.shape.slice(-2)]);
  const result = solveFor(spread(a), spread(columns));
  return isVector ? result.reshape(result.shape.slice(0, -1)) : result;
};

/**
 * The lower triangular L with L L^T = x, for symmetric positive definite x, f32 [..., n, n]; zeros above the diagonal.
 * Only the lower triangle of x is read; its gradient is given for a symmetric x. A matrix that is not positive definite,
 * or not finite, gives NaN on and below the diagonal.
 * @throws ShapeError unless the matrices are square, DTypeError unless f32
 * @example await cholesky(tensor([[4, 2], [2, 5]])).toArray() // [[2, 0], [1, 2]]
 */
export const cholesky = (x: Tensor): Tensor => new Tensor(apply("cholesky", [x.value]));

export interface TriangularSolveOptions {
  /** The triangle of `a` that is read; the other counts as zeros. Default true. */
  readonly lower?: boolean;
  /** Solve with the transpose of `a`. Default false. */
  readonly transpose?: boolean;
}

/**
 * X of a X = b for triangular a, f32 [..., n, n], and b [..., n, columns] or one vector [n]; leading axes broadcast.
 * A zero on the diagonal gives Infinity or NaN.
 * @throws ShapeError when the shapes do not go together, DTypeError unless f32
 * @example await triangularSolve(tensor([[2, 0], [1, 4]]), tensor([2, 9])).toArray() // [1, 2]
 */
export const triangularSolve = (a: Tensor, b: Tensor, options: TriangularSolveOptions = {}): Tensor =>
  rightSides(
    "triangularSolve",
    a,
    b,
    (left, right) =>
      new Tensor(
        matrix.triangularSolve(left.value, right.value, {
          lower: options.lower ?? true,
          transpose: options.transpose ?? false,
        }),
      ),
  );
