// The best threshold of each column by its histogram: see bestThreshold in core/model/boosting/find-split.ts, whose bits these are.
import { address, word } from "../runtime/vector.wasm";

/** -gradient shrunk by l1 over the hessian, within bounds. */
// @ts-ignore: decorator
@inline
function leafValue(shrunk: f64, heavy: f64, lower: f64, upper: f64): f64 {
  return min(upper, max(lower, -shrunk / (heavy != 0 ? heavy : 1)));
}

// @ts-ignore: decorator
@inline
function shrink(gradient: f64, l1: f64): f64 {
  return copysign(max<f64>(0, abs(gradient) - l1), gradient);
}

/**
 * Units are columns. Block: [columns i32 [units, 4] (byte of the first bin, bins, flags: 1 skipped, 2 has missing values;
 * constraint), histogram i64 [bins, 2], numbers f64 (units of gradients and hessians; l1, l2; least hessian of a leaf; the
 * node's gradient and hessian; lower and upper bound; base gain; least gain), least rows of a leaf, rows of the node, shift of
 * hessians, found f64 [units, 6]: gain, or 0 where none is found; gradient, hessian, rows, bins to the left, missing values to
 * the left].
 */
export function boostingSplit(block: usize, begin: u32, end: u32): void {
  const numbers = address(block, 2);
  const gradientUnit = load<f64>(numbers), hessianUnit = load<f64>(numbers, 8);
  const l1 = load<f64>(numbers, 16), l2 = load<f64>(numbers, 24), leastHessian = load<f64>(numbers, 32);
  const allGradient = load<f64>(numbers, 40), allHessian = load<f64>(numbers, 48);
  const lower = load<f64>(numbers, 56), upper = load<f64>(numbers, 64), base = load<f64>(numbers, 72);
  const leastRows = word(block, 3), allRows = word(block, 4), shift = <u64>word(block, 5);
  const mask = ((<u64>1) << shift) - 1;
  for (let unit = begin; unit < end; unit++) {
    const column = address(block, 0) + ((<usize>unit) << 4);
    const found = address(block, 6) + <usize>unit * 48;
    const flags = load<u32>(column, 8);
    const constraint = <f64>load<i32>(column, 12);
    let best = load<f64>(numbers, 80);
    store<f64>(found, 0);
    if (flags & 1) continue;
    const first = address(block, 1) + load<u32>(column);
    const bins = load<u32>(column, 4);
    const missing = first + ((<usize>bins) << 4);
    const missingRows = <u32>(load<u64>(missing, 8) & mask);
    // With missing values on the right, all other values may go left.
    for (let missingLeft: u32 = 0; missingLeft < 2; missingLeft++) {
      if (missingLeft && (!(flags & 2) || missingRows == 0)) break;
      const last = missingLeft || !(flags & 2) ? bins - 1 : bins;
      let gradient: f64 = missingLeft ? <f64>load<i64>(missing) * gradientUnit : 0;
      let hessian: f64 = missingLeft ? <f64>(load<u64>(missing, 8) >> shift) * hessianUnit : 0;
      let rows: u32 = missingLeft ? missingRows : 0;
      for (let bin: u32 = 0; bin < last; bin++) {
        const at = first + ((<usize>bin) << 4);
        const sums = load<u64>(at, 8);
        const added = <u32>(sums & mask);
        if (added == 0) continue;
        gradient += <f64>load<i64>(at) * gradientUnit;
        hessian += <f64>(sums >> shift) * hessianUnit;
        rows += added;
        const rightHessian = allHessian - hessian;
        if (allRows - rows < leastRows || rightHessian < leastHessian) break;
        if (rows < leastRows || hessian < leastHessian) continue;
        const left = shrink(gradient, l1), right = shrink(allGradient - gradient, l1);
        const leftHeavy = hessian + l2, rightHeavy = rightHessian + l2;
        const leftValue = leafValue(left, leftHeavy, lower, upper), rightValue = leafValue(right, rightHeavy, lower, upper);
        if (constraint * (rightValue - leftValue) < 0) continue;
        const gain =
          -(2 * left * leftValue + leftHeavy * leftValue * leftValue) +
          -(2 * right * rightValue + rightHeavy * rightValue * rightValue) -
          base;
        if (gain <= best) continue;
        best = gain;
        store<f64>(found, gain);
        store<f64>(found, gradient, 8);
        store<f64>(found, hessian, 16);
        store<f64>(found, <f64>rows, 24);
        store<f64>(found, <f64>(bin + 1), 32);
        store<f64>(found, <f64>missingLeft, 40);
      }
    }
  }
}
