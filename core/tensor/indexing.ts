// Elements by index along an axis, and putting them back.
import { ShapeError } from "@millrace/kernels";
import { fromLast, normaliseAxis, scatterAddAlong, takeAlong, toLast } from "../graph/build.ts";
import { Tensor } from "./tensor.ts";

/**
 * Elements of x at i32 indices along an axis (default the last), line by line, as NumPy's take_along_axis: the indices
 * have x's shape but for that axis, and the result has the indices' shape. NaN or 0 for an index out of range.
 * @throws ShapeError when the other axes differ, DTypeError unless the indices are i32
 * @example takeAlongAxis(tensor([[5, 6], [7, 8]]), tensor(Int32Array.of(1, 0), [2, 1])) // [[6], [7]]
 */
export const takeAlongAxis = (x: Tensor, indices: Tensor, axis = -1): Tensor => {
  const along = normaliseAxis("takeAlongAxis", x.value.type, axis);
  sameRank("takeAlongAxis", x, indices);
  return new Tensor(fromLast(takeAlong(toLast(x.value, along), toLast(indices.value, along)), along));
};

/**
 * Zeros with f32 updates added at i32 indices along an axis (default the last), line by line; the adjoint of
 * takeAlongAxis. Updates at one place are added in their order; indices out of range are left out.
 * @param size of the axis in the result
 * @throws ShapeError when updates and indices differ in shape
 * @example scatterAddAlongAxis(tensor(Int32Array.of(1, 1, 0)), tensor([5, 6, 7]), 3) // [7, 11, 0]
 */
export const scatterAddAlongAxis = (indices: Tensor, updates: Tensor, size: number, axis = -1): Tensor => {
  const along = normaliseAxis("scatterAddAlongAxis", updates.value.type, axis);
  sameRank("scatterAddAlongAxis", updates, indices);
  return new Tensor(fromLast(scatterAddAlong(toLast(indices.value, along), toLast(updates.value, along), size), along));
};

const sameRank = (name: string, x: Tensor, indices: Tensor): void => {
  if (x.rank !== indices.rank)
    throw new ShapeError(
      `${name}: the indices [${indices.shape.join(", ")}] must have as many axes as [${x.shape.join(", ")}]`,
    );
};
