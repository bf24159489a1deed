// A stable sort of each row with the places that its elements came from. Stable order is unique, so every algorithm and
// any number of threads give the same bits.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type AttributeValue, op } from "../contract/op.ts";
import { byteSizeOf, describeType, type TensorType } from "../contract/tensor-type.ts";
import { rowsAlong } from "./shape.ts";

export type SortAttributes = {
  readonly [name: string]: AttributeValue;
  /** Largest first. Equal elements keep their order and NaN comes last either way. */
  readonly descending: boolean;
};

/** Checks what has an order along a last axis. */
export const sortable = (name: string, x: TensorType | undefined): TensorType => {
  if (!x) throw new ArgumentError(`${name} takes one input`);
  if (x.shape.length === 0)
    throw new ShapeError(`${name} takes at least one axis, but got the scalar ${describeType(x)}`);
  if (x.dtype === "bool")
    throw new DTypeError(`${name} takes f32, i32 or u32, but got ${describeType(x)}; convert with .to("i32")`);
  return x;
};

/** Rows of [..., n] in order: the values, and as i32 the place in its row that each came from. */
export const sort = op<SortAttributes>({
  name: "sort",
  packed: "moved",
  inputs: ["x"],
  outputs: ([x]) => {
    const type = sortable("sort", x);
    return [type, { dtype: "i32", shape: type.shape }];
  },
  work: ([x]) => {
    const { rows, length } = rowsAlong(x);
    return { flops: rows * length * Math.ceil(Math.log2(Math.max(2, length))), bytes: 3 * (x ? byteSizeOf(x) : 0) };
  },
});
