// Eigenvalues and eigenvectors of symmetric matrices by Jacobi's rotations (Golub, Van Loan, Matrix Computations, 8.5).
import { type Attributes, op } from "../contract/op.ts";
import type { TensorType } from "../contract/tensor-type.ts";
import { squareOf } from "./shape.ts";

export const outputsOf = (type: TensorType | undefined): TensorType[] => {
  squareOf("symmetricEigen", type);
  const shape = type?.shape ?? [];
  return [
    { dtype: "f32", shape: shape.slice(0, -1) },
    { dtype: "f32", shape },
  ];
};

/**
 * Eigenvalues [..., n], ascending, and eigenvectors [..., n, n] as columns, of symmetric f32 [..., n, n]. Only the lower
 * triangle is read. The first component of each vector whose magnitude is at least nine tenths of the largest is positive.
 * A matrix with an element that is not finite in that triangle gives NaN.
 */
export const symmetricEigen = op<Attributes>({
  name: "symmetricEigen",
  inputs: ["a"],
  outputs: ([a]) => outputsOf(a),
  // Eight sweeps of n^2 / 2 rotations of 18 n operations.
  work: ([a]) => {
    const { count, size } = squareOf("symmetricEigen", a);
    return { flops: 72 * count * size ** 3, bytes: 4 * count * size * (2 * size + 1) };
  },
});
