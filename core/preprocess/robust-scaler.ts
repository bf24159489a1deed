// RobustScaler: the median to 0, the distance of two quantiles to 1. Exact from all values, so shards merge exactly.
import { ArgumentError } from "@millrace/kernels";
import { type KeptBatches, keepBatch, mergeBatches, quantileOf, sortedColumn } from "./column-values.ts";
import { isNegligible } from "./min-max-scaler.ts";
import { normalQuantile } from "./normal-quantile.ts";
import type { RobustScaler } from "./numeric-specification.ts";
import { fittedVector, type NumericStepDefinition, taken } from "./numeric-step.ts";

/** See RobustScaler. */
export const robustScalerDefinition: NumericStepDefinition<RobustScaler, KeptBatches> = {
  takesMissing: true,
  check: ({ quantileRange: [low, high] }) => {
    if (!(low >= 0 && low <= high && high <= 100))
      throw new ArgumentError(`quantileRange takes two rising percentages, but got [${low}, ${high}]`);
  },
  start: () => [],
  add: keepBatch,
  merge: mergeBatches,
  finish: ({ withCentering, withScaling, quantileRange, unitVariance }, kept, names) => {
    const [low, high] = quantileRange.map((percent) => percent / 100);
    const own = names.map((name, column) => {
      const sorted = sortedColumn(kept, column, name, "RobustScaler");
      const distance = quantileOf(sorted, high ?? 1) - quantileOf(sorted, low ?? 0);
      const normal = unitVariance ? normalQuantile(high ?? 1) - normalQuantile(low ?? 0) : 1;
      return {
        center: withCentering ? quantileOf(sorted, 0.5) : 0,
        factor: withScaling ? normal / (isNegligible(distance) ? 1 : distance) : 1,
      };
    });
    return {
      parameters: {
        center: fittedVector(own.map(({ center }) => center)),
        factor: fittedVector(own.map(({ factor }) => factor)),
      },
      locations: ["center"],
      featureNames: names,
      apply: ({ matrix, present }, parameters) => ({
        matrix: matrix.subtract(taken(parameters, "center")).multiply(taken(parameters, "factor")),
        present,
      }),
    };
  },
};
