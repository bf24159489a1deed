// Order along an axis: sort, argSort, topK, and places in what is sorted.
import { ArgumentError } from "@millrace/kernels";
import { fromLast, normaliseAxis, toLast } from "../graph/build.ts";
import { apply, applyOp, type Value } from "../graph/node.ts";
import { Tensor } from "./tensor.ts";

/** Options of sort and argSort. */
export interface SortOptions {
  /** Axis to sort along; the last when left out. Negative axes count from the end. */
  readonly axis?: number;
  /** Largest first. Default false. */
  readonly descending?: boolean;
}

/** Sorted values and the i32 places that they came from, the axis moved behind all others. */
const sorted = (name: string, x: Tensor, options: SortOptions): { along: number; values: Value; indices: Value } => {
  const along = normaliseAxis(name, x.value.type, options.axis ?? -1);
  const [values, indices] = applyOp("sort", [toLast(x.value, along)], { descending: options.descending ?? false });
  if (!values || !indices) throw new ArgumentError(`${name}: the sort gave no result`);
  return { along, values, indices };
};

/**
 * Elements in order along an axis; x is f32, i32 or u32. NaN comes last, whichever the order.
 * @throws ShapeError when there is no such axis, DTypeError for bool
 * @example sort(tensor([3, 1, 2])) // [1, 2, 3]
 */
export const sort = (x: Tensor, options: SortOptions = {}): Tensor => {
  const { along, values } = sorted("sort", x, options);
  return new Tensor(fromLast(values, along));
};

/**
 * The i32 indices that would sort x along an axis. Equal elements (zeros of both signs too) keep their order.
 * @example argSort(tensor([3, 1, 2])) // [1, 2, 0]
 */
export const argSort = (x: Tensor, options: SortOptions = {}): Tensor => {
  const { along, indices } = sorted("argSort", x, options);
  return new Tensor(fromLast(indices, along));
};

/** Options of topK. */
export interface TopKOptions {
  /** Axis to look along; the last when left out. */
  readonly axis?: number;
  /** The smallest k instead. Default false. */
  readonly smallest?: boolean;
}

/**
 * The k largest (or smallest) elements along an axis, in order, and their i32 indices; the first of equals comes first
 * and NaN last.
 * @throws ArgumentError when k is not a whole number between 0 and the axis's size
 * @example const { values, indices } = topK(tensor([3, 9, 4]), 2); // [9, 4] and [1, 2]
 */
export const topK = (x: Tensor, k: number, options: TopKOptions = {}): { values: Tensor; indices: Tensor } => {
  const along = normaliseAxis("topK", x.value.type, options.axis ?? -1);
  const descending = !(options.smallest ?? false);
  const [values, indices] = applyOp("topK", [toLast(x.value, along)], { k, descending });
  if (!values || !indices) throw new ArgumentError("topK gave no result");
  return { values: new Tensor(fromLast(values, along)), indices: new Tensor(fromLast(indices, along)) };
};

/**
 * For each value the i32 place in ascending `sorted` [n] where it would stand: before elements equal to it, or behind
 * them with `right`. Values have any shape, the result has theirs. NaN is behind every number. For `sorted` [..., n] with
 * more axes, values are [..., m] and each row is searched for its own.
 * @throws DTypeError unless both have one dtype, ShapeError when the leading axes differ
 * @example searchSorted(tensor([1, 3, 5]), tensor([0, 3, 9])) // [0, 1, 3]
 */
export const searchSorted = (sorted: Tensor, values: Tensor, options: { readonly right?: boolean } = {}): Tensor => {
  const right = options.right ?? false;
  const flat = sorted.rank === 1 ? values.reshape([values.size]) : values;
  return new Tensor(apply("searchSorted", [sorted.value, flat.value], { right })).reshape(values.shape);
};
