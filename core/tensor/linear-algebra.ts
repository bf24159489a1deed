// Linear algebra on matrices in the last two axes, one matrix for each place in the leading axes. A matrix that has no
// answer gives NaN in its own place and leaves the others alone, so that one bad example does not stop a batch.
import { broadcastShapes, ShapeError } from "@millrace/kernels";
import * as matrix from "../graph/matrix.ts";
import { apply, applyOp } from "../graph/node.ts";
import { concatenate, Tensor } from "./tensor.ts";

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

/** Options of triangularSolve. */
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

/** The first `columns` columns of matrices, and the rest. */
const cutColumns = (x: Tensor, columns: number): readonly [Tensor, Tensor] => {
  const whole = x.shape[x.rank - 1] ?? 0;
  const part = (start: number, size: number): Tensor =>
    x.slice([...x.shape.slice(0, -1).map(() => 0), start], [...x.shape.slice(0, -1), size]);
  return [part(0, columns), part(columns, whole - columns)];
};

/** Matrices transposed. */
const flipped = (x: Tensor): Tensor => new Tensor(matrix.transposed(x.value));

const sizesOf = (name: string, x: Tensor): { rows: number; columns: number } => {
  const [rows, columns] = x.shape.slice(-2);
  if (rows === undefined || columns === undefined)
    throw new ShapeError(`${name} takes matrices in the last two axes, [..., rows, columns], but got ${describe(x)}`);
  return { rows, columns };
};

/** Q, R and the determinant of Q of matrices that are not wide. */
const tallQr = (x: Tensor): { q: Tensor; r: Tensor; orientation: Tensor } => {
  const [q, r, orientation] = applyOp("qr", [x.value]);
  if (!q || !r || !orientation) throw new RangeError("qr gives three outputs");
  return { q: new Tensor(q), r: new Tensor(r), orientation: new Tensor(orientation) };
};

/**
 * The reduced factorisation x = q r of f32 [..., m, n]: with k = min(m, n), q [..., m, k] has orthonormal columns and r
 * [..., k, n] is upper triangular with a diagonal of at least 0. By Householder's reflections. The gradient needs the first
 * k columns of x to be independent. A matrix that is not finite gives NaN.
 * @throws ShapeError below two axes, DTypeError unless f32
 * @example const { q, r } = qr(tensor([[3, 1], [4, 2]])); await r.toArray() // [[5, 2.2], [0, 0.4]]
 */
export const qr = (x: Tensor): { q: Tensor; r: Tensor } => {
  const { rows, columns } = sizesOf("qr", x);
  if (columns <= rows) {
    const { q, r } = tallQr(x);
    return { q, r };
  }
  const [square, rest] = cutColumns(x, rows);
  const { q, r } = tallQr(square);
  return { q, r: concatenate([r, q.matmul(rest, { transposeA: true })], -1) };
};

/** Options of solve. */
export interface SolveOptions {
  /** "positiveDefinite" reads the lower triangle alone and takes half of the work, by Cholesky. Default "general". */
  readonly assume?: "general" | "positiveDefinite";
}

/**
 * X of a X = b for square a, f32 [..., n, n], and b [..., n, columns] or one vector [n]; leading axes broadcast. By QR, or
 * Cholesky where `assume` says that a is symmetric positive definite. A singular matrix gives Infinity or NaN.
 * @throws ShapeError when the shapes do not go together, DTypeError unless f32
 * @example await solve(tensor([[3, 1], [1, 2]]), tensor([9, 8])).toArray() // [2, 3]
 */
export const solve = (a: Tensor, b: Tensor, options: SolveOptions = {}): Tensor => {
  requireSquare("solve", a);
  return rightSides("solve", a, b, (left, right) => {
    if (options.assume === "positiveDefinite") {
      const factor = cholesky(left);
      return triangularSolve(factor, triangularSolve(factor, right), { transpose: true });
    }
    const { q, r } = tallQr(left);
    return triangularSolve(r, q.matmul(right, { transposeA: true }), { lower: false });
  });
};

const requireSquare = (name: string, x: Tensor): void => {
  const { rows, columns } = sizesOf(name, x);
  if (rows !== columns)
    throw new ShapeError(`${name} takes square matrices, but got ${describe(x)}: ${rows} rows and ${columns} columns`);
};

/** The inverse of square matrices; see solve, which is faster and closer for a X = b. @example inverse(tensor([[2, 0], [0, 4]])) // [[0.5, 0], [0, 0.25]] */
export const inverse = (x: Tensor, options: SolveOptions = {}): Tensor => {
  requireSquare("inverse", x);
  return solve(x, new Tensor(matrix.identityMatrix(x.shape[x.rank - 1] ?? 0)), options);
};

