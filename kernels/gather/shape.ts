// Attributes and sizes of gather and its adjoint.
import { DTypeError, ShapeError } from "../contract/error.ts";
import type { AttributeValue } from "../contract/op.ts";
import { describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";

/** Sizes that gather and scatterAdd walk: `rows` table rows of `width` elements, `count` indices. */
export interface GatherShape {
  readonly rows: number;
  readonly width: number;
  readonly count: number;
}

/** Checks that indices are i32. */
export const indexType = (name: string, type: TensorType | undefined): TensorType => {
  if (type?.dtype !== "i32")
    throw new DTypeError(
      `${name} takes i32 indices, but got ${type ? describeType(type) : "none"}; convert with .to("i32")`,
    );
  return type;
};

export const gatherShape = (inputs: readonly TensorType[]): GatherShape => {
  const [table, indices] = inputs;
  if (!table || table.shape.length === 0)
    throw new ShapeError(
      `gather takes a table with at least one axis, but got ${table ? describeType(table) : "nothing"}`,
    );
  return {
    rows: table.shape[0] ?? 0,
    width: sizeOf(table.shape.slice(1)),
    count: sizeOf(indexType("gather", indices).shape),
  };
};

export type ScatterAddAttributes = {
  readonly [name: string]: AttributeValue;
  /** Rows of the result. */
  readonly rows: number;
};

/** Rows of an op along the last axis: `length` elements to take from, `count` indices. */
export const alongShape = (
  x: TensorType | undefined,
  indices: TensorType | undefined,
): { rows: number; length: number; count: number } => ({
  rows: sizeOf(indices?.shape.slice(0, -1) ?? []),
  length: x?.shape[x.shape.length - 1] ?? 0,
  count: indices?.shape[indices.shape.length - 1] ?? 0,
});
