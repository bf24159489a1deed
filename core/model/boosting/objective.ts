// Losses by their derivatives in the scores that trees add up to.
import { ArgumentError } from "@millrace/kernels";
import type { FitData } from "../estimator.ts";
import type { GradientBoosting } from "./specification.ts";

export interface Objective {
  /** Trees of a round. */
  readonly groups: number;
  /** Scores that boosting starts from: the best constants on these rows. */
  readonly start: (rows: Int32Array) => number[];
  /** Writes the derivatives of rows in their score `group`; scores are [rows, groups]. */
  readonly derive: (
    scores: Float64Array,
    group: number,
    rows: Int32Array,
    gradients: Float64Array,
    hessians: Float64Array,
  ) => void;
  /** Weighted mean loss of rows. */
  readonly loss: (scores: Float64Array, rows: Int32Array) => number;
  /** The value of a leaf by its rows, where derivatives say only its direction. */
  readonly leafValue?: (scores: Float64Array, rows: Int32Array) => number;
}

/** The weighted quantile; without weights it lies linearly between the values beside it, as LightGBM's does. */
const quantileOf = (values: Float64Array, weights: Float64Array | undefined, alpha: number): number => {
  if (!weights) {
    const sorted = values.slice().sort();
    const place = alpha * (sorted.length - 1);
    const below = sorted[Math.floor(place)] ?? 0;
    return below + (place - Math.floor(place)) * ((sorted[Math.ceil(place)] ?? 0) - below);
  }
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const wanted = alpha * weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (const i of order) {
    sum += weights[i] ?? 0;
    if (sum >= wanted) return values[i] ?? 0;
  }
  return values[order.at(-1) ?? 0] ?? 0;
};

const regression = (
  loss: "squaredError" | "absoluteError" | "quantile",
  alpha: number,
  target: Float64Array,
  weights: Float64Array | undefined,
): Objective => {
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  const isSquared = loss === "squaredError";
  const part = loss === "quantile" ? alpha : 0.5;
  // Absolute error is twice the pinball loss of the median.
  const scale = loss === "quantile" ? 1 : 2;
  const gathered = (rows: Int32Array, scores?: Float64Array): number =>
    quantileOf(
      Float64Array.from(rows, (row) => (target[row] ?? 0) - (scores?.[row] ?? 0)),
      weights && Float64Array.from(rows, weightOf),
      part,
    );
  return {
    groups: 1,
    start: (rows) => {
      if (!isSquared) return [gathered(rows)];
      let sum = 0;
      let weight = 0;
      for (const row of rows) {
        sum += weightOf(row) * (target[row] ?? 0);
        weight += weightOf(row);
      }
      return [sum / weight];
    },
    derive: (scores, _, rows, gradients, hessians) => {
      rows.forEach((row) => {
        const error = (scores[row] ?? 0) - (target[row] ?? 0);
        const slope = isSquared ? error : scale * (error >= 0 ? 1 - part : -part);
        gradients[row] = weightOf(row) * slope;
        hessians[row] = weightOf(row);
      });
    },
    loss: (scores, rows) => {
      let sum = 0;
      let weight = 0;
      for (const row of rows) {
        const error = (scores[row] ?? 0) - (target[row] ?? 0);
        const own = isSquared ? error * error : scale * Math.max((1 - part) * error, -part * error);
        sum += weightOf(row) * own;
        weight += weightOf(row);
      }
      return sum / weight;
    },
    ...(isSquared ? {} : { leafValue: (scores: Float64Array, rows: Int32Array) => gathered(rows, scores) }),
  };
};

/** Chances are kept off 0 and 1, whose scores are infinite. */
const least = 1e-15;

const classParts = (
  codes: Int32Array,
  classes: number,
  weights: Float64Array | undefined,
  rows: Int32Array,
): number[] => {
  const sums = new Array<number>(classes).fill(0);
  let all = 0;
  for (const row of rows) {
    const weight = weights?.[row] ?? 1;
    const code = codes[row] ?? 0;
    sums[code] = (sums[code] ?? 0) + weight;
    all += weight;
  }
  return sums.map((sum) => Math.min(1 - least, Math.max(least, sum / all)));
};

const binary = (codes: Int32Array, weights: Float64Array | undefined): Objective => {
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  return {
    groups: 1,
    start: (rows) => {
      const part = classParts(codes, 2, weights, rows)[1] ?? 0.5;
      return [Math.log(part / (1 - part))];
    },
    derive: (scores, _, rows, gradients, hessians) => {
      for (const row of rows) {
        const chance = 1 / (1 + Math.exp(-(scores[row] ?? 0)));
        gradients[row] = weightOf(row) * (chance - (codes[row] ?? 0));
        hessians[row] = weightOf(row) * chance * (1 - chance);
      }
    },
    loss: (scores, rows) => {
      let sum = 0;
      let weight = 0;
      for (const row of rows) {
        const margin = codes[row] === 1 ? (scores[row] ?? 0) : -(scores[row] ?? 0);
        sum += weightOf(row) * (Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin));
        weight += weightOf(row);
      }
      return sum / weight;
    },
  };
};

const softmax = (codes: Int32Array, classes: number, weights: Float64Array | undefined): Objective => {
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  /** The logarithm of the sum of exponentials of a row's scores. */
  const logSum = (scores: Float64Array, row: number): number => {
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) most = Math.max(most, scores[row * classes + k] ?? 0);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp((scores[row * classes + k] ?? 0) - most);
    return most + Math.log(sum);
  };
  // Friedman's K / (K - 1), as in LightGBM.
  const factor = classes / (classes - 1);
  return {
    groups: classes,
    start: (rows) => classParts(codes, classes, weights, rows).map(Math.log),
    derive: (scores, group, rows, gradients, hessians) => {
      for (const row of rows) {
        const chance = Math.exp((scores[row * classes + group] ?? 0) - logSum(scores, row));
        gradients[row] = weightOf(row) * (chance - (codes[row] === group ? 1 : 0));
        hessians[row] = weightOf(row) * factor * chance * (1 - chance);
      }
    },
    loss: (scores, rows) => {
      let sum = 0;
      let weight = 0;
      for (const row of rows) {
        sum += weightOf(row) * (logSum(scores, row) - (scores[row * classes + (codes[row] ?? 0)] ?? 0));
        weight += weightOf(row);
      }
      return sum / weight;
    },
  };
};

/** The loss that a specification asks for. @throws ArgumentError where the data lacks what it learns from */
export const objectiveOf = (specification: GradientBoosting, data: FitData): Objective => {
  const { kind } = specification;
  const { codes, classCount, target, weights } = data;
  if (kind === "GradientBoostingRegressor") {
    if (!target) throw new ArgumentError(`${kind} takes a target`);
    return regression(specification.loss, specification.alpha, target, weights);
  }
  if (!codes || !classCount) throw new ArgumentError(`${kind} takes codes and classCount of the classes`);
  if (classCount < 2) throw new ArgumentError(`${kind} takes at least two classes, but got ${classCount}`);
  if (classCount === 2) return binary(codes, weights);
  if (specification.monotoneConstraints?.some((sign) => sign !== 0))
    throw new ArgumentError(`${kind}: monotoneConstraints are for two classes, but there are ${classCount}`);
  return softmax(codes, classCount, weights);
};
