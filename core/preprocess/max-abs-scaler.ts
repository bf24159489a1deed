// MaxAbsScaler: divides by the largest magnitude, which keeps zeros zero. Extremes merge exactly.
import { addExtremes, checkExtremes, type Extremes, mergeExtremes, noExtremes } from "./column-extremes.ts";
import { isNegligible } from "./min-max-scaler.ts";
import type { MaxAbsScaler } from "./numeric-specification.ts";
import { fittedVector, type NumericStepDefinition, taken } from "./numeric-step.ts";

/** See MaxAbsScaler. */
export const maxAbsScalerDefinition: NumericStepDefinition<MaxAbsScaler, Extremes> = {
  takesMissing: true,
  check: () => {},
  start: noExtremes,
  add: addExtremes,
  merge: mergeExtremes,
  finish: (_, extremes, names) => {
    checkExtremes(extremes, names, "MaxAbsScaler");
    const factor = [...extremes.low].map((low, i) => {
      const largest = Math.max(Math.abs(low), Math.abs(extremes.high[i] ?? 0));
      return 1 / (isNegligible(largest) ? 1 : largest);
    });
    return {
      parameters: { factor: fittedVector(factor) },
      featureNames: names,
      apply: ({ matrix, present }, parameters) => ({ matrix: matrix.multiply(taken(parameters, "factor")), present }),
    };
  },
};
