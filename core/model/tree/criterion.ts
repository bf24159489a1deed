// What a split is good for. A score grows by as much as the impurity, times the weight, falls: for Gini the squared weights of
// classes over the weight, for entropy weights times their logarithms, for squared error the squared sum over the weight.
import type { SampleOrder } from "./sample-order.ts";

/** The best place to cut an order so far: `left` samples stand before it. */
export interface Cut {
  score: number;
  left: number;
}

/** A split by one column: the values of all rows, and which go left. */
export interface Side {
  values: Float32Array;
  threshold: number;
  missingLeft: boolean;
}

/** Judges cuts of one node at a time. */
export interface Criterion {
  /** Values of a leaf. */
  readonly width: number;
  /** Takes the samples [from, to) as the node to be cut. */
  readonly begin: (samples: Int32Array, from: number, to: number) => NodeTotals;
  /** Betters `best` by the cuts between different ranks that leave `least` samples on either side. */
  readonly scan: (order: SampleOrder, count: number, least: number, best: Cut) => void;
  /** Sets `cut` to what sending the node's samples [from, to) to their sides is good for. */
  readonly scoreSides: (samples: Int32Array, from: number, to: number, side: Side, cut: Cut) => void;
  /** Value k of the node as a leaf. */
  readonly value: (k: number) => number;
}

export interface NodeTotals {
  readonly weight: number;
  readonly score: number;
  readonly impurity: number;
  /** All samples are alike. */
  readonly pure: boolean;
}

const xLogX = (x: number): number => (x > 0 ? x * Math.log2(x) : 0);

/** Gini impurity or entropy in bits. @param codes class of each row @param weights of each row */
export const classCriterion = (
  name: "gini" | "entropy",
  codes: Int32Array,
  weights: Float64Array,
  classCount: number,
): Criterion => {
  const totals = new Float64Array(classCount);
  const left = new Float64Array(classCount);
  const right = new Float64Array(classCount);
  const isGini = name === "gini";
  const part = isGini ? (weight: number): number => weight * weight : xLogX;
  const scoreOf = (sum: number, weight: number): number => (isGini ? sum / weight : sum - xLogX(weight));
  let weight = 0;
  let total = 0;
  return {
    width: classCount,
    begin: (samples, from, to) => {
      totals.fill(0);
      weight = 0;
      total = 0;
      for (let i = from; i < to; i++) {
        const sample = samples[i] ?? 0;
        const code = codes[sample] ?? 0;
        const own = weights[sample] ?? 0;
        totals[code] = (totals[code] ?? 0) + own;
        weight += own;
      }
      let present = 0;
      for (let code = 0; code < classCount; code++) {
        const own = totals[code] ?? 0;
        total += part(own);
        if (own > 0) present++;
      }
      const score = scoreOf(total, weight);
      const impurity = isGini ? 1 - total / (weight * weight) : -score / weight;
      return { weight, score, impurity, pure: present <= 1 };
    },
    scan: ({ samples, codes: ranks }, count, least, best) => {
      left.fill(0);
      right.set(totals);
      let leftWeight = 0;
      let leftSum = 0;
      let rightSum = total;
      const last = count - least;
      for (let i = 0; i < last; i++) {
        const sample = samples[i] ?? 0;
        const code = codes[sample] ?? 0;
        const own = weights[sample] ?? 0;
        const before = left[code] ?? 0;
        const after = right[code] ?? 0;
        left[code] = before + own;
        right[code] = after - own;
        leftWeight += own;
        if (isGini) {
          leftSum += own * (2 * before + own);
          rightSum -= own * (2 * after - own);
        } else {
          leftSum += xLogX(before + own) - xLogX(before);
          rightSum += xLogX(after - own) - xLogX(after);
        }
        if (i + 1 < least || ranks[i] === ranks[i + 1]) continue;
        const score = scoreOf(leftSum, leftWeight) + scoreOf(rightSum, weight - leftWeight);
        if (score > best.score) {
          best.score = score;
          best.left = i + 1;
        }
      }
    },
    scoreSides: (samples, from, to, { values, threshold, missingLeft }, cut) => {
      left.fill(0);
      let leftWeight = 0;
      let count = 0;
      for (let i = from; i < to; i++) {
        const sample = samples[i] ?? 0;
        const value = values[sample] ?? Number.NaN;
        if (!(value <= threshold || (missingLeft && Number.isNaN(value)))) continue;
        const code = codes[sample] ?? 0;
        const own = weights[sample] ?? 0;
        left[code] = (left[code] ?? 0) + own;
        leftWeight += own;
        count++;
      }
      let leftSum = 0;
      let rightSum = 0;
      for (let code = 0; code < classCount; code++) {
        const own = left[code] ?? 0;
        leftSum += part(own);
        rightSum += part((totals[code] ?? 0) - own);
      }
      cut.left = count;
      cut.score = scoreOf(leftSum, leftWeight) + scoreOf(rightSum, weight - leftWeight);
    },
    value: (k) => (totals[k] ?? 0) / weight,
  };
};

/** Squared error around the mean. @param target of each row; it is taken relative to its mean, which keeps digits */
export const squaredErrorCriterion = (target: Float64Array, weights: Float64Array): Criterion => {
  const mean = target.reduce((sum, value) => sum + value, 0) / Math.max(1, target.length);
  const centred = target.map((value) => value - mean);
  let weight = 0;
  let total = 0;
  return {
    width: 1,
    begin: (samples, from, to) => {
      weight = 0;
      total = 0;
      let squares = 0;
      let pure = true;
      const first = target[samples[from] ?? 0];
      for (let i = from; i < to; i++) {
        const sample = samples[i] ?? 0;
        const own = weights[sample] ?? 0;
        const value = centred[sample] ?? 0;
        weight += own;
        total += own * value;
        squares += own * value * value;
        if (target[sample] !== first) pure = false;
      }
      const score = (total * total) / weight;
      return { weight, score, impurity: pure ? 0 : Math.max(0, (squares - score) / weight), pure };
    },
    scan: ({ samples, codes: ranks }, count, least, best) => {
      let leftWeight = 0;
      let leftSum = 0;
      const last = count - least;
      for (let i = 0; i < last; i++) {
        const sample = samples[i] ?? 0;
        const own = weights[sample] ?? 0;
        leftWeight += own;
        leftSum += own * (centred[sample] ?? 0);
        if (i + 1 < least || ranks[i] === ranks[i + 1]) continue;
        const rightSum = total - leftSum;
        const score = (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / (weight - leftWeight);
        if (score > best.score) {
          best.score = score;
          best.left = i + 1;
        }
      }
    },
    scoreSides: (samples, from, to, { values, threshold, missingLeft }, cut) => {
      let leftWeight = 0;
      let leftSum = 0;
      let count = 0;
      for (let i = from; i < to; i++) {
        const sample = samples[i] ?? 0;
        const value = values[sample] ?? Number.NaN;
        if (!(value <= threshold || (missingLeft && Number.isNaN(value)))) continue;
        const own = weights[sample] ?? 0;
        leftWeight += own;
        leftSum += own * (centred[sample] ?? 0);
        count++;
      }
      const rightSum = total - leftSum;
      cut.left = count;
      cut.score = (leftSum * leftSum) / leftWeight + (rightSum * rightSum) / (weight - leftWeight);
    },
    value: () => total / weight + mean,
  };
};
