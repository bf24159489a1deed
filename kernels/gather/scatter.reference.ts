// The plain float64 meaning of scatter.
import { type Reference, referenceArray } from "../contract/reference.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import { checked, combine, type ScatterAttributes, scatterShape } from "./scatter.ts";

export const scatterReference: Reference<ScatterAttributes> = ([base, indices, updates], attributes) => {
  if (!base || !indices || !updates) return [];
  const type = checked([base.type, indices.type, updates.type], attributes.function);
  const { rows, width } = scatterShape([base.type, indices.type]);
  const data = referenceArray(type.dtype, sizeOf(type.shape));
  data.set(base.data);
  const apply = combine[attributes.function];
  indices.data.forEach((row, i) => {
    if (row < 0 || row >= rows) return;
    for (let j = 0; j < width; j++)
      data[row * width + j] = apply(data[row * width + j] ?? 0, updates.data[i * width + j] ?? 0);
  });
  return [{ type, data }];
};
