// Sums of the leaves that rows reach in an ensemble of trees. Every tree's nodes stand in one table. Decisions are compared
// bit by bit and a row's leaves are added in the order of the trees, so a row has the same bits in any batch.
import { ArgumentError, ShapeError } from "../contract/error.ts";
import { type AttributeValue, op } from "../contract/op.ts";
import { byteSizeOf, describeType, type TensorType } from "../contract/tensor-type.ts";

export type TreePredictAttributes = {
  readonly [name: string]: AttributeValue;
  /** Steps from a root at most: a row stops there, whatever the nodes say. */
  readonly depth: number;
  /** Tree t adds its values behind those of t mod groups others: one group a class where each tree speaks for one class. */
  readonly groups: number;
};

/** Sizes that every implementation walks. `words` of category sets are 0 where there are none. */
export const treePredictShape = ([x, splits, , values, roots, categories]: readonly TensorType[]) => ({
  rows: x?.shape[0] ?? 0,
  columns: x?.shape[1] ?? 0,
  nodes: splits?.shape[0] ?? 0,
  width: values?.shape[1] ?? 0,
  trees: roots?.shape[0] ?? 0,
  words: categories?.shape[0] ?? 0,
});

/**
 * x f32 [rows, columns] through trees: f32 [rows, groups * width], the sum over the trees of `values` f32 [nodes, width] at
 * the leaf that the row reaches from its tree's root (`roots` i32 [trees]).
 *
 * A node is a row of `splits` i32 [nodes, 4]: column, flags, left child, right child. It is a leaf when a child is the node
 * itself or no node, or the column is none of x. A row goes left where x <= its threshold (`thresholds` f32 [nodes]); NaN
 * goes left where bit 0 of the flags is set. Bit 1: the column holds categories, and a row goes left where floor(x) is
 * in the set at word `flags >> 2` of `categories` u32 [words]: the number of its words, then 32 categories a word.
 */
export const treePredict = op<TreePredictAttributes>({
  name: "treePredict",
  inputs: ["x", "splits", "thresholds", "values", "roots", "categories?"],
  outputs: (inputs, { depth, groups }) => {
    const { rows, columns, nodes, width, trees, words } = treePredictShape(inputs);
    const wanted = `f32[${rows}, ${columns}] i32[${nodes}, 4] f32[${nodes}] f32[${nodes}, ${width}] i32[${trees}]`;
    const got = inputs.map(describeType).join(" ");
    if (got !== wanted && got !== `${wanted} u32[${words}]`)
      throw new ShapeError(`treePredict takes ${wanted} and perhaps category sets u32, but got ${got}`);
    if (!Number.isSafeInteger(depth) || depth < 0 || !Number.isSafeInteger(groups) || groups < 1)
      throw new ArgumentError(`treePredict: depth is at least 0 and groups at least 1, not ${depth} and ${groups}`);
    return [{ dtype: "f32", shape: [rows, groups * width] }];
  },
  work: (inputs, { depth, groups }) => {
    const { rows, trees, width } = treePredictShape(inputs);
    return {
      flops: rows * trees * (depth + width),
      bytes: inputs.reduce((sum, type) => sum + byteSizeOf(type), 4 * rows * groups * width),
    };
  },
});
