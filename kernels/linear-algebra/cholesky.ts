// The Cholesky factor of symmetric positive definite matrices: A = L L^T with L lower triangular.
import { type Attributes, op } from "../contract/op.ts";
import { byteSizeOf } from "../contract/tensor-type.ts";
import { squareOf } from "./shape.ts";

/**
 * Lower triangular factor of f32 [..., n, n], zeros above the diagonal. Only the lower triangle is read. The factor of a
 * matrix with a pivot that is not positive and finite is NaN on and below the diagonal.
 */
export const cholesky = op<Attributes>({
  name: "cholesky",
  inputs: ["a"],
  outputs: ([a]) => {
    squareOf("cholesky", a);
    return a ? [a] : [];
  },
  work: ([a]) => {
    const { count, size } = squareOf("cholesky", a);
    return { flops: Math.round((count * size ** 3) / 3), bytes: a ? 2 * byteSizeOf(a) : 0 };
  },
});
