// The plain float64 meaning of gather, scatterAdd.
import type { Attributes } from "../contract/op.ts";
import { type Reference, referenceArray } from "../contract/reference.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import { gatherShape, type ScatterAddAttributes } from "./shape.ts";

export const gatherReference: Reference<Attributes> = ([table, indices]) => {
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
};

export const scatterAddReference: Reference<ScatterAddAttributes> = ([indices, updates], { rows }) => {
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
};
