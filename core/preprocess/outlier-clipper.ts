// OutlierClipper: fences from quartiles, from mean and deviation, or from median and median deviation; values beyond are
// held at the fence, or counted by a feature of 0 and 1 for each column. Exact from all values, so shards merge exactly.
import { ArgumentError } from "@millrace/kernels";
import { concatenate } from "../tensor/tensor.ts";
import { type KeptBatches, keepBatch, mergeBatches, quantileOf, sortedColumn } from "./column-values.ts";
import type { OutlierClipper } from "./numeric-specification.ts";
import { fittedVector, type NumericStepDefinition, taken } from "./numeric-step.ts";

const defaults = { iqr: 1.5, zScore: 3, robustZ: 3.5 } as const;
/** The 0.75 quantile of the normal distribution: a median deviation over it estimates the standard deviation. */
const normalQuartile = 0.6744897501960817;

const fencesOf = (sorted: Float64Array, method: OutlierClipper["method"], threshold: number): [number, number] => {
  if (method === "iqr") {
    const low = quantileOf(sorted, 0.25);
    const high = quantileOf(sorted, 0.75);
    return [low - threshold * (high - low), high + threshold * (high - low)];
  }
  if (method === "zScore") {
    const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    const deviation = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length);
    return [mean - threshold * deviation, mean + threshold * deviation];
  }
  const median = quantileOf(sorted, 0.5);
  const deviation = quantileOf(sorted.map((value) => Math.abs(value - median)).sort(), 0.5) / normalQuartile;
  return [median - threshold * deviation, median + threshold * deviation];
};

/** See OutlierClipper. */
export const outlierClipperDefinition: NumericStepDefinition<OutlierClipper, KeptBatches> = {
  takesMissing: true,
  check: ({ method, threshold, action }) => {
    if (!Object.hasOwn(defaults, method))
      throw new ArgumentError(`method takes ${Object.keys(defaults).join(", ")}, but got ${JSON.stringify(method)}`);
    if (threshold !== null && !(threshold > 0 && Number.isFinite(threshold)))
      throw new ArgumentError(`threshold takes a number above 0, or null for the method's own, but got ${threshold}`);
    if (action !== "clip" && action !== "flag")
      throw new ArgumentError(`action takes "clip" or "flag", but got ${JSON.stringify(action)}`);
  },
  start: () => [],
  add: keepBatch,
  merge: mergeBatches,
  finish: ({ method, threshold, action }, kept, names) => {
    const fences = names.map((name, column) =>
      fencesOf(sortedColumn(kept, column, name, "OutlierClipper"), method, threshold ?? defaults[method]),
    );
    return {
      parameters: {
        low: fittedVector(fences.map(([low]) => low)),
        high: fittedVector(fences.map(([, high]) => high)),
      },
      featureNames: action === "clip" ? names : [...names, ...names.map((name) => `outlier_${name}`)],
      apply: ({ matrix, present }, parameters) => {
        const low = taken(parameters, "low");
        const high = taken(parameters, "high");
        if (action === "clip") return { matrix: matrix.maximum(low).minimum(high), present };
        const beyond = matrix.less(low).or(matrix.greater(high));
        const flags = (present ? beyond.and(present) : beyond).to("f32");
        return {
          matrix: concatenate([matrix, flags], 1),
          present: present && concatenate([present, present.or(present.not())], 1),
        };
      },
    };
  },
};
