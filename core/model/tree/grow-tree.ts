// One tree, grown depth first until its leaves are pure or as small as the options say.
import type { RandomStream } from "../../validate/random-stream.ts";
import type { Criterion } from "./criterion.ts";
import { type FoundSplit, partition, type SplitSearch, type TrainingColumns } from "./split-search.ts";

/** Nodes in flat lists; children stand side by side, behind their parent. */
export interface GrownTree {
  /** The split of each node; undefined for a leaf. */
  readonly splits: (Pick<FoundSplit, "column" | "threshold" | "missingLeft"> | undefined)[];
  /** Left child of each node that is split; the right one follows it. */
  readonly left: number[];
  /** Values of each node as a leaf, one after another. */
  readonly values: number[];
  /** Weight of the rows that reached a node. */
  readonly weights: number[];
  readonly impurities: number[];
  /** Weight times impurity that the split of a node takes away. */
  readonly gains: number[];
}

export interface GrowOptions {
  readonly maxDepth: number;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  readonly minImpurityDecrease: number;
}

/** What rounding may leave of an impurity of nothing. */
const epsilon = 2 ** -52;

/**
 * Grows a tree over samples, which are put in another order.
 * @param breath awaited before each node
 */
export const growTree = async (
  data: TrainingColumns,
  samples: Int32Array,
  criterion: Criterion,
  search: SplitSearch,
  options: GrowOptions,
  stream: RandomStream,
  breath: () => Promise<void> | undefined,
): Promise<GrownTree> => {
  const tree: GrownTree = { splits: [], left: [], values: [], weights: [], impurities: [], gains: [] };
  const add = (): number => {
    for (const list of [tree.left, tree.weights, tree.impurities, tree.gains]) list.push(0);
    return tree.splits.push(undefined) - 1;
  };
  // Node, first and last sample, and depth of what is to be grown.
  const open: number[] = [add(), 0, samples.length, 0];
  let whole = 0;
  while (open.length > 0) {
    const pause = breath();
    if (pause) await pause;
    const [node = 0, from = 0, to = 0, depth = 0] = open.splice(-4);
    const { weight, score, impurity, pure } = criterion.begin(samples, from, to);
    if (node === 0) whole = weight;
    tree.weights[node] = weight;
    tree.impurities[node] = impurity;
    for (let k = 0; k < criterion.width; k++) tree.values[node * criterion.width + k] = criterion.value(k);
    const count = to - from;
    if (pure || depth >= options.maxDepth || count < options.minSamplesSplit || count < 2 * options.minSamplesLeaf)
      continue;
    const found = search(samples, from, to, stream);
    if (!found) continue;
    const gain = found.score - score;
    if (gain / whole + epsilon < options.minImpurityDecrease) continue;
    const { column, threshold, missingLeft } = found;
    const middle = partition(samples, from, to, data, found);
    tree.splits[node] = { column, threshold, missingLeft };
    tree.gains[node] = Math.max(0, gain);
    const left = add();
    const right = add();
    tree.left[node] = left;
    open.push(right, middle, to, depth + 1, left, from, middle, depth + 1);
  }
  return tree;
};
