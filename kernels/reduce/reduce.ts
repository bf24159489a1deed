// Reductions over neighbouring axes: [outer, reduced, inner] -> [outer, inner]. The order of the sum is fixed:
// blocks of a fixed number of terms are summed alone, and their sums in order, whatever the number of threads.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { op } from "../contract/op.ts";
import { byteSizeOf, describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import type { ReduceAttributes, ReduceFunction } from "./shape.ts";

export const combine: Record<ReduceFunction, (x: number, y: number) => number> = {
  sum: (x, y) => x + y,
  product: (x, y) => x * y,
  maximum: Math.max,
  minimum: Math.min,
};

export const outputType = (type: TensorType, attributes: ReduceAttributes): TensorType => {
  if (type.dtype === "bool")
    throw new DTypeError(
      `${attributes.function} takes f32, i32 or u32, but got ${describeType(type)}; convert with .to("i32")`,
    );
  if (!(attributes.function in combine))
    throw new ArgumentError(`reduce knows sum, product, maximum and minimum, not "${attributes.function}"`);
  attributes.axes.forEach((axis, i) => {
    if (!Number.isInteger(axis) || axis < 0 || axis >= type.shape.length)
      throw new ShapeError(
        `${attributes.function} of ${describeType(type)}: axis ${axis} is not between 0 and ${type.shape.length - 1}`,
      );
    if (i > 0 && axis !== (attributes.axes[i - 1] ?? 0) + 1)
      throw new ShapeError(
        `${attributes.function} of ${describeType(type)}: the axes [${attributes.axes.join(", ")}] of one kernel must be neighbours in ascending order`,
      );
  });
  const reduced = new Set(attributes.axes);
  const shape = attributes.keepDimensions
    ? type.shape.map((axis, i) => (reduced.has(i) ? 1 : axis))
    : type.shape.filter((_, i) => !reduced.has(i));
  return { dtype: type.dtype, shape };
};

/** Sum, product, maximum or minimum over neighbouring axes; NaN wins in maximum and minimum. */
export const reduce = op<ReduceAttributes>({
  name: "reduce",
  inputs: ["x"],
  outputs: ([x], attributes) => {
    if (!x) throw new ArgumentError("reduce takes one input");
    return [outputType(x, attributes)];
  },
  work: (inputs, attributes) => {
    const [x] = inputs;
    if (!x) return { flops: 0, bytes: 0 };
    return { flops: sizeOf(x.shape), bytes: byteSizeOf(x) + byteSizeOf(outputType(x, attributes)) };
  },
});
