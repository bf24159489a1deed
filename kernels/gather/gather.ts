// Rows of a table by index, and the adjoint that adds rows back. No atomics: every output element is summed by one worker
// in the order of the indices, so the answer has the same bits in every run.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type Attributes, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, describeType, sizeOf } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { referenceArray } from "../map/map.reference.ts";
import { gatherWasm, scatterAddWasm } from "./gather.launch.ts";
import { gatherWebGPU, scatterAddWebGPU } from "./gather.wgsl.ts";
import { gatherShape, indexType, type ScatterAddAttributes } from "./shape.ts";

/** Rows of `table` [rows, ...] at i32 `indices` [...]: [...indices, ...row]. An index out of range gives NaN (f32) or 0. */
export const gather = op<Attributes>({
  name: "gather",
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
  tolerance: within(0, 0),
  reference: ([table, indices]): ReferenceTensor[] => {
    if (!table || !indices) return [];
    const { rows, width, count } = gatherShape([table.type, indices.type]);
    const data = referenceArray(table.type.dtype, count * width);
    const missing = table.type.dtype === "f32" ? Number.NaN : 0;
    for (let i = 0; i < count; i++) {
      const row = indices.data[i] ?? -1;
      for (let j = 0; j < width; j++)
        data[i * width + j] = row >= 0 && row < rows ? (table.data[row * width + j] ?? missing) : missing;
    }
    return [{ type: { dtype: table.type.dtype, shape: [...indices.type.shape, ...table.type.shape.slice(1)] }, data }];
  },
  kernels: [...gatherWasm, ...gatherWebGPU],
  cases: [
    ...[
      [5, 3, 7],
      [1, 1, 1],
      [10, 16, 33],
      [300, 5, 1000],
      [4, 130, 9],
      [4, 3, 0],
      [4, 0, 3],
    ].map(
      ([rows = 0, width = 0, count = 0]): Case => ({
        inputs: [
          { dtype: "f32", shape: [rows, width] },
          { dtype: "i32", shape: [count] },
        ],
        attributes: {},
        values: ["normal", `index:${rows}`],
      }),
    ),
    {
      inputs: [
        { dtype: "i32", shape: [6] },
        { dtype: "i32", shape: [2, 4] },
      ],
      attributes: {},
      values: ["normal", "index:6"],
    },
    {
      inputs: [
        { dtype: "f32", shape: [3, 2] },
        { dtype: "i32", shape: [4] },
      ],
      attributes: {},
      values: ["normal", [-1, 0, 2, 3]],
    },
  ],
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
  tolerance: within(2e-6, 2e-5),
  reference: ([indices, updates], { rows }): ReferenceTensor[] => {
    if (!indices || !updates) return [];
    const row = updates.type.shape.slice(indices.type.shape.length);
    const width = sizeOf(row);
    const data = new Float64Array(rows * width);
    indices.data.forEach((target, i) => {
      if (target < 0 || target >= rows) return;
      for (let j = 0; j < width; j++)
        data[target * width + j] = (data[target * width + j] ?? 0) + (updates.data[i * width + j] ?? 0);
    });
    return [{ type: { dtype: "f32", shape: [rows, ...row] }, data }];
  },
  kernels: [...scatterAddWasm, ...scatterAddWebGPU],
  cases: [
    ...[
      [5, 3, 7],
      [1, 1, 1],
      [10, 16, 33],
      [300, 5, 1000],
      [4, 130, 9],
      [4, 3, 0],
      [0, 3, 2],
    ].map(
      ([rows = 0, width = 0, count = 0]): Case<ScatterAddAttributes> => ({
        inputs: [
          { dtype: "i32", shape: [count] },
          { dtype: "f32", shape: [count, width] },
        ],
        attributes: { rows },
        values: [`index:${Math.max(rows, 1)}`, "normal"],
      }),
    ),
    {
      inputs: [
        { dtype: "i32", shape: [2, 3] },
        { dtype: "f32", shape: [2, 3] },
      ],
      attributes: { rows: 4 },
      values: [[0, 3, 3, -1, 4, 0], "normal"],
    },
  ],
});
