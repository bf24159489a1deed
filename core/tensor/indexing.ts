// Elements by index along an axis, and putting them back.
import { type ScatterFunction, ShapeError } from "@millrace/kernels";
import { fromLast, normaliseAxis, scatterAddAlong, takeAlong, toLast } from "../graph/build.ts";
import { apply } from "../graph/node.ts";
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

const scatter = (name: ScatterFunction, x: Tensor, indices: Tensor, updates: Tensor): Tensor =>
  new Tensor(apply("scatter", [x.value, indices.value, updates.value], { function: name }));

/**
 * x [rows, ...] with its rows at i32 indices set to updates [...indices, ...row]. Of several updates of one row the last
 * stays, on every device and in every run; indices out of range are left out.
 * @throws ShapeError when the updates do not fit the indices and rows, DTypeError unless x and updates have one dtype
 * @example scatterSet(tensor([0, 0, 0]), tensor(Int32Array.of(2, 0, 2)), tensor([5, 6, 7])) // [6, 0, 7]
 */
export const scatterSet = (x: Tensor, indices: Tensor, updates: Tensor): Tensor => scatter("set", x, indices, updates);

/**
 * x [rows, ...] with each row at an i32 index raised to updates [...indices, ...row] where they are larger; NaN wins.
 * Elements that tie share the gradient. See scatterSet.
 * @example scatterMax(tensor([4, 0]), tensor(Int32Array.of(0, 1, 1)), tensor([3, 2, 1])) // [4, 2]
 */
export const scatterMax = (x: Tensor, indices: Tensor, updates: Tensor): Tensor =>
  scatter("maximum", x, indices, updates);

/** As scatterMax, lowered to updates where they are smaller. */
export const scatterMin = (x: Tensor, indices: Tensor, updates: Tensor): Tensor =>
  scatter("minimum", x, indices, updates);

const sameRank = (name: string, x: Tensor, indices: Tensor): void => {
  if (x.rank !== indices.rank)
    throw new ShapeError(
      `${name}: the indices [${indices.shape.join(", ")}] must have as many axes as [${x.shape.join(", ")}]`,
    );
};
