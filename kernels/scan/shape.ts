// Attributes of a scan and the three sizes that its kernels walk.
import type { AttributeValue } from "../contract/op.ts";
import { sizeOf, type TensorType } from "../contract/tensor-type.ts";
import type { ReduceFunction, ReduceShape } from "../reduce/shape.ts";

export type ScanAttributes = {
  readonly [name: string]: AttributeValue;
  readonly function: ReduceFunction;
  /** Axis along which values accumulate, counted from 0. */
  readonly axis: number;
  /** An element's result leaves the element itself out; the first is the function's identity. */
  readonly exclusive: boolean;
  /** Accumulate from the end of the axis. */
  readonly reverse: boolean;
};

export const scanShape = (type: TensorType, { axis }: ScanAttributes): ReduceShape => ({
  outer: sizeOf(type.shape.slice(0, axis)),
  reduced: type.shape[axis] ?? 1,
  inner: sizeOf(type.shape.slice(axis + 1)),
});
