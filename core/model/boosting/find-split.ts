// The best split of a node by its histogram: thresholds with missing values on either side, or sets of categories in the order
// of their gradient over hessian (Fisher 1958), as in LightGBM.
import type { BinnedColumn } from "./binned-matrix.ts";
import { type Histogram, sumsOfBin } from "./histogram.ts";
import { type Bounds, leafGain, leafValue, type NodeSums, type Penalties } from "./split-gain.ts";

export interface SplitOptions extends Penalties {
  readonly minDataInLeaf: number;
  readonly minSumHessianInLeaf: number;
  readonly minGainToSplit: number;
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

interface Candidate {
  gain: number;
  gradient: number;
  hessian: number;
  rows: number;
  /** Bins before this place of the order go left. */
  count: number;
  missingLeft: boolean;
}

/**
 * The best split of one column that gains more than `best`; undefined where none does.
 * @param unit what a whole number of gradients and hessians is worth
 */
export const findSplit = (
  histogram: Histogram,
  index: number,
  column: BinnedColumn,
  node: NodeSums,
  unit: { readonly gradient: number; readonly hessian: number },
  options: SplitOptions,
  constraint: number,
  bounds: Bounds,
  best: number,
): FoundSplit | undefined => {
  const { minDataInLeaf, minSumHessianInLeaf, minGainToSplit } = options;
  const { bins, offset, categories } = column;
  const gradientOf = (bin: number): number => (histogram[sumsOfBin * (offset + bin)] ?? 0) * unit.gradient;
  const hessianOf = (bin: number): number => (histogram[sumsOfBin * (offset + bin) + 1] ?? 0) * unit.hessian;
  const rowsOf = (bin: number): number => histogram[sumsOfBin * (offset + bin) + 2] ?? 0;
  const own = leafValue(node.gradient, node.hessian, options, bounds);
  const least = Math.max(best, minGainToSplit);
  const base = leafGain(node.gradient, node.hessian, options, own);
  let penalties: Penalties = options;
  const found: Candidate = { gain: least, gradient: 0, hessian: 0, rows: 0, count: 0, missingLeft: false };
  let chosen: readonly number[] | undefined;

  /** Takes a split by its left side if it is better; says whether the right side is still large enough. */
  const consider = (gradient: number, hessian: number, rows: number, count: number, missingLeft: boolean): boolean => {
    const rightRows = node.rows - rows;
    const rightHessian = node.hessian - hessian;
    if (rightRows < minDataInLeaf || rightHessian < minSumHessianInLeaf) return false;
    if (rows < minDataInLeaf || hessian < minSumHessianInLeaf) return true;
    const rightGradient = node.gradient - gradient;
    const left = leafValue(gradient, hessian, penalties, bounds);
    const right = leafValue(rightGradient, rightHessian, penalties, bounds);
    if (constraint * (right - left) < 0) return true;
    const gain =
      leafGain(gradient, hessian, penalties, left) + leafGain(rightGradient, rightHessian, penalties, right) - base;
    if (gain > found.gain) Object.assign(found, { gain, gradient, hessian, rows, count, missingLeft });
    return true;
  };

  const scanThresholds = (missingLeft: boolean): void => {
    let gradient = missingLeft ? gradientOf(bins) : 0;
    let hessian = missingLeft ? hessianOf(bins) : 0;
    let rows = missingLeft ? rowsOf(bins) : 0;
    // With missing values on the right, all other values may go left.
    const last = missingLeft || !column.hasMissing ? bins - 1 : bins;
    for (let bin = 0; bin < last; bin++) {
      const added = rowsOf(bin);
      if (added === 0) continue;
      gradient += gradientOf(bin);
      hessian += hessianOf(bin);
      rows += added;
      if (!consider(gradient, hessian, rows, bin + 1, missingLeft)) return;
    }
  };

  const scanCategories = (): void => {
    const all = Array.from({ length: bins }, (_, bin) => bin);
    if (bins <= oneAgainstRest) {
      for (const bin of all) {
        const before = found.gain;
        consider(gradientOf(bin), hessianOf(bin), rowsOf(bin), 1, false);
        if (found.gain > before) chosen = [bin];
      }
      return;
    }
    penalties = { l1: options.l1, l2: options.l2 + categoryL2 };
    const ratio = (bin: number): number => gradientOf(bin) / (hessianOf(bin) + smoothing);
    const rising = all.filter((bin) => rowsOf(bin) >= smoothing).sort((a, b) => ratio(a) - ratio(b) || a - b);
    const most = Math.min(mostInSet, (rising.length + 1) >> 1);
    for (const order of [rising, rising.toReversed()]) {
      let gradient = 0;
      let hessian = 0;
      let rows = 0;
      let group = 0;
      for (let count = 1; count <= most; count++) {
        const bin = order[count - 1] ?? 0;
        gradient += gradientOf(bin);
        hessian += hessianOf(bin);
        rows += rowsOf(bin);
        group += rowsOf(bin);
        if (node.rows - rows < rowsPerGroup) break;
        if (group < rowsPerGroup) continue;
        const before = found.gain;
        if (!consider(gradient, hessian, rows, count, false)) break;
        if (rows >= minDataInLeaf) group = 0;
        if (found.gain > before) chosen = order.slice(0, count);
      }
    }
  };

  if (categories) scanCategories();
  else {
    scanThresholds(false);
    if (column.hasMissing && rowsOf(bins) > 0) scanThresholds(true);
  }
  if (found.gain <= least) return undefined;
  const goesLeft = new Uint8Array(bins + 1);
  if (chosen) for (const bin of chosen) goesLeft[bin] = 1;
  else goesLeft.fill(1, 0, found.count);
  // Where no row tells, missing values go with most rows; a set of categories cannot say so of unknown ones, which go right.
  const isUntold = !categories && rowsOf(bins) === 0;
  goesLeft[bins] = (isUntold ? 2 * found.rows > node.rows : found.missingLeft) ? 1 : 0;
  const { gain, gradient, hessian, rows } = found;
  const right = { gradient: node.gradient - gradient, hessian: node.hessian - hessian, rows: node.rows - rows };
  return {
    column: index,
    gain,
    goesLeft,
    lastBin: categories ? undefined : found.count - 1,
    left: { gradient, hessian, rows },
    right,
    leftValue: leafValue(gradient, hessian, penalties, bounds),
    rightValue: leafValue(right.gradient, right.hessian, penalties, bounds),
  };
};
