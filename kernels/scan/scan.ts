// Scans (running reductions) along one axis. The order is fixed by the shape: an axis is cut into blocks, each block is
// scanned alone, and what came before a block is combined with each of its elements; threads never change the bits.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { op } from "../contract/op.ts";
import { byteSizeOf, describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import type { ReduceFunction } from "../reduce/shape.ts";
import type { ScanAttributes } from "./shape.ts";

export const combine: Record<ReduceFunction, (x: number, y: number) => number> = {
  sum: (x, y) => x + y,
  product: (x, y) => x * y,
  maximum: Math.max,
  minimum: Math.min,
};

export const checked = (x: TensorType | undefined, attributes: ScanAttributes): TensorType => {
  const { function: name, axis } = attributes;
  if (!x) throw new ArgumentError("scan takes one input");
  if (!(name in combine))
    throw new ArgumentError(`scan knows sum, product, maximum and minimum, not "${String(name)}"`);
  if (x.dtype === "bool")
    throw new DTypeError(
      `cumulative ${name} takes f32, i32 or u32, but got ${describeType(x)}; convert with .to("i32")`,
    );
  if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length)
    throw new ShapeError(
      `cumulative ${name} of ${describeType(x)}: axis ${axis} is not between 0 and ${x.shape.length - 1}`,
    );
  return x;
};

/**
 * Running sum, product, maximum or minimum along an axis, from either end, with or without the element itself. NaN wins
 * in maximum and minimum; integers wrap.
 */
export const scan = op<ScanAttributes>({
  name: "scan",
  inputs: ["x"],
  outputs: ([x], attributes) => [checked(x, attributes)],
  work: ([x]) => (x ? { flops: sizeOf(x.shape), bytes: 2 * byteSizeOf(x) } : { flops: 0, bytes: 0 }),
});
