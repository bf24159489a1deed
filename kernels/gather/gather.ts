// Rows of a table by index, and the adjoint that adds rows back. No atomics: every output element is summed by one worker
// in the order of the indices, so the answer has the same bits in every run.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type Attributes, op } from "../contract/op.ts";
import { byteSizeOf, describeType, sizeOf } from "../contract/tensor-type.ts";
import { gatherShape, indexType, type ScatterAddAttributes } from "./shape.ts";

/** Rows of `table` [rows, ...] at i32 `indices` [...]: [...indices, ...row]. An index out of range gives NaN (f32) or 0. */
export const gather = op<Attributes>({
  name: "gather",
  packed: "moved",
  inputs: ["table", "indices"],
  outputs: (inputs) => {
    const [table, indices] = inputs;
    gatherShape(inputs);
    return table && indices ? [{ dtype: table.dtype, shape: [...indices.shape, ...table.shape.slice(1)] }] : [];
  },
  work: (inputs) => {
    const { width, count } = gatherShape(inputs);
    return { flops: 0, bytes: 4 * count + 8 * count * width };
  },
});

/** Zeros [rows, ...row] with each of `updates` [...indices, ...row] added at its i32 index; indices out of range are left out. */
export const scatterAdd = op<ScatterAddAttributes>({
  name: "scatterAdd",
  inputs: ["indices", "updates"],
  outputs: ([indices, updates], { rows }) => {
    indexType("scatterAdd", indices);
    if (!indices || !updates || updates.dtype !== "f32")
      throw new DTypeError(`scatterAdd adds f32 updates, but got ${updates ? describeType(updates) : "none"}`);
    if (!Number.isInteger(rows) || rows < 0)
      throw new ArgumentError(`scatterAdd: rows must be a whole number of at least 0, but is ${rows}`);
    const leading = updates.shape.slice(0, indices.shape.length);
    if (leading.some((axis, i) => axis !== indices.shape[i]) || leading.length < indices.shape.length)
      throw new ShapeError(
        `scatterAdd: updates ${describeType(updates)} must begin with the axes of the indices ${describeType(indices)}`,
      );
    return [{ dtype: "f32", shape: [rows, ...updates.shape.slice(indices.shape.length)] }];
  },
  work: ([indices, updates], { rows }) => {
    if (!indices || !updates) return { flops: 0, bytes: 0 };
    const width = sizeOf(updates.shape.slice(indices.shape.length));
    return { flops: sizeOf(updates.shape), bytes: byteSizeOf(indices) + byteSizeOf(updates) + 4 * rows * width };
  },
});
