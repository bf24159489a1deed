// Attributes of a reduction and the three sizes that its kernels walk.
import type { AttributeValue } from "../contract/op.ts";
import { sizeOf, type TensorType } from "../contract/tensor-type.ts";

export type ReduceFunction = "sum" | "product" | "maximum" | "minimum";

export type ReduceAttributes = {
  readonly [name: string]: AttributeValue;
  readonly function: ReduceFunction;
  /** Neighbouring axes in ascending order, counted from 0. Empty: nothing is reduced. */
  readonly axes: readonly number[];
  /** Keep reduced axes with size 1. */
  readonly keepDimensions: boolean;
};

/** The three sizes that a kernel walks. */
export interface ReduceShape {
  readonly outer: number;
  readonly reduced: number;
  readonly inner: number;
}

export const reduceShape = (type: TensorType, attributes: ReduceAttributes): ReduceShape => {
  const first = attributes.axes[0] ?? type.shape.length;
  const last = attributes.axes[attributes.axes.length - 1] ?? type.shape.length - 1;
  return {
    outer: sizeOf(type.shape.slice(0, first)),
    reduced: sizeOf(type.shape.slice(first, last + 1)),
    inner: sizeOf(type.shape.slice(last + 1)),
  };
};

/** What an empty reduction gives: 0, 1, -Infinity, Infinity (for i32 and u32 the ends of their range). */
export const reduceIdentity = (name: ReduceFunction, dtype: TensorType["dtype"]): number => {
  if (name === "sum") return 0;
  if (name === "product") return 1;
  const [low, high] =
    dtype === "i32"
      ? [-(2 ** 31), 2 ** 31 - 1]
      : dtype === "u32"
        ? [0, 2 ** 32 - 1]
        : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return name === "maximum" ? low : high;
};
