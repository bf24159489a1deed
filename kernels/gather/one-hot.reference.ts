// The plain float64 meaning of oneHot.
import type { Reference } from "../contract/reference.ts";
import type { OneHotAttributes } from "./one-hot.ts";

export const oneHotReference: Reference<OneHotAttributes> = ([labels], { depth }) => {
  if (!labels) return [];
  const data = new Float64Array(labels.data.length * depth);
  labels.data.forEach((label, i) => {
    if (label >= 0 && label < depth) data[i * depth + label] = 1;
  });
  return [{ type: { dtype: "f32", shape: [...labels.type.shape, depth] }, data }];
};
