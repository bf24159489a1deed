// Reductions made of sums, maxima and element-wise chains, which fuse into few kernels.
import { ArgumentError, sizeOf } from "@millrace/kernels";
import { normaliseAxis } from "../graph/build.ts";
import { onceRounded } from "./once-rounded.ts";
import { full, type ReduceOptions, range, type Tensor } from "./tensor.ts";

/** Axes of a reduction counted from 0. */
const axesOf = (x: Tensor, { axis }: ReduceOptions): number[] => {
  const given = axis === undefined ? [...x.shape.keys()] : typeof axis === "number" ? [axis] : axis;
  return given.map((one) => normaliseAxis("a reduction", x.value.type, one));
};

/** Number of elements that a reduction takes together. */
const countOf = (x: Tensor, options: ReduceOptions): number =>
  sizeOf(axesOf(x, options).map((axis) => x.shape[axis] ?? 1));

const keep = (options: ReduceOptions): ReduceOptions => ({ ...options, keepDimensions: true });

/** A kept-dimensions result in the rank that the options ask for. */
const settle = (x: Tensor, result: Tensor, options: ReduceOptions): Tensor => {
  if (options.keepDimensions) return result;
  const axes = new Set(axesOf(x, options));
  return result.reshape(x.shape.filter((_, axis) => !axes.has(axis)));
};

/**
 * Variance over axes, f32, by two passes: the mean, then the mean square distance from it.
 * @param options.correction subtracted from the count in the denominator: 0 (default) for a population, 1 for a sample
 * @example variance(tensor([1, 2, 3, 4])) // 1.25
 */
export const variance = (x: Tensor, options: ReduceOptions & { readonly correction?: number } = {}): Tensor => {
  const count = countOf(x, options) - (options.correction ?? 0);
  return onceRounded(x, (own) =>
    own
      .subtract(own.mean(keep(options)))
      .square()
      .sum(options)
      .divide(count),
  );
};

/** Square root of the variance; see variance. */
export const standardDeviation = (x: Tensor, options: ReduceOptions & { readonly correction?: number } = {}): Tensor =>
  onceRounded(x, (own) => variance(own, options).sqrt());

/**
 * Length of vectors along axes: order 1 (sum of magnitudes), 2 (default, Euclidean) or Infinity (largest magnitude).
 * @example norm(tensor([3, 4])) // 5
 */
export const norm = (
  x: Tensor,
  options: ReduceOptions & { readonly order?: 1 | 2 | typeof Number.POSITIVE_INFINITY } = {},
): Tensor => {
  const order = options.order ?? 2;
  if (order === 1) return x.absolute().sum(options);
  if (order === 2) return onceRounded(x, (own) => own.square().sum(options).sqrt());
  if (order === Number.POSITIVE_INFINITY) return x.absolute().max(options);
  throw new ArgumentError(`norm knows the orders 1, 2 and Infinity, not ${order}`);
};

/** Logarithm of the sum of exponentials over axes, f32, shifted by the largest so that no finite input overflows. */
export const logSumExp = (x: Tensor, options: ReduceOptions = {}): Tensor => {
  const largest = x.max(keep(options));
  const finite = largest.absolute().less(Number.POSITIVE_INFINITY).where(largest, 0);
  const shift = finite.to("f32");
  const sum = onceRounded(x, (own) => own.subtract(shift).exp().sum(keep(options)).log().add(shift));
  return settle(x, sum, options);
};

/** True where any element over the axes is true; x must be bool. */
export const any = (x: Tensor, options: ReduceOptions = {}): Tensor => x.to("i32").max(options).greater(0);

/** True where all elements over the axes are true (and over none); x must be bool. */
export const all = (x: Tensor, options: ReduceOptions = {}): Tensor => x.to("i32").min(options).greater(0);

const isFloat = ({ dtype }: Tensor): boolean => dtype === "f32" || dtype === "f16";

/** The index, i32, of the first element along `axis` for which `hit` is true. */
const firstHit = (x: Tensor, hit: Tensor, axis: number, keepDimensions: boolean | undefined): Tensor => {
  const size = x.shape[axis] ?? 0;
  if (size === 0)
    throw new ArgumentError(
      `there is no largest or smallest element along axis ${axis} of [${x.shape.join(", ")}]: it is empty`,
    );
  const positions = range(size).reshape(x.shape.map((_, i) => (i === axis ? size : 1)));
  return hit.where(positions, full([], size - 1, "i32")).min({ axis, keepDimensions: keepDimensions ?? false });
};

/** Options of argMax and argMin. */
export interface ArgumentOptions {
  /** Axis to search along; the last when left out. */
  readonly axis?: number;
  /** Keep the axis with size 1. Default false. */
  readonly keepDimensions?: boolean;
}

/**
 * Index, i32, of the largest element along an axis; the first of equals. A NaN counts as largest, as in NumPy.
 * @throws ArgumentError when the axis is empty
 * @example argMax(tensor([[1, 9, 2], [7, 3, 7]])) // [1, 0]
 */
export const argMax = (x: Tensor, options: ArgumentOptions = {}): Tensor => {
  const axis = normaliseAxis("argMax", x.value.type, options.axis ?? -1);
  const hit = x.equal(x.max({ axis, keepDimensions: true }));
  return firstHit(x, isFloat(x) ? hit.or(x.isNaN()) : hit, axis, options.keepDimensions);
};

/** Index, i32, of the smallest element along an axis; see argMax. */
export const argMin = (x: Tensor, options: ArgumentOptions = {}): Tensor => {
  const axis = normaliseAxis("argMin", x.value.type, options.axis ?? -1);
  const hit = x.equal(x.min({ axis, keepDimensions: true }));
  return firstHit(x, isFloat(x) ? hit.or(x.isNaN()) : hit, axis, options.keepDimensions);
};
