// Running sums, products, maxima and minima along an axis.
import type { ReduceFunction } from "@millrace/kernels";
import { normaliseAxis, scan } from "../graph/build.ts";
import { Tensor } from "./tensor.ts";

/** Options of running sums, products and extremes. */
export interface CumulativeOptions {
  /** Axis to run along; the last when left out. Negative axes count from the end. */
  readonly axis?: number;
  /** Leave each element out of its own result, so that the first is 0, 1, -Infinity or Infinity. Default false. */
  readonly exclusive?: boolean;
  /** Run from the end of the axis. Default false. */
  readonly reverse?: boolean;
}

const cumulative = (name: ReduceFunction, x: Tensor, options: CumulativeOptions): Tensor =>
  new Tensor(
    scan(name, x.value, {
      axis: normaliseAxis(`cumulative ${name}`, x.value.type, options.axis ?? -1),
      exclusive: options.exclusive ?? false,
      reverse: options.reverse ?? false,
    }),
  );

/**
 * Sums of all elements up to each along an axis; x is f32, i32 or u32 of any shape. The order of the sum depends on the
 * shape alone, so threads never change it; its rounding error grows with the axis.
 * @throws ShapeError when there is no such axis, DTypeError for bool
 * @example cumulativeSum(tensor([1, 2, 3])) // [1, 3, 6]
 */
export const cumulativeSum = (x: Tensor, options: CumulativeOptions = {}): Tensor => cumulative("sum", x, options);

/** Products of all elements up to each along an axis; see cumulativeSum. @example cumulativeProduct(tensor([1, 2, 3])) // [1, 2, 6] */
export const cumulativeProduct = (x: Tensor, options: CumulativeOptions = {}): Tensor =>
  cumulative("product", x, options);

/** Largest of all elements up to each along an axis; from a NaN on it is NaN. @example cumulativeMaximum(tensor([1, 3, 2])) // [1, 3, 3] */
export const cumulativeMaximum = (x: Tensor, options: CumulativeOptions = {}): Tensor =>
  cumulative("maximum", x, options);

/** Smallest of all elements up to each along an axis; from a NaN on it is NaN. @example cumulativeMinimum(tensor([3, 1, 2])) // [3, 1, 1] */
export const cumulativeMinimum = (x: Tensor, options: CumulativeOptions = {}): Tensor =>
  cumulative("minimum", x, options);
