// An ensemble of trees as the op treePredict reads it: every tree's nodes in one table, so that a fit fills typed arrays, a
// bundle keeps five tensors and a graph walks them. What the words of a node mean stands in kernels/tree-predict.
import { ArgumentError } from "@millrace/kernels";
import { apply } from "../../graph/node.ts";
import type { NamedTensors } from "../../preprocess/features.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { FittedModel, Plain, StoredParameter } from "../estimator.ts";

/** Trees in flat arrays. */
export interface TreeEnsemble {
  /** Column, flags, left child and right child of each node; a leaf has -1 for its children. */
  readonly splits: Int32Array;
  /** A row goes left where its value is at most this. */
  readonly thresholds: Float32Array;
  /** `width` values of each node; those of leaves are summed. */
  readonly values: Float32Array;
  readonly width: number;
  readonly roots: Int32Array;
  /** Sets of categories, each the number of its words before them. */
  readonly categories: Uint32Array;
  /** Tree t speaks for output t mod groups (each `width` wide). */
  readonly groups: number;
  /** Weight of the training rows that reached each node, where the fit tells it: SHAP values need them. */
  readonly covers?: Float32Array | undefined;
  /** Steps of the longest way from a root to a leaf. */
  readonly depth: number;
}

/** How a node splits its rows. */
export interface NodeSplit {
  readonly column: number;
  /** Rows of at most this go left; float32 counts. Left out of a split by categories. */
  readonly threshold?: number;
  /** Rows of these categories go left. */
  readonly categories?: readonly number[];
  /** Where a missing value goes. */
  readonly missingLeft: boolean;
}

/** Grows trees node by node. */
export interface EnsembleBuilder {
  /** Starts a tree; gives its root, which is a leaf until it is split. */
  root(): number;
  /** Splits a leaf; gives the left child, behind which the right one stands. */
  split(node: number, split: NodeSplit): number;
  /** Sets value `k` of a node. */
  setValue(node: number, k: number, value: number): void;
  /** Sets the weight of the training rows of a node; to be told for all nodes or none. */
  setCover(node: number, weight: number): void;
  readonly nodes: number;
  build(): TreeEnsemble;
}

const missingLeftFlag = 1;
const categoryFlag = 2;

const grown = <T extends Int32Array | Float32Array>(array: T, wanted: number, make: (size: number) => T): T => {
  if (wanted <= array.length) return array;
  const larger = make(Math.max(wanted, 2 * array.length));
  larger.set(array);
  return larger;
};

/**
 * A builder of an ensemble.
 * @param width values of a leaf
 * @param groups outputs that trees take in turn
 * @example
 * const trees = ensembleBuilder(1);
 * const left = trees.split(trees.root(), { column: 0, threshold: 2.5, missingLeft: false });
 * trees.setValue(left, 0, -1);
 * trees.setValue(left + 1, 0, 1);
 */
export const ensembleBuilder = (width: number, groups = 1): EnsembleBuilder => {
  let splits = new Int32Array(256);
  let thresholds = new Float32Array(64);
  let values = new Float32Array(64 * width);
  const covers: number[] = [];
  let nodes = 0;
  const roots: number[] = [];
  const categories: number[] = [];
  const leaf = (): number => {
    const node = nodes++;
    splits = grown(splits, 4 * nodes, (size) => new Int32Array(size));
    thresholds = grown(thresholds, nodes, (size) => new Float32Array(size));
    values = grown(values, width * nodes, (size) => new Float32Array(size));
    splits.set([0, 0, -1, -1], 4 * node);
    return node;
  };
  const addSet = (codes: readonly number[]): number => {
    const at = categories.length;
    const words = new Uint32Array((codes.reduce((most, code) => Math.max(most, code), 0) >>> 5) + 1);
    for (const code of codes) words[code >>> 5] = ((words[code >>> 5] ?? 0) | (1 << (code & 31))) >>> 0;
    categories.push(words.length, ...words);
    return at;
  };
  return {
    root: () => {
      const node = leaf();
      roots.push(node);
      return node;
    },
    split: (node, { column, threshold, categories: codes, missingLeft }) => {
      const left = leaf();
      const right = leaf();
      const flags = (missingLeft ? missingLeftFlag : 0) | (codes ? categoryFlag | (addSet(codes) << 2) : 0);
      splits.set([column, flags, left, right], 4 * node);
      thresholds[node] = threshold ?? 0;
      return left;
    },
    setValue: (node, k, value) => {
      values[node * width + k] = value;
    },
    setCover: (node, weight) => {
      covers[node] = weight;
    },
    get nodes() {
      return nodes;
    },
    build: () => {
      const own = splits.slice(0, 4 * nodes);
      return {
        splits: own,
        thresholds: thresholds.slice(0, nodes),
        values: values.slice(0, width * nodes),
        width,
        roots: Int32Array.from(roots),
        categories: Uint32Array.from(categories),
        groups,
        covers: covers.length > 0 ? Float32Array.from({ length: nodes }, (_, node) => covers[node] ?? 0) : undefined,
        depth: deepest(own),
      };
    },
  };
};

