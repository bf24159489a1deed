// One tree of a round: the leaf that promises most is split until there are enough leaves. The smaller child of a split is
// summed, the other is what it leaves of its parent.
import type { BinnedMatrix } from "./binned-matrix.ts";
import { type FoundSplit, findSplit, type SplitOptions } from "./find-split.ts";
import { type FixedPoint, type Histogram, subtractHistogram, sumsOfBin } from "./histogram.ts";
import type { HistogramMemory } from "./histogram-memory.ts";
import { type Bounds, leafValue, type NodeSums } from "./split-gain.ts";

export interface GrowOptions extends SplitOptions {
  readonly numLeaves: number;
  readonly maxDepth: number;
  readonly growth: "leafWise" | "depthWise";
  readonly monotoneConstraints: readonly number[] | null;
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

/** Puts the rows of [from, to) that go left before the others, each in the order they had; gives where the others begin. */
const partition = (matrix: BinnedMatrix, order: Int32Array, from: number, to: number, split: FoundSplit): number => {
  const { bins, columns } = matrix;
  const { column, goesLeft } = split;
  const width = columns.length;
  const right = new Int32Array(to - from);
  let lefts = from;
  let rights = 0;
  for (let i = from; i < to; i++) {
    const row = order[i] ?? 0;
    if (goesLeft[bins[row * width + column] ?? 0]) order[lefts++] = row;
    else right[rights++] = row;
  }
  order.set(right.subarray(0, rights), lefts);
  return lefts;
};

/** Bounds of the children of a split: of a constrained column they meet in the middle. */
const boundsOfChildren = (bounds: Bounds, sign: number, { leftValue, rightValue }: FoundSplit): [Bounds, Bounds] => {
  if (sign === 0) return [bounds, bounds];
  const middle = (leftValue + rightValue) / 2;
  const below = { lower: bounds.lower, upper: middle };
  const above = { lower: middle, upper: bounds.upper };
  return sign > 0 ? [below, above] : [above, below];
};

const free: Bounds = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };

/**
 * Grows a tree; gives its nodes, of which the first is the root and those without a split are leaves.
 * @param used columns that may be split
 * @param order rows to train on; put in another order
 * @param memory holds the derivatives and these rows; its histograms are taken and given back
 */
export const growBoostedTree = async (
  matrix: BinnedMatrix,
  used: Int32Array,
  gradients: Pick<FixedPoint, "unit">,
  hessians: Pick<FixedPoint, "unit">,
  order: Int32Array,
  options: GrowOptions,
  memory: HistogramMemory,
  breath: () => Promise<void> | undefined,
): Promise<BoostedNode[]> => {
  const { pool } = memory;
  const unit = { gradient: gradients.unit, hessian: hessians.unit };
  const constraintOf = (column: number): number =>
    matrix.columns[column]?.categories ? 0 : (options.monotoneConstraints?.[column] ?? 0);
  const open = new Map<number, { readonly split: FoundSplit; readonly histogram: Histogram }>();
  const nodes: BoostedNode[] = [];
  const sumOf = (from: number, to: number): Histogram => {
    const histogram = pool.pop() ?? new Float64Array(sumsOfBin * matrix.totalBins);
    memory.sum(used, from, to, histogram);
    return histogram;
  };
  /** Whether a node is deep and large enough to be split. */
  const isSplittable = ({ depth, sums }: BoostedNode): boolean =>
    depth < options.maxDepth && sums.rows >= 2 * options.minDataInLeaf;
  const consider = (place: number, histogram: Histogram): void => {
    const node = nodes[place];
    let best: FoundSplit | undefined;
    if (node && isSplittable(node))
      for (const index of used) {
        const column = matrix.columns[index];
        if (!column) continue;
        const sign = constraintOf(index);
        const least = best?.gain ?? 0;
        best = findSplit(histogram, index, column, node.sums, unit, options, sign, node.bounds, least) ?? best;
      }
    if (best) open.set(place, { split: best, histogram });
    else pool.push(histogram);
  };
  /** The leaf to split next; of equals the first. */
  const next = (): number | undefined => {
    let chosen: number | undefined;
    for (const [place, { split }] of open) {
      const depth = nodes[place]?.depth ?? 0;
      const held = chosen === undefined ? undefined : open.get(chosen)?.split.gain;
      const heldDepth = chosen === undefined ? 0 : (nodes[chosen]?.depth ?? 0);
      const isDeeper = options.growth === "depthWise" && depth !== heldDepth;
      if (held === undefined || (isDeeper ? depth < heldDepth : split.gain > held)) chosen = place;
    }
    return chosen;
  };

  const whole = sumOf(0, order.length);
  // Any column's bins hold all rows.
  const { offset = 0, bins = 0 } = matrix.columns[used[0] ?? 0] ?? {};
  let gradient = 0;
  let hessian = 0;
  for (let bin = offset; bin <= offset + bins; bin++) {
    gradient += whole[sumsOfBin * bin] ?? 0;
    hessian += whole[sumsOfBin * bin + 1] ?? 0;
  }
  const sums = { gradient: gradient * unit.gradient, hessian: hessian * unit.hessian, rows: order.length };
  const value = leafValue(sums.gradient, sums.hessian, options, free);
  nodes.push({ from: 0, to: order.length, depth: 0, sums, value, bounds: free });
  consider(0, whole);
  for (let leaves = 1; leaves < options.numLeaves; leaves++) {
    const pause = breath();
    if (pause) await pause;
    const place = next();
    const node = place === undefined ? undefined : nodes[place];
    const found = place === undefined ? undefined : open.get(place);
    if (place === undefined || !node || !found) break;
    open.delete(place);
    const { split, histogram } = found;
    const middle = partition(matrix, order, node.from, node.to, split);
    const [leftBounds, rightBounds] = boundsOfChildren(node.bounds, constraintOf(split.column), split);
    const depth = node.depth + 1;
    const left = nodes.push(
      { from: node.from, to: middle, depth, sums: split.left, value: split.leftValue, bounds: leftBounds },
      { from: middle, to: node.to, depth, sums: split.right, value: split.rightValue, bounds: rightBounds },
    );
    node.split = split;
    node.left = left - 2;
    const children = nodes.slice(-2);
    if (leaves + 1 === options.numLeaves || !children.some(isSplittable)) {
      pool.push(histogram);
      continue;
    }
    const isLeftSmaller = split.left.rows <= split.right.rows;
    const smaller = isLeftSmaller ? sumOf(node.from, middle) : sumOf(middle, node.to);
    subtractHistogram(histogram, smaller);
    consider(left - 2, isLeftSmaller ? smaller : histogram);
    consider(left - 1, isLeftSmaller ? histogram : smaller);
  }
  for (const { histogram } of open.values()) pool.push(histogram);
  return nodes;
};
