// Putting tensors together and apart, made of reshape, slice, gather and concatenate.
import { ArgumentError, type Shape, ShapeError, sizeOf } from "@millrace/kernels";
import { normaliseAxis } from "../graph/build.ts";
import { concatenate, type Tensor, tensor } from "./tensor.ts";

/** A new axis of size 1 before `axis` (may be the rank, or -1 for behind the last). */
export const expandDimensions = (x: Tensor, axis: number): Tensor => {
  const at = axis < 0 ? axis + x.rank + 1 : axis;
  if (!Number.isInteger(at) || at < 0 || at > x.rank)
    throw new ShapeError(
      `expandDimensions of [${x.shape.join(", ")}]: there is no place ${axis}; it must lie between ${-x.rank - 1} and ${x.rank}`,
    );
  return x.reshape([...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
};

/** Without axes of size 1: those named, or all. @throws ShapeError when a named axis has another size */
export const squeeze = (x: Tensor, axes?: readonly number[]): Tensor => {
  const named = axes?.map((axis) => normaliseAxis("squeeze", x.value.type, axis));
  const wrong = named?.find((axis) => x.shape[axis] !== 1);
  if (wrong !== undefined)
    throw new ShapeError(`squeeze of [${x.shape.join(", ")}]: axis ${wrong} has size ${x.shape[wrong]}, not 1`);
  return x.reshape(x.shape.filter((size, axis) => !(named ? named.includes(axis) : size === 1)));
};

/** Tensors of one shape along a new axis (default the first). @example stack([tensor([1, 2]), tensor([3, 4])]).shape // [2, 2] */
export const stack = (tensors: readonly Tensor[], axis = 0): Tensor =>
  concatenate(
    tensors.map((x) => expandDimensions(x, axis)),
    axis,
  );

/**
 * Blocks along an axis: `parts` equal ones, or ones of the given sizes.
 * @throws ShapeError when the sizes do not add up to the axis
 */
export const split = (x: Tensor, parts: number | readonly number[], axis = 0): Tensor[] => {
  const along = normaliseAxis("split", x.value.type, axis);
  const total = x.shape[along] ?? 0;
  if (typeof parts === "number" && (!Number.isInteger(parts) || parts < 1))
    throw new ArgumentError(`split: the number of parts must be a whole number of at least 1, but is ${parts}`);
  const sizes = typeof parts === "number" ? new Array<number>(parts).fill(total / parts) : parts;
  const covered = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.some((size) => !Number.isInteger(size) || size < 0) || covered !== total)
    throw new ShapeError(
      `split of [${x.shape.join(", ")}] along axis ${along}: sizes [${sizes.join(", ")}] do not add up to ${total} in whole numbers`,
    );
  let start = 0;
  return sizes.map((size) => {
    const from = x.shape.map((_, i) => (i === along ? start : 0));
    start += size;
    return x.slice(
      from,
      x.shape.map((own, i) => (i === along ? size : own)),
    );
  });
};

/** Elements in the opposite order along axes (all when left out). */
export const flip = (x: Tensor, axes: readonly number[] = [...x.shape.keys()]): Tensor =>
  axes.reduce((result, axis) => {
    const along = normaliseAxis("flip", x.value.type, axis);
    const size = x.shape[along] ?? 0;
    return take(result, tensor(Int32Array.from({ length: size }, (_, i) => size - 1 - i)), along);
  }, x);

/** Elements at i32 indices along an axis: [...before, ...indices, ...after]; NaN or 0 for an index out of range. */
export const take = (x: Tensor, indices: Tensor, axis = 0): Tensor => {
  const along = normaliseAxis("take", x.value.type, axis);
  if (along === 0) return x.gather(indices);
  const first = [along, ...x.shape.keys()].filter((own, i) => i === 0 || own !== along);
  const gathered = x.transpose(first).gather(indices);
  const moved = indices.rank;
  const before = Array.from({ length: along }, (_, i) => moved + i);
  const inside = Array.from({ length: moved }, (_, i) => i);
  const after = Array.from({ length: x.rank - along - 1 }, (_, i) => moved + along + i);
  return gathered.transpose([...before, ...inside, ...after]);
};

/** The tensor repeated along each axis; counts are aligned at the last axis, as in NumPy. @example tile(tensor([1, 2]), [2]) // [1, 2, 1, 2] */
export const tile = (x: Tensor, counts: readonly number[]): Tensor => {
  if (counts.some((count) => !Number.isInteger(count) || count < 0))
    throw new ArgumentError(`tile: counts must be whole numbers of at least 0, but are [${counts.join(", ")}]`);
  const rank = Math.max(x.rank, counts.length);
  const shape: Shape = [...new Array<number>(rank - x.rank).fill(1), ...x.shape];
  const repeats = [...new Array<number>(rank - counts.length).fill(1), ...counts];
  const apart = shape.flatMap((size) => [1, size]);
  const repeated = shape.flatMap((size, i) => [repeats[i] ?? 1, size]);
  return x
    .reshape(apart)
    .broadcastTo(repeated)
    .reshape(shape.map((size, i) => size * (repeats[i] ?? 1)));
};

/** Two axes exchanged. */
export const swapAxes = (x: Tensor, first: number, second: number): Tensor => {
  const [a, b] = [normaliseAxis("swapAxes", x.value.type, first), normaliseAxis("swapAxes", x.value.type, second)];
  return x.transpose([...x.shape.keys()].map((axis) => (axis === a ? b : axis === b ? a : axis)));
};

/** All elements in one axis. */
export const flatten = (x: Tensor): Tensor => x.reshape([sizeOf(x.shape)]);