/** Children stand behind their parents, so one pass finds the deepest. */
const deepest = (splits: Int32Array): number => {
  const depths = new Int32Array(splits.length / 4);
  let most = 0;
  for (let node = 0; node < depths.length; node++)
    for (const child of [splits[4 * node + 2] ?? -1, splits[4 * node + 3] ?? -1]) {
      if (child < 0) continue;
      const depth = (depths[node] ?? 0) + 1;
      depths[child] = depth;
      most = Math.max(most, depth);
    }
  return most;
};

/** The child of a node that is split which a value leads to, on the host; see treePredict. */
export const childOf = ({ splits, thresholds, categories }: TreeEnsemble, node: number, value: number): number => {
  const [, flags = 0, left = -1, right = -1] = splits.subarray(4 * node, 4 * node + 4);
  if (Number.isNaN(value)) return flags & missingLeftFlag ? left : right;
  if (!(flags & categoryFlag)) return value <= (thresholds[node] ?? 0) ? left : right;
  const set = flags >>> 2;
  const category = Math.floor(value);
  if (!(category >= 0 && category < 32 * (categories[set] ?? 0))) return right;
  return ((categories[set + 1 + (category >>> 5)] ?? 0) >>> (category & 31)) & 1 ? left : right;
};

/** An ensemble as parameters of a fitted model: `trees.splits`, `.thresholds`, `.values`, `.roots`, perhaps
 * `.covers` and `.categories`. */
export const ensembleParameters = (ensemble: TreeEnsemble): Record<string, StoredParameter> => {
  const { splits, thresholds, values, width, roots, categories, covers } = ensemble;
  const nodes = thresholds.length;
  return {
    "trees.splits": { shape: [nodes, 4], data: splits },
    "trees.thresholds": { shape: [nodes], data: thresholds },
    "trees.values": { shape: [nodes, width], data: values },
    "trees.roots": { shape: [roots.length], data: roots },
    ...(covers ? { "trees.covers": { shape: [nodes], data: covers } } : {}),
    ...(categories.length > 0 ? { "trees.categories": { shape: [categories.length], data: categories } } : {}),
  };
};

/** What predictTrees needs beside the parameters, for a fitted model's state. */
export const ensembleState = ({
  depth,
  groups,
}: TreeEnsemble): { readonly depth: number; readonly groups: number } => ({
  depth,
  groups,
});

/** A number of a fitted ensemble's state. @throws ArgumentError naming what it lacks */
export const stateNumber = (state: Plain, name: string): number => {
  const value =
    state !== null && typeof state === "object" && !Array.isArray(state) ? Reflect.get(state, name) : undefined;
  if (typeof value === "number") return value;
  throw new ArgumentError(`the state of an ensemble of trees lacks its ${name}`);
};

/** The ensemble of a fitted model of trees. @throws ArgumentError for a model of another kind */
export const ensembleOf = ({ parameters, state }: FittedModel): TreeEnsemble => {
  const get = <T extends Float32Array | Int32Array | Uint32Array>(
    name: string,
    is: (data: unknown) => data is T,
  ): T => {
    const data = parameters[`trees.${name}`]?.data;
    if (is(data)) return data;
    throw new ArgumentError(`the model has no tensor "trees.${name}": only fits of trees and forests have`);
  };
  const isInts = (data: unknown): data is Int32Array => data instanceof Int32Array;
  const isFloats = (data: unknown): data is Float32Array => data instanceof Float32Array;
  const isWords = (data: unknown): data is Uint32Array => data instanceof Uint32Array;
  const values = parameters["trees.values"];
  return {
    splits: get("splits", isInts),
    thresholds: get("thresholds", isFloats),
    values: get("values", isFloats),
    width: values?.shape[1] ?? 1,
    roots: get("roots", isInts),
    categories: parameters["trees.categories"] ? get("categories", isWords) : new Uint32Array(),
    covers: parameters["trees.covers"] ? get("covers", isFloats) : undefined,
    depth: stateNumber(state, "depth"),
    groups: stateNumber(state, "groups"),
  };
};

/**
 * Sums of the leaves that rows reach, as graph: f32 [rows, groups * width].
 * @param features f32 [rows, columns], NaN is missing
 * @param state holds what ensembleState gave, perhaps among other things
 */
export const predictTrees = (features: Tensor, parameters: NamedTensors, state: Plain): Tensor => {
  const { "trees.categories": categories } = parameters;
  const own = ["trees.splits", "trees.thresholds", "trees.values", "trees.roots"].map((name) => {
    const found = parameters[name];
    if (!found) throw new ArgumentError(`an ensemble of trees lacks its tensor "${name}"`);
    return found;
  });
  const inputs = [features, ...own, ...(categories ? [categories] : [])].map(({ value }) => value);
  return new Tensor(
    apply("treePredict", inputs, { depth: stateNumber(state, "depth"), groups: stateNumber(state, "groups") }),
  );
};
