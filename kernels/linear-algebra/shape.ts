// The matrices that lie in the last two axes of a tensor, and what they must be for a factorisation.
import { DTypeError, ShapeError } from "../contract/error.ts";
import { describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";

/** How many matrices there are, and their size. */
export interface Matrices {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
}

/** The f32 matrices of a tensor. @throws ShapeError below two axes, DTypeError unless f32 */
export const matricesOf = (name: string, type: TensorType | undefined): Matrices => {
  if (!type || type.shape.length < 2)
    throw new ShapeError(
      `${name} takes matrices in the last two axes, [..., rows, columns], but got ${type ? describeType(type) : "nothing"}`,
    );
  if (type.dtype !== "f32")
    throw new DTypeError(`${name} takes f32, but got ${describeType(type)}; convert with .to("f32")`);
  const [rows = 0, columns = 0] = type.shape.slice(-2);
  return { count: sizeOf(type.shape.slice(0, -2)), rows, columns };
};

/** Square matrices: how many, and their size. @throws ShapeError when they are not square */
export const squareOf = (name: string, type: TensorType | undefined): { count: number; size: number } => {
  const { count, rows, columns } = matricesOf(name, type);
  if (rows !== columns)
    throw new ShapeError(
      `${name} takes square matrices, but got ${type ? describeType(type) : "nothing"}: ${rows} rows and ${columns} columns`,
    );
  return { count, size: rows };
};
