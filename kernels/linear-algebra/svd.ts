// Singular values and vectors of matrices with at least as many rows as columns, by one-sided Jacobi rotations (Hestenes
// 1958; Demmel and Veselic 1992 for its accuracy, which that of A^T A's eigenvalues does not reach).
import { type Attributes, op } from "../contract/op.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { tallOf } from "./qr.ts";

export const outputsOf = (type: TensorType | undefined): TensorType[] => {
  const { columns } = tallOf("svd", type);
  const shape = type?.shape ?? [];
  const leading = shape.slice(0, -2);
  return [
    { dtype: "f32", shape },
    { dtype: "f32", shape: [...leading, columns] },
    { dtype: "f32", shape: [...leading, columns, columns] },
  ];
};

/**
 * A = U diag(s) V^T of f32 [..., m, n] with m >= n: U [..., m, n] with orthonormal columns, s [..., n] descending, V [...,
 * n, n] orthogonal. The first component of each column of V whose magnitude is at least nine tenths of the largest is
 * positive. Where a singular value is 0 the column of U is any that completes it. A matrix that is not finite gives NaN.
 */
export const svd = op<Attributes>({
  name: "svd",
  inputs: ["a"],
  outputs: ([a]) => outputsOf(a),
  // Eight sweeps of n^2 / 2 pairs: three products of m, a rotation of m + n.
  work: ([a]) => {
    const { count, rows, columns } = tallOf("svd", a);
    return {
      flops: 4 * count * columns ** 2 * (12 * rows + 6 * columns),
      bytes: 4 * count * columns * (2 * rows + columns + 1),
    };
  },
});
