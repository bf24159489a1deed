// The best split of a node by a column's sums: thresholds with missing values on either side, or sets of categories in the
// order of their gradient over hessian (Fisher 1958), as in LightGBM.
import type { BinnedColumn } from "./bin-columns.ts";
import { type Bounds, leafGain, leafValue, type NodeSums, type Penalties } from "./split-gain.ts";

export interface SplitOptions extends Penalties {
  readonly minDataInLeaf: number;
  readonly minSumHessianInLeaf: number;
  readonly minGainToSplit: number;
  /** By column: 1 where the prediction may only rise, -1 where it may only fall, else 0. */
  readonly signs: readonly number[];
}

/** A node that may be split. */
export interface NodeOptions {
  readonly sums: NodeSums;
  readonly bounds: Bounds;
  readonly options: SplitOptions;
}

/** What a column's bins sum up to. */
export interface ColumnSums {
  readonly gradient: (bin: number) => number;
  readonly hessian: (bin: number) => number;
  readonly rows: (bin: number) => number;
}

/** The left side of a split. */
export interface Candidate {
  readonly gain: number;
  readonly gradient: number;
  readonly hessian: number;
  readonly rows: number;
  /** Bins below this one go left; of categories, those chosen. */
  readonly count: number;
  readonly chosen?: readonly number[];
  readonly missingLeft: boolean;
  readonly penalties: Penalties;
}

/** A split of a node. */
export interface FoundSplit {
  readonly column: number;
  /** More than 0: what the objective gains, twice. */
  readonly gain: number;
  /** 1 for each bin of the column that goes left, that of missing values among them. */
  readonly goesLeft: Uint8Array;
  /** The last bin of quantities that goes left; undefined for categories. */
  readonly lastBin: number | undefined;
  readonly left: NodeSums;
  readonly right: NodeSums;
  readonly leftValue: number;
  readonly rightValue: number;
}

/** LightGBM's maxCatToOnehot, catSmooth, catL2, maxCatThreshold and minDataPerGroup, by their defaults. */
const oneAgainstRest = 4;
const smoothing = 10;
const categoryL2 = 10;
const mostInSet = 32;
const rowsPerGroup = 100;

/** What the objective loses in a node that stays whole. */
export const gainOfNode = ({ sums: { gradient, hessian }, bounds, options }: NodeOptions): number =>
  leafGain(gradient, hessian, options, leafValue(gradient, hessian, options, bounds));

/** Remembers the best left side that it is offered, of those that gain more than `least`. */
const candidates = (node: NodeOptions, sign: number, penalties: Penalties, least: number) => {
  const { sums, bounds, options } = node;
  const { minDataInLeaf, minSumHessianInLeaf } = options;
  const base = gainOfNode(node);
  let best: Candidate | undefined;
  return {
    best: () => best,
    /** Says whether the right side is still large enough. */
    offer: (
      gradient: number,
      hessian: number,
      rows: number,
      { count, missingLeft, chosen }: Pick<Candidate, "count" | "missingLeft"> & { readonly chosen?: () => number[] },
    ): boolean => {
      const rightHessian = sums.hessian - hessian;
      if (sums.rows - rows < minDataInLeaf || rightHessian < minSumHessianInLeaf) return false;
      if (rows < minDataInLeaf || hessian < minSumHessianInLeaf) return true;
      const rightGradient = sums.gradient - gradient;
      const left = leafValue(gradient, hessian, penalties, bounds);
      const right = leafValue(rightGradient, rightHessian, penalties, bounds);
      if (sign * (right - left) < 0) return true;
      const gain =
        leafGain(gradient, hessian, penalties, left) + leafGain(rightGradient, rightHessian, penalties, right) - base;
      if (gain > (best?.gain ?? least)) {
        const left = { gain, gradient, hessian, rows, count, missingLeft, penalties };
        best = chosen ? { ...left, chosen: chosen() } : left;
      }
      return true;
    },
  };
};

