// QR of matrices with at least as many rows as columns, by Householder's reflections, which keep Q orthogonal whatever the
// condition (Golub, Van Loan, Matrix Computations, 5.2). The diagonal of R is not negative, which makes Q and R unique.
import { ShapeError } from "../contract/error.ts";
import { type Attributes, op } from "../contract/op.ts";
import { describeType, type TensorType } from "../contract/tensor-type.ts";
import { type Matrices, matricesOf } from "./shape.ts";

/** Matrices that are not wide. @throws ShapeError when they have more columns than rows */
export const tallOf = (name: string, type: TensorType | undefined): Matrices => {
  const sizes = matricesOf(name, type);
  if (sizes.columns > sizes.rows)
    throw new ShapeError(
      `the op ${name} takes at least as many rows as columns, but got ${type ? describeType(type) : "nothing"}; factor the transpose`,
    );
  return sizes;
};

export const outputsOf = (type: TensorType | undefined): TensorType[] => {
  const { columns } = tallOf("qr", type);
  const leading = type?.shape.slice(0, -2) ?? [];
  return [
    { dtype: "f32", shape: type?.shape ?? [] },
    { dtype: "f32", shape: [...leading, columns, columns] },
    { dtype: "f32", shape: leading },
  ];
};

/**
 * Reduced QR of f32 [..., m, n] with m >= n: Q [..., m, n] with orthonormal columns, upper triangular R [..., n, n] with a
 * diagonal of at least 0, and [...] the determinant (1 or -1) of the orthogonal matrix whose first columns Q is: for
 * square matrices that of Q. A matrix with an element that is not finite gives NaN.
 */
export const qr = op<Attributes>({
  name: "qr",
  inputs: ["a"],
  outputs: ([a]) => outputsOf(a),
  work: ([a]) => {
    const { count, rows, columns } = tallOf("qr", a);
    const reflections = 2 * columns ** 2 * (rows - columns / 3);
    return { flops: Math.round(2 * count * reflections), bytes: 4 * count * columns * (2 * rows + columns) };
  },
});
