// The plain float64 meaning of treePredict.
import type { Reference } from "../contract/reference.ts";
import { type TreePredictAttributes, treePredictShape } from "./tree-predict.ts";

export const treePredictReference: Reference<TreePredictAttributes> = (inputs, { depth, groups }) => {
  const [x, splits, thresholds, values, roots, categories] = inputs;
  if (!x || !splits || !thresholds || !values || !roots) return [];
  const { rows, columns, nodes, width, trees } = treePredictShape(inputs.map(({ type }) => type));
  const isNode = (node: number): boolean => node >= 0 && node < nodes;
  const inSet = (at: number, category: number): boolean => {
    const size = 32 * (categories?.data[at] ?? 0);
    if (!(category >= 0 && category < size)) return false;
    return (((categories?.data[at + 1 + (category >>> 5)] ?? 0) >>> (category & 31)) & 1) === 1;
  };
  const child = (node: number, row: number): number => {
    const [column = -1, flags = 0, left = -1, right = -1] = splits.data.subarray(4 * node, 4 * node + 4);
    if (column < 0 || column >= columns || !isNode(left) || !isNode(right) || left === node || right === node)
      return node;
    const value = x.data[row * columns + column] ?? Number.NaN;
    if (Number.isNaN(value)) return (flags & 1) === 1 ? left : right;
    if ((flags & 2) === 2) return inSet(flags >>> 2, Math.floor(value)) ? left : right;
    return value <= (thresholds.data[node] ?? Number.NaN) ? left : right;
  };
  const outputs = groups * width;
  const data = new Float64Array(rows * outputs);
  for (let row = 0; row < rows; row++)
    for (let tree = 0; tree < trees; tree++) {
      let node = roots.data[tree] ?? -1;
      if (!isNode(node)) continue;
      for (let step = 0; step < depth; step++) node = child(node, row);
      const to = row * outputs + (tree % groups) * width;
      for (let k = 0; k < width; k++) data[to + k] = (data[to + k] ?? 0) + (values.data[node * width + k] ?? 0);
    }
  return [{ type: { dtype: "f32", shape: [rows, outputs] }, data }];
};