/** The best threshold of a column of quantities. */
export const bestThreshold = (
  sums: ColumnSums,
  { bins }: BinnedColumn,
  hasMissing: boolean,
  sign: number,
  node: NodeOptions,
  least: number,
): Candidate | undefined => {
  const { best, offer } = candidates(node, sign, node.options, least);
  for (const missingLeft of hasMissing && sums.rows(bins) > 0 ? [false, true] : [false]) {
    let gradient = missingLeft ? sums.gradient(bins) : 0;
    let hessian = missingLeft ? sums.hessian(bins) : 0;
    let rows = missingLeft ? sums.rows(bins) : 0;
    // With missing values on the right, all other values may go left.
    const last = missingLeft || !hasMissing ? bins - 1 : bins;
    for (let bin = 0; bin < last; bin++) {
      const added = sums.rows(bin);
      if (added === 0) continue;
      gradient += sums.gradient(bin);
      hessian += sums.hessian(bin);
      rows += added;
      if (!offer(gradient, hessian, rows, { count: bin + 1, missingLeft })) break;
    }
  }
  return best();
};

/** The best set of a column of categories. */
export const bestCategories = (
  sums: ColumnSums,
  { bins }: BinnedColumn,
  node: NodeOptions,
  least: number,
): Candidate | undefined => {
  const { options } = node;
  const all = Array.from({ length: bins }, (_, bin) => bin);
  if (bins <= oneAgainstRest) {
    const { best, offer } = candidates(node, 0, options, least);
    for (const bin of all)
      offer(sums.gradient(bin), sums.hessian(bin), sums.rows(bin), {
        count: 1,
        missingLeft: false,
        chosen: () => [bin],
      });
    return best();
  }
  const { best, offer } = candidates(node, 0, { l1: options.l1, l2: options.l2 + categoryL2 }, least);
  const ratio = (bin: number): number => sums.gradient(bin) / (sums.hessian(bin) + smoothing);
  const rising = all.filter((bin) => sums.rows(bin) >= smoothing).sort((a, b) => ratio(a) - ratio(b) || a - b);
  const most = Math.min(mostInSet, (rising.length + 1) >> 1);
  for (const order of [rising, rising.toReversed()]) {
    let gradient = 0;
    let hessian = 0;
    let rows = 0;
    let group = 0;
    for (let count = 1; count <= most; count++) {
      const bin = order[count - 1] ?? 0;
      gradient += sums.gradient(bin);
      hessian += sums.hessian(bin);
      rows += sums.rows(bin);
      group += sums.rows(bin);
      if (node.sums.rows - rows < rowsPerGroup) break;
      if (group < rowsPerGroup) continue;
      const chosen = () => order.slice(0, count);
      if (!offer(gradient, hessian, rows, { count, missingLeft: false, chosen })) break;
      if (rows >= options.minDataInLeaf) group = 0;
    }
  }
  return best();
};

/** A candidate as a split. @param missingRows rows of the node in the bin of missing values */
export const splitOf = (
  index: number,
  { bins, categories }: BinnedColumn,
  { gain, gradient, hessian, rows, count, chosen, missingLeft, penalties }: Candidate,
  missingRows: number,
  { sums, bounds }: NodeOptions,
): FoundSplit => {
  const goesLeft = new Uint8Array(bins + 1);
  if (chosen) for (const bin of chosen) goesLeft[bin] = 1;
  else goesLeft.fill(1, 0, count);
  // Where no row tells, missing values go with most rows; a set of categories cannot say so of unknown ones, which go right.
  const isUntold = !categories && missingRows === 0;
  goesLeft[bins] = (isUntold ? 2 * rows > sums.rows : missingLeft) ? 1 : 0;
  const right = { gradient: sums.gradient - gradient, hessian: sums.hessian - hessian, rows: sums.rows - rows };
  return {
    column: index,
    gain,
    goesLeft,
    lastBin: categories ? undefined : count - 1,
    left: { gradient, hessian, rows },
    right,
    leftValue: leafValue(gradient, hessian, penalties, bounds),
    rightValue: leafValue(right.gradient, right.hessian, penalties, bounds),
  };
};
