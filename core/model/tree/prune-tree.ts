// Minimal cost-complexity pruning (Breiman, Friedman, Olshen and Stone 1984, chapter 3): of all trees that pruning can leave
// the smallest with the least risk plus ccpAlpha a leaf. Children stand behind their parents, so one pass from the end finds it.
import type { GrownTree } from "./grow-tree.ts";

/** Makes leaves of the nodes whose branches cost more than they lessen the risk. */
export const pruneTree = (tree: GrownTree, ccpAlpha: number): void => {
  if (ccpAlpha <= 0) return;
  const [whole = 1] = tree.weights;
  const costs = new Float64Array(tree.splits.length);
  for (let node = costs.length - 1; node >= 0; node--) {
    const asLeaf = ((tree.weights[node] ?? 0) / whole) * (tree.impurities[node] ?? 0) + ccpAlpha;
    const left = tree.left[node] ?? 0;
    const asBranch = tree.splits[node] ? (costs[left] ?? 0) + (costs[left + 1] ?? 0) : Number.POSITIVE_INFINITY;
    costs[node] = Math.min(asLeaf, asBranch);
    if (asLeaf <= asBranch) tree.splits[node] = undefined;
  }
};
