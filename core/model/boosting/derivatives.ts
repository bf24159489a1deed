// Losses and their derivatives in the scores, in plain float64: what kernels/boosting/derive.wasm.ts does in the same order.
import { exp64, log64, splitFloat } from "./float64.ts";
import type { Objective } from "./objective.ts";

/** Rows whose losses have a sum of their own, so that threads may share them out. */
export const stretchRows = 4096;

/** Told the derivatives of a row in its score of a group. */
export type TakeDerivatives = (group: number, row: number, gradient: number, hessian: number) => void;

/** Sum of the losses of some rows, and their largest gradient where it has no bound. */
export interface StretchSums {
  readonly loss: number;
  readonly largest: number;
}

const squared = ({ target, weights }: Objective, scores: Float64Array, rows: Int32Array, take: TakeDerivatives) => {
  let loss = 0;
  let largest = 0;
  for (const row of rows) {
    const error = (scores[row] ?? 0) - (target[row] ?? 0);
    const weight = weights?.[row] ?? 1;
    loss += weight * (error * error);
    largest = Math.max(largest, Math.abs(weight * error));
    take(0, row, weight * error, weight);
  }
  return { loss, largest };
};

const pinball = (
  { target, weights, slopes: { below, above } }: Objective,
  scores: Float64Array,
  rows: Int32Array,
  take: TakeDerivatives,
) => {
  let loss = 0;
  for (const row of rows) {
    const error = (scores[row] ?? 0) - (target[row] ?? 0);
    const weight = weights?.[row] ?? 1;
    const slope = error >= 0 ? above : below;
    loss += weight * (slope * error);
    take(0, row, weight * slope, weight);
  }
  return { loss, largest: 0 };
};

const logistic = ({ target, weights }: Objective, scores: Float64Array, rows: Int32Array, take: TakeDerivatives) => {
  let loss = 0;
  // Without weights, one logarithm of the product of 1 + e^-score, whose exponent is counted apart.
  let product = 1;
  let exponent = 0;
  for (const row of rows) {
    const y = target[row] ?? 0;
    const score = Math.min(Math.max(scores[row] ?? 0, -700), 700);
    const below = 1 + exp64(-score);
    const chance = 1 / below;
    if (weights) {
      const weight = weights[row] ?? 1;
      loss += weight * (log64(below) + (1 - y) * score);
      take(0, row, weight * (chance - y), weight * chance * (1 - chance));
    } else {
      loss += (1 - y) * score;
      const parts = splitFloat(product * below);
      exponent += parts.exponent;
      product = parts.mantissa;
      take(0, row, chance - y, chance * (1 - chance));
    }
  }
  return { loss: loss + (exponent * Math.LN2 + log64(product)), largest: 0 };
};

const softmax = (
  { target, weights, groups }: Objective,
  scores: Float64Array,
  rows: Int32Array,
  take: TakeDerivatives,
) => {
  const all = scores.length / groups;
  // Friedman's K / (K - 1), as in LightGBM.
  const factor = groups / (groups - 1);
  let loss = 0;
  for (const row of rows) {
    const own = target[row] ?? 0;
    const weight = weights?.[row] ?? 1;
    const scoreOf = (group: number): number => scores[group * all + row] ?? 0;
    let most = scoreOf(0);
    for (let k = 1; k < groups; k++) most = Math.max(most, scoreOf(k));
    let sum = 0;
    for (let k = 0; k < groups; k++) sum += exp64(scoreOf(k) - most);
    loss += weight * (log64(sum) + most - scoreOf(own));
    for (let k = 0; k < groups; k++) {
      const chance = exp64(scoreOf(k) - most) / sum;
      take(k, row, weight * (chance - (k === own ? 1 : 0)), weight * factor * chance * (1 - chance));
    }
  }
  return { loss, largest: 0 };
};

const byKernel = {
  boostingSquared: squared,
  boostingPinball: pinball,
  boostingLogistic: logistic,
  boostingSoftmax: softmax,
} as const;

/** Losses of rows, stretch by stretch. @param take told the derivatives of each row, if given */
export const deriveRows = (
  objective: Objective,
  scores: Float64Array,
  rows: Int32Array,
  take: TakeDerivatives = () => {},
): StretchSums => {
  if (objective.kernel === "host") return { loss: objective.derive?.(scores, take) ?? 0, largest: 0 };
  let loss = 0;
  let largest = 0;
  for (let from = 0; from < rows.length; from += stretchRows) {
    const sums = byKernel[objective.kernel](objective, scores, rows.subarray(from, from + stretchRows), take);
    loss += sums.loss;
    largest = Math.max(largest, sums.largest);
  }
  return { loss, largest };
};
