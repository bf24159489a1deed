// Losses with their first and second derivatives in the scores, as whole numbers: see core/model/boosting/derivatives.ts, whose
// bits these are. Units are stretches of 4096 of the rows given, each with a sum of its own.
//
// Block: [rows i32 [count], count, scores f64 [groups, all], target f64 [all], weights f64 [all] or 0, derivatives i32
// [groups, all, 2] or 0, sums f64 [units, 2] (loss, largest gradient), parameters f64 (factors of gradients and hessians; slopes
// below and above), all, groups].
import { address, word } from "../runtime/vector.wasm";
import { exp64, log64 } from "./float64.wasm";

const UNIT: u32 = 4096;

// @ts-ignore: decorator
@inline
function store2(derivatives: usize, row: usize, gradient: f64, hessian: f64, parameters: usize): void {
  store<i32>(derivatives + (row << 3), <i32>nearest(gradient * load<f64>(parameters)));
  store<i32>(derivatives + (row << 3), <i32>nearest(hessian * load<f64>(parameters, 8)), 4);
}

// @ts-ignore: decorator
@inline
function weightOf(weights: usize, row: usize): f64 {
  return weights ? load<f64>(weights + (row << 3)) : 1;
}

/** Squared error. */
export function boostingSquared(block: usize, begin: u32, end: u32): void {
  const rows = address(block, 0), count = word(block, 1), scores = address(block, 2), target = address(block, 3);
  const weights = address(block, 4), derivatives = address(block, 5), sums = address(block, 6), parameters = address(block, 7);
  for (let unit = begin; unit < end; unit++) {
    let loss: f64 = 0;
    let largest: f64 = 0;
    const last = min(count, (unit + 1) * UNIT);
    for (let i = unit * UNIT; i < last; i++) {
      const row = <usize>load<u32>(rows + ((<usize>i) << 2));
      const error = load<f64>(scores + (row << 3)) - load<f64>(target + (row << 3));
      const weight = weightOf(weights, row);
      loss += weight * (error * error);
      largest = max(largest, abs(weight * error));
      if (derivatives) store2(derivatives, row, weight * error, weight, parameters);
    }
    store<f64>(sums + ((<usize>unit) << 4), loss);
    store<f64>(sums + ((<usize>unit) << 4), largest, 8);
  }
}

/** Slopes below and above the target: absolute error and quantiles. */
export function boostingPinball(block: usize, begin: u32, end: u32): void {
  const rows = address(block, 0), count = word(block, 1), scores = address(block, 2), target = address(block, 3);
  const weights = address(block, 4), derivatives = address(block, 5), sums = address(block, 6), parameters = address(block, 7);
  const below = load<f64>(parameters, 16), above = load<f64>(parameters, 24);
  for (let unit = begin; unit < end; unit++) {
    let loss: f64 = 0;
    const last = min(count, (unit + 1) * UNIT);
    for (let i = unit * UNIT; i < last; i++) {
      const row = <usize>load<u32>(rows + ((<usize>i) << 2));
      const error = load<f64>(scores + (row << 3)) - load<f64>(target + (row << 3));
      const weight = weightOf(weights, row);
      const slope = error >= 0 ? above : below;
      loss += weight * (slope * error);
      if (derivatives) store2(derivatives, row, weight * slope, weight, parameters);
    }
    store<f64>(sums + ((<usize>unit) << 4), loss);
  }
}

/** The logistic loss of two classes, 0 and 1. */
export function boostingLogistic(block: usize, begin: u32, end: u32): void {
  const rows = address(block, 0), count = word(block, 1), scores = address(block, 2), target = address(block, 3);
  const weights = address(block, 4), derivatives = address(block, 5), sums = address(block, 6), parameters = address(block, 7);
  for (let unit = begin; unit < end; unit++) {
    let loss: f64 = 0;
    // Without weights, one logarithm of the product of 1 + e^-score, whose exponent is counted apart.
    let product: f64 = 1;
    let exponent: i64 = 0;
    const last = min(count, (unit + 1) * UNIT);
    for (let i = unit * UNIT; i < last; i++) {
      const row = <usize>load<u32>(rows + ((<usize>i) << 2));
      const y = load<f64>(target + (row << 3));
      const score = min(max(load<f64>(scores + (row << 3)), -700), 700);
      const below = 1 + exp64(-score);
      const chance = 1 / below;
      if (weights) {
        const weight = load<f64>(weights + (row << 3));
        loss += weight * (log64(below) + (1 - y) * score);
        if (derivatives) store2(derivatives, row, weight * (chance - y), weight * chance * (1 - chance), parameters);
      } else {
        loss += (1 - y) * score;
        const bits = reinterpret<i64>(product * below);
        exponent += (bits >> 52) - 1023;
        product = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
        if (derivatives) store2(derivatives, row, chance - y, chance * (1 - chance), parameters);
      }
    }
    loss += <f64>exponent * 6.93147180559945309417e-1 + log64(product);
    store<f64>(sums + ((<usize>unit) << 4), loss);
  }
}

/** The loss of the softmax; targets are classes, a group of scores each. */
export function boostingSoftmax(block: usize, begin: u32, end: u32): void {
  const rows = address(block, 0), count = word(block, 1), scores = address(block, 2), target = address(block, 3);
  const weights = address(block, 4), derivatives = address(block, 5), sums = address(block, 6), parameters = address(block, 7);
  const stride = <usize>word(block, 8) << 3;
  const groups = word(block, 9);
  // Friedman's K / (K - 1), as in LightGBM.
  const factor = <f64>groups / <f64>(groups - 1);
  for (let unit = begin; unit < end; unit++) {
    let loss: f64 = 0;
    const last = min(count, (unit + 1) * UNIT);
    for (let i = unit * UNIT; i < last; i++) {
      const row = <usize>load<u32>(rows + ((<usize>i) << 2));
      const own = <u32>load<f64>(target + (row << 3));
      const weight = weightOf(weights, row);
      const first = scores + (row << 3);
      let most = load<f64>(first);
      for (let k: u32 = 1; k < groups; k++) most = max(most, load<f64>(first + <usize>k * stride));
      let sum: f64 = 0;
      for (let k: u32 = 0; k < groups; k++) sum += exp64(load<f64>(first + <usize>k * stride) - most);
      loss += weight * (log64(sum) + most - load<f64>(first + <usize>own * stride));
      if (!derivatives) continue;
      for (let k: u32 = 0; k < groups; k++) {
        const chance = exp64(load<f64>(first + <usize>k * stride) - most) / sum;
        const wanted: f64 = k == own ? 1 : 0;
        store2(derivatives + <usize>k * stride, row, weight * (chance - wanted), weight * factor * chance * (1 - chance), parameters);
      }
    }
    store<f64>(sums + ((<usize>unit) << 4), loss);
  }
}
