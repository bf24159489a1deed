// What boosting may minimise: losses in the scores that trees add up to.
import { ArgumentError } from "@millrace/kernels";
import type { FitData } from "../estimator.ts";
import type { TakeDerivatives } from "./derivatives.ts";
import { log64 } from "./float64.ts";
import { lambdaRank } from "./lambda-rank.ts";
import type { GradientBoosting } from "./specification.ts";

/** What a fit minimises; derivatives.ts says how by the kernel's name. */
export interface Objective {
  /** "host": by `derive`, in plain arrays on every device. */
  readonly kernel: "boostingSquared" | "boostingPinball" | "boostingLogistic" | "boostingSoftmax" | "host";
  /** Trees of a round. */
  readonly groups: number;
  /** What rows are: a quantity, or the number of a class. */
  readonly target: Float64Array;
  readonly weights: Float64Array | undefined;
  /** Slopes of the pinball loss. */
  readonly slopes: { readonly below: number; readonly above: number };
  /** Bounds of a row's derivatives, of weight 1; errors have none. */
  readonly bounds: { readonly gradient: number | undefined; readonly hessian: number };
  /** Scores that boosting starts from: the best constants on these rows. */
  readonly start: (rows: Int32Array) => number[];
  /** Derivatives of all rows, where one row's hang on others'; gives the sum of losses. */
  readonly derive?: (scores: Float64Array, take: TakeDerivatives) => number;
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
    kernel: isSquared ? "boostingSquared" : "boostingPinball",
    groups: 1,
    target,
    weights,
    slopes: { below: -scale * part, above: scale * (1 - part) },
    bounds: { gradient: isSquared ? undefined : scale * Math.max(part, 1 - part), hessian: 1 },
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

const classes = (codes: Int32Array, count: number, weights: Float64Array | undefined): Objective => {
  const isBinary = count === 2;
  return {
    kernel: isBinary ? "boostingLogistic" : "boostingSoftmax",
    groups: isBinary ? 1 : count,
    target: Float64Array.from(codes),
    weights,
    slopes: { below: 0, above: 0 },
    bounds: { gradient: 1, hessian: isBinary ? 0.25 : (0.25 * count) / (count - 1) },
    start: (rows) => {
      const parts = classParts(codes, count, weights, rows);
      const [, part = 0.5] = parts;
      return isBinary ? [log64(part / (1 - part))] : parts.map(log64);
    },
  };
};

/** The loss that a specification asks for. @throws ArgumentError where the data lacks what it learns from */
export const objectiveOf = (specification: GradientBoosting, data: FitData): Objective => {
  const { kind } = specification;
  const { codes, classCount, target, weights } = data;
  if (kind === "GradientBoostingRanker") return lambdaRank(specification, data);
  if (kind === "GradientBoostingRegressor") {
    if (!target) throw new ArgumentError(`${kind} takes a target`);
    return regression(specification.loss, specification.alpha, target, weights);
  }
  if (!codes || !classCount) throw new ArgumentError(`${kind} takes codes and classCount of the classes`);
  if (classCount < 2) throw new ArgumentError(`${kind} takes at least two classes, but got ${classCount}`);
  if (classCount > 2 && specification.monotoneConstraints?.some((sign) => sign !== 0))
    throw new ArgumentError(`${kind}: monotoneConstraints are for two classes, but there are ${classCount}`);
  return classes(codes, classCount, weights);
};
