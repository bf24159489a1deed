// One tree of a round: the leaf that promises most is split until there are enough leaves. The smaller child of a split is
// summed, the other is what it leaves of its parent.
import type { FoundSplit, SplitOptions } from "./find-split.ts";
import { type Bounds, leafValue, type NodeSums } from "./split-gain.ts";
import type { HistogramPlace, TreeWork } from "./tree-work.ts";

export interface GrowOptions extends SplitOptions {
  readonly numLeaves: number;
  readonly maxDepth: number;
  readonly growth: "leafWise" | "depthWise";
}

/** A node; its rows are order[from, to). */
export interface BoostedNode {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
  readonly sums: NodeSums;
  readonly value: number;
  readonly bounds: Bounds;
  split?: FoundSplit;
  /** Place of the left child among the nodes; the right one follows. */
  left?: number;
}

/** Bounds of the children of a split: of a constrained column they meet in the middle. */
const boundsOfChildren = (bounds: Bounds, sign: number, { leftValue, rightValue }: FoundSplit): [Bounds, Bounds] => {
  if (sign === 0) return [bounds, bounds];
  const middle = (leftValue + rightValue) / 2;
  const below = { lower: bounds.lower, upper: middle };
  const above = { lower: middle, upper: bounds.upper };
  return sign > 0 ? [below, above] : [above, below];
};

const unbounded: Bounds = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };

/**
 * Grows the tree that was planted; gives its nodes, of which the first is the root and those without a split are leaves.
 * @param rows how many rows it grows over
 * @param used columns that may be split
 */
export const growBoostedTree = async (
  work: TreeWork,
  rows: number,
  used: Int32Array,
  options: GrowOptions,
  breath: () => Promise<void> | undefined,
): Promise<BoostedNode[]> => {
  const { free: places } = work;
  const open = new Map<number, { readonly split: FoundSplit; readonly place: HistogramPlace }>();
  const nodes: BoostedNode[] = [];
  const sumOf = async (from: number, to: number): Promise<HistogramPlace> => {
    const place = places.pop() ?? 0;
    await work.sum(place, from, to);
    return place;
  };
  /** Whether a node is deep and large enough to be split. */
  const isSplittable = ({ depth, sums }: BoostedNode): boolean =>
    depth < options.maxDepth && sums.rows >= 2 * options.minDataInLeaf;
  const consider = async (index: number, place: HistogramPlace): Promise<void> => {
    const node = nodes[index];
    const split = node && isSplittable(node) ? await work.split(place, { ...node, options }) : undefined;
    if (split) open.set(index, { split, place });
    else places.push(place);
  };
  /** The leaf to split next; of equals the first. */
  const next = (): number | undefined => {
    let chosen: number | undefined;
    for (const [index, { split }] of open) {
      const depth = nodes[index]?.depth ?? 0;
      const held = chosen === undefined ? undefined : open.get(chosen)?.split.gain;
      const heldDepth = chosen === undefined ? 0 : (nodes[chosen]?.depth ?? 0);
      const isDeeper = options.growth === "depthWise" && depth !== heldDepth;
      if (held === undefined || (isDeeper ? depth < heldDepth : split.gain > held)) chosen = index;
    }
    return chosen;
  };

  const whole = await sumOf(0, rows);
  // Any column's bins hold all rows.
  const sums = work.total(whole, used[0] ?? 0);
  const value = leafValue(sums.gradient, sums.hessian, options, unbounded);
  nodes.push({ from: 0, to: rows, depth: 0, sums, value, bounds: unbounded });
  await consider(0, whole);
  for (let leaves = 1; leaves < options.numLeaves; leaves++) {
    const pause = breath();
    if (pause) await pause;
    const index = next();
    const node = index === undefined ? undefined : nodes[index];
    const found = index === undefined ? undefined : open.get(index);
    if (index === undefined || !node || !found) break;
    open.delete(index);
    const { split, place } = found;
    const middle = await work.partition(node.from, node.to, split.column, split.goesLeft);
    const [leftBounds, rightBounds] = boundsOfChildren(node.bounds, options.signs[split.column] ?? 0, split);
    const depth = node.depth + 1;
    const left = nodes.push(
      { from: node.from, to: middle, depth, sums: split.left, value: split.leftValue, bounds: leftBounds },
      { from: middle, to: node.to, depth, sums: split.right, value: split.rightValue, bounds: rightBounds },
    );
    node.split = split;
    node.left = left - 2;
    const children = nodes.slice(-2);
    if (leaves + 1 === options.numLeaves || !children.some(isSplittable)) {
      places.push(place);
      continue;
    }
    const isLeftSmaller = split.left.rows <= split.right.rows;
    const smaller = await (isLeftSmaller ? sumOf(node.from, middle) : sumOf(middle, node.to));
    await work.subtract(place, smaller);
    await consider(left - 2, isLeftSmaller ? smaller : place);
    await consider(left - 1, isLeftSmaller ? place : smaller);
  }
  for (const { place } of open.values()) places.push(place);
  return nodes;
};
