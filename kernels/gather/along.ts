// Elements by index along the last axis, each row by its own indices, and the adjoint that adds them back. Every element of
// the result is summed by one worker in the order of the indices, so the answer has the same bits in every run.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type Attributes, type AttributeValue, op } from "../contract/op.ts";
import { byteSizeOf, describeType, sameShape, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { indexType } from "./shape.ts";

export type ScatterAddAlongAttributes = {
  readonly [name: string]: AttributeValue;
  /** Size of the result's last axis. */
  readonly size: number;
};

/**
 * Elements of `x` [..., n] at i32 `indices` [..., m], row by row: [..., m]. The leading axes are equal. An index out of
 * range gives NaN (f32) or 0.
 */
export const takeAlong = op<Attributes>({
  name: "takeAlong",
  packed: "moved",
  inputs: ["x", "indices"],
  outputs: ([x, indices]) => {
    if (!x) throw new ArgumentError("takeAlong takes two inputs");
    const own = indexType("takeAlong", indices);
    if (x.shape.length === 0 || !sameShape(x.shape.slice(0, -1), own.shape.slice(0, -1)) || own.shape.length === 0)
      throw new ShapeError(
        `takeAlong: ${describeType(x)} and its indices ${describeType(own)} must agree in all axes but the last`,
      );
    return [{ dtype: x.dtype, shape: own.shape }];
  },
  work: ([, indices]) => ({ flops: 0, bytes: 12 * sizeOf(indices?.shape ?? []) }),
});

export const scatterTypes = ([indices, updates]: readonly TensorType[], size: number): TensorType => {
  const own = indexType("scatterAddAlong", indices);
  if (updates?.dtype !== "f32")
    throw new DTypeError(`scatterAddAlong adds f32 updates, but got ${updates ? describeType(updates) : "none"}`);
  if (own.shape.length === 0 || !sameShape(own.shape, updates.shape))
    throw new ShapeError(
      `scatterAddAlong: updates ${describeType(updates)} and indices ${describeType(own)} must have one shape with at least one axis`,
    );
  if (!Number.isInteger(size) || size < 0)
    throw new ArgumentError(`scatterAddAlong: size must be a whole number of at least 0, but is ${size}`);
  return { dtype: "f32", shape: [...own.shape.slice(0, -1), size] };
};

/** Zeros [..., size] with each of `updates` [..., m] added at its i32 index in its row; indices out of range are left out. */
export const scatterAddAlong = op<ScatterAddAlongAttributes>({
  name: "scatterAddAlong",
  inputs: ["indices", "updates"],
  outputs: (inputs, { size }) => [scatterTypes(inputs, size)],
  work: (inputs, { size }) => {
    const [, updates] = inputs;
    if (!updates) return { flops: 0, bytes: 0 };
    return { flops: sizeOf(updates.shape), bytes: 2 * byteSizeOf(updates) + byteSizeOf(scatterTypes(inputs, size)) };
  },
});