/**
 * Determinants [...] of square matrices [..., n, n], from QR. It overflows early as n grows: see logDeterminant. The
 * gradient of a singular matrix is NaN.
 * @throws ShapeError unless square, DTypeError unless f32
 * @example determinant(tensor([[1, 2], [3, 4]])) // -2
 */
export const determinant = (x: Tensor): Tensor => {
  requireSquare("determinant", x);
  const { r, orientation } = tallQr(x);
  return new Tensor(matrix.diagonalOf(r.value)).product({ axis: -1 }).multiply(orientation);
};

/**
 * Sign (-1, 0 or 1) and natural logarithm of the magnitude of determinants, [...] each; -Infinity where singular.
 * @throws ShapeError unless square, DTypeError unless f32
 * @example const { sign, logarithm } = logDeterminant(tensor([[0, 2], [2, 0]])); // -1, log 4
 */
export const logDeterminant = (x: Tensor, options: SolveOptions = {}): { sign: Tensor; logarithm: Tensor } => {
  requireSquare("logDeterminant", x);
  if (options.assume === "positiveDefinite") {
    const logarithm = new Tensor(matrix.diagonalOf(cholesky(x).value)).log().sum({ axis: -1 }).multiply(2);
    // NaN stays NaN; every other determinant is positive.
    return { sign: logarithm.multiply(0).add(1), logarithm };
  }
  const { r, orientation } = tallQr(x);
  const diagonal = new Tensor(matrix.diagonalOf(r.value));
  return {
    sign: diagonal.sign().product({ axis: -1 }).multiply(orientation),
    logarithm: diagonal.log().sum({ axis: -1 }),
  };
};

/**
 * X with the smallest |a X - b| for a, f32 [..., m, n] of full rank, and b [..., m, columns] or one vector [m]; where a is
 * wide, the smallest of the X that solve it. By QR, whose error grows with the condition and not with its square.
 * @throws ShapeError when the shapes do not go together, DTypeError unless f32
 * @example leastSquares(tensor([[1, 0], [1, 1], [1, 2]]), tensor([1, 3, 5])) // [1, 2]
 */
export const leastSquares = (a: Tensor, b: Tensor): Tensor =>
  rightSides("leastSquares", a, b, (left, right) => {
    const { rows, columns } = sizesOf("leastSquares", left);
    if (columns <= rows) {
      const { q, r } = tallQr(left);
      return triangularSolve(r, q.matmul(right, { transposeA: true }), { lower: false });
    }
    const { q, r } = tallQr(flipped(left));
    return q.matmul(triangularSolve(r, right, { lower: false, transpose: true }));
  });

/**
 * Eigenvalues [..., n], ascending, and eigenvectors [..., n, n], as columns, of symmetric f32 [..., n, n], by Jacobi's
 * rotations. Only the lower triangle is read; the gradient is given for a symmetric x. In each vector the first component
 * whose magnitude is at least nine tenths of the largest is positive. The gradient of vectors of equal eigenvalues is not
 * finite, that of the values is. A matrix that is not finite gives NaN.
 * @throws ShapeError unless the matrices are square, DTypeError unless f32
 * @example const { values } = symmetricEigen(tensor([[2, 1], [1, 2]])); await values.toArray() // [1, 3]
 */
export const symmetricEigen = (x: Tensor): { values: Tensor; vectors: Tensor } => {
  const [values, vectors] = applyOp("symmetricEigen", [x.value]);
  if (!values || !vectors) throw new RangeError("symmetricEigen gives two outputs");
  return { values: new Tensor(values), vectors: new Tensor(vectors) };
};

/**
 * x = u diag(s) v^T for f32 [..., m, n], with k = min(m, n): u [..., m, k] and v [..., n, k] have orthonormal columns, s
 * [..., k] is descending. By one-sided Jacobi rotations: values are right to a few units of rounding of the largest. In
 * each column of v (of u where x is wide) the first component whose magnitude is at least nine tenths of the largest is
 * positive. Where values are equal, or zero in a tall matrix, vectors have no finite gradient. A matrix that is not finite
 * gives NaN.
 * @throws ShapeError below two axes, DTypeError unless f32
 * @example const { s } = svd(tensor([[3, 0], [0, -4]])); await s.toArray() // [4, 3]
 */
export const svd = (x: Tensor): { u: Tensor; s: Tensor; v: Tensor } => {
  const { rows, columns } = sizesOf("svd", x);
  const isWide = columns > rows;
  const [left, s, right] = applyOp("svd", [(isWide ? flipped(x) : x).value]).map((value) => new Tensor(value));
  if (!left || !s || !right) throw new RangeError("svd gives three outputs");
  return isWide ? { u: right, s, v: left } : { u: left, s, v: right };
};
