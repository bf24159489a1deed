// VarianceThreshold: columns whose variance is above a bound. Moments merge by Chan, Golub and LeVeque's formula.
import { ArgumentError } from "@millrace/kernels";
import { addExtremes, checkExtremes, type Extremes, mergeExtremes, noExtremes } from "./column-extremes.ts";
import { FitError } from "./error.ts";
import type { VarianceThreshold } from "./numeric-specification.ts";
import type { NumericStepDefinition } from "./numeric-step.ts";
import { pickColumns } from "./pick-columns.ts";
import { type Moments, mergeMoments } from "./statistics.ts";

interface Spread {
  readonly moments: readonly Moments[];
  readonly extremes: Extremes;
}

const merge = (left: Spread, right: Spread): Spread => ({
  moments: left.moments.map((own, i) => mergeMoments(own, right.moments[i] ?? own)),
  extremes: mergeExtremes(left.extremes, right.extremes),
});

const none: Moments = { count: 0, mean: 0, squares: 0 };

/** See VarianceThreshold. */
export const varianceThresholdDefinition: NumericStepDefinition<VarianceThreshold, Spread> = {
  takesMissing: true,
  check: ({ threshold }) => {
    if (!(threshold >= 0 && Number.isFinite(threshold)))
      throw new ArgumentError(`threshold takes a variance from 0 on, but got ${threshold}`);
  },
  start: (width) => ({ moments: Array.from({ length: width }, () => none), extremes: noExtremes(width) }),
  add: (state, batch) => {
    const { values, rows, width } = batch;
    const moments = state.moments.map((before, column) => {
      let { count, mean, squares } = none;
      for (let row = 0, at = column; row < rows; row++, at += width) {
        const value = values[at] ?? Number.NaN;
        if (Number.isNaN(value)) continue;
        const delta = value - mean;
        mean += delta / ++count;
        squares += delta * (value - mean);
      }
      return mergeMoments(before, { count, mean, squares });
    });
    return { moments, extremes: addExtremes(state.extremes, batch) };
  },
  merge,
  finish: ({ threshold }, { moments, extremes }, names) => {
    checkExtremes(extremes, names, "VarianceThreshold");
    const kept = moments.flatMap(({ count, squares }, i) => {
      // At 0 the range decides where rounding gives a constant column a variance, as in scikit-learn.
      const range = (extremes.high[i] ?? 0) - (extremes.low[i] ?? 0);
      const variance = threshold === 0 ? Math.min(squares / count, range) : squares / count;
      return variance > threshold ? [i] : [];
    });
    if (kept.length === 0)
      throw new FitError(names[0] ?? "", -1, `no column of the group has a variance above ${threshold}`);
    return {
      parameters: {},
      featureNames: kept.map((i) => names[i] ?? ""),
      apply: (stage) => pickColumns(stage, kept),
    };
  },
};
