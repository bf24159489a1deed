// Rows of a tensor overwritten, or raised or lowered, at indices. Each element of the result has one worker that takes the
// updates in the order of their indices, so that of several writes the last one stays, in every run.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type AttributeValue, op } from "../contract/op.ts";
import { byteSizeOf, describeType, sameShape, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { indexType } from "./shape.ts";

export type ScatterFunction = "set" | "maximum" | "minimum";

export type ScatterAttributes = {
  readonly [name: string]: AttributeValue;
  readonly function: ScatterFunction;
};

export const combine: Record<ScatterFunction, (x: number, y: number) => number> = {
  set: (_, y) => y,
  maximum: Math.max,
  minimum: Math.min,
};

/** Sizes that scatter walks: rows of the result, elements of each, and indices. */
export const scatterShape = ([base, indices]: readonly TensorType[]): {
  rows: number;
  width: number;
  count: number;
} => ({
  rows: base?.shape[0] ?? 0,
  width: sizeOf(base?.shape.slice(1) ?? []),
  count: sizeOf(indices?.shape ?? []),
});

export const checked = ([base, indices, updates]: readonly TensorType[], name: ScatterFunction): TensorType => {
  const own = indexType("scatter", indices);
  if (!base || !updates) throw new ArgumentError("scatter takes three inputs");
  if (!(name in combine)) throw new ArgumentError(`scatter knows set, maximum and minimum, not "${String(name)}"`);
  if (base.dtype !== updates.dtype)
    throw new DTypeError(
      `scatter: ${describeType(base)} and its updates ${describeType(updates)} must have one dtype; convert with to(...)`,
    );
  if (base.dtype === "bool" && name !== "set")
    throw new DTypeError(
      `scatter ${name} takes f32, i32 or u32, but got ${describeType(base)}; convert with .to("i32")`,
    );
  if (base.shape.length === 0)
    throw new ShapeError(`scatter takes a tensor with at least one axis, but got ${describeType(base)}`);
  if (!sameShape(updates.shape, [...own.shape, ...base.shape.slice(1)]))
    throw new ShapeError(
      `scatter: updates ${describeType(updates)} must have the axes of the indices ${describeType(own)}, then those of a row of ${describeType(base)}`,
    );
  return base;
};

/**
 * `base` [rows, ...] where row indices[i] is, for each i in order, set to `updates`[i] or joined with it by maximum or
 * minimum (NaN wins). Updates are [...indices, ...row]; indices out of range are left out.
 */
export const scatter = op<ScatterAttributes>({
  name: "scatter",
  packed: "moved",
  inputs: ["base", "indices", "updates"],
  outputs: (inputs, attributes) => [checked(inputs, attributes.function)],
  work: ([base, indices, updates]) => {
    if (!base || !indices || !updates) return { flops: 0, bytes: 0 };
    return { flops: sizeOf(updates.shape), bytes: 2 * byteSizeOf(base) + byteSizeOf(indices) + byteSizeOf(updates) };
  },
});
