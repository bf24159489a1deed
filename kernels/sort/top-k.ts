// The first k elements of each sorted row without sorting the rest.
import { ArgumentError } from "../contract/error.ts";
import { type AttributeValue, op } from "../contract/op.ts";
import { byteSizeOf, type TensorType } from "../contract/tensor-type.ts";
import { rowsAlong } from "./shape.ts";
import { sortable } from "./sort.ts";

export type TopKAttributes = {
  readonly [name: string]: AttributeValue;
  /** Elements to keep of each row. */
  readonly k: number;
  /** Largest first; else smallest first. NaN comes last either way. */
  readonly descending: boolean;
};

export const checked = (x: TensorType | undefined, k: number): readonly TensorType[] => {
  const type = sortable("topK", x);
  const { length } = rowsAlong(type);
  if (!Number.isInteger(k) || k < 0 || k > length)
    throw new ArgumentError(
      `topK: k must be a whole number between 0 and ${length}, the size of the axis, but is ${k}`,
    );
  const shape = [...type.shape.slice(0, -1), k];
  return [
    { dtype: type.dtype, shape },
    { dtype: "i32", shape },
  ];
};

/** The k largest or smallest of each row of [..., n] in order, and as i32 the places that they came from: both [..., k]. */
export const topK = op<TopKAttributes>({
  name: "topK",
  packed: "moved",
  inputs: ["x"],
  outputs: ([x], { k }) => checked(x, k),
  work: ([x], { k }) => {
    const { rows, length } = rowsAlong(x);
    return { flops: rows * (length + k * Math.ceil(Math.log2(2 + k))), bytes: (x ? byteSizeOf(x) : 0) + 8 * rows * k };
  },
});
