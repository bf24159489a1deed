// Attributes of softmax and the rows that its kernels walk.
import { DTypeError, ShapeError } from "../contract/error.ts";
import type { AttributeValue } from "../contract/op.ts";
import { describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";

export type SoftmaxAttributes = {
  readonly [name: string]: AttributeValue;
  /** Give the logarithm of the softmax. */
  readonly logarithm: boolean;
};

/** Rows and classes of a matrix of logits. @throws ShapeError without a last axis, DTypeError unless f32. */
export const rowsOf = (name: string, type: TensorType | undefined): { rows: number; columns: number } => {
  if (!type || type.shape.length === 0)
    throw new ShapeError(`${name} works along the last axis, but got ${type ? describeType(type) : "nothing"}`);
  if (type.dtype !== "f32")
    throw new DTypeError(`${name} takes f32, but got ${describeType(type)}; convert with .to("f32")`);
  return { rows: sizeOf(type.shape.slice(0, -1)), columns: type.shape[type.shape.length - 1] ?? 0 };
};
