// The plain float64 meaning of takeAlong, scatterAddAlong.
import type { Attributes } from "../contract/op.ts";
import { type Reference, referenceArray } from "../contract/reference.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import { type ScatterAddAlongAttributes, scatterTypes } from "./along.ts";
import { alongShape } from "./shape.ts";

export const takeAlongReference: Reference<Attributes> = ([x, indices]) => {
  if (!x || !indices) return [];
  const { rows, length, count } = alongShape(x.type, indices.type);
  const { dtype } = x.type;
  const data = referenceArray(dtype, rows * count);
  for (let i = 0; i < data.length; i++) {
    const index = indices.data[i] ?? -1;
    const inside = index >= 0 && index < length;
    data[i] = inside ? (x.data[Math.floor(i / count) * length + index] ?? 0) : dtype === "f32" ? Number.NaN : 0;
  }
  return [{ type: { dtype, shape: indices.type.shape }, data }];
};

export const scatterAddAlongReference: Reference<ScatterAddAlongAttributes> = ([indices, updates], { size }) => {
  if (!indices || !updates) return [];
  const type = scatterTypes([indices.type, updates.type], size);
  const count = indices.type.shape[indices.type.shape.length - 1] ?? 0;
  const data = new Float64Array(sizeOf(type.shape));
  indices.data.forEach((index, i) => {
    if (index < 0 || index >= size) return;
    const at = Math.floor(i / count) * size + index;
    data[at] = (data[at] ?? 0) + (updates.data[i] ?? 0);
  });
  return [{ type, data }];
};
