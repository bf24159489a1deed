// Solutions of triangular systems with any number of right sides, by substitution.
import { ArgumentError, ShapeError } from "../contract/error.ts";
import { type AttributeValue, op } from "../contract/op.ts";
import { byteSizeOf, describeType, sameShape, type TensorType } from "../contract/tensor-type.ts";
import { matricesOf, squareOf } from "./shape.ts";

export type TriangularSolveAttributes = {
  readonly [name: string]: AttributeValue;
  /** The triangle of A that is read; the other counts as zeros. */
  readonly lower: boolean;
  /** Solve A^T X = B. */
  readonly transpose: boolean;
};

export const sizesOf = (inputs: readonly TensorType[]): { count: number; size: number; columns: number } => {
  const [a, b] = inputs;
  const { count, size } = squareOf("triangularSolve", a);
  const { rows, columns } = matricesOf("triangularSolve", b);
  if (!a || !b) throw new ArgumentError("triangularSolve takes two inputs");
  if (rows !== size || !sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2)))
    throw new ShapeError(
      `triangularSolve: ${describeType(a)} and ${describeType(b)} do not go together; b must be [${[...a.shape.slice(0, -1), "columns"].join(", ")}]`,
    );
  return { count, size, columns };
};

/** X of A X = B, or A^T X = B, for triangular f32 A [..., n, n] and B [..., n, columns]. A zero on the diagonal gives Infinity or NaN. */
export const triangularSolve = op<TriangularSolveAttributes>({
  name: "triangularSolve",
  inputs: ["a", "b"],
  outputs: (inputs) => {
    sizesOf(inputs);
    const [, b] = inputs;
    return b ? [b] : [];
  },
  work: (inputs) => {
    const { count, size, columns } = sizesOf(inputs);
    const [, b] = inputs;
    return { flops: count * size * size * columns, bytes: 4 * count * size * size + (b ? 2 * byteSizeOf(b) : 0) };
  },
});
