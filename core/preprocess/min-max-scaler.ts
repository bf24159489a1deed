// MinMaxScaler: (x - smallest) * scale + start. Extremes merge exactly.
import { ArgumentError } from "@millrace/kernels";
import { addExtremes, checkExtremes, type Extremes, mergeExtremes, noExtremes } from "./column-extremes.ts";
import type { MinMaxScaler } from "./numeric-specification.ts";
import { fittedVector, type NumericStepDefinition, taken } from "./numeric-step.ts";

/** See MinMaxScaler. */
export const minMaxScalerDefinition: NumericStepDefinition<MinMaxScaler, Extremes> = {
  takesMissing: true,
  check: ({ featureRange: [start, end] }) => {
    if (!(Number.isFinite(start) && Number.isFinite(end) && start < end))
      throw new ArgumentError(`featureRange takes a start below its end, but got [${start}, ${end}]`);
  },
  start: noExtremes,
  add: addExtremes,
  merge: mergeExtremes,
  finish: ({ featureRange: [start, end], clip }, extremes, names) => {
    checkExtremes(extremes, names, "MinMaxScaler");
    const scale = [...extremes.low].map((low, i) => {
      const range = (extremes.high[i] ?? low) - low;
      return (end - start) / (isNegligible(range) ? 1 : range);
    });
    return {
      parameters: { low: fittedVector([...extremes.low]), scale: fittedVector(scale) },
      locations: ["low"],
      featureNames: names,
      apply: ({ matrix, present }, parameters) => {
        const moved = matrix.subtract(taken(parameters, "low")).multiply(taken(parameters, "scale")).add(start);
        return { matrix: clip ? moved.maximum(start).minimum(end) : moved, present };
      },
    };
  },
};

/** scikit-learn's bound under which a scale counts as 0, and is 1 instead: ten rounding steps of float64. */
export const isNegligible = (scale: number): boolean => scale < 10 * 2 ** -52;
