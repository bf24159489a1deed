// Smallest and largest present value of each column: a state that merges exactly.
import { FitError } from "./error.ts";
import type { StepBatch } from "./numeric-step.ts";

export interface Extremes {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export const noExtremes = (width: number): Extremes => ({
  low: new Float64Array(width).fill(Infinity),
  high: new Float64Array(width).fill(-Infinity),
});

export const addExtremes = (state: Extremes, { values, rows, width }: StepBatch): Extremes => {
  const low = state.low.slice();
  const high = state.high.slice();
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < width; column++, at++) {
      const value = values[at] ?? Number.NaN;
      // Comparisons with NaN are false, which passes missing values over.
      if (value < (low[column] ?? 0)) low[column] = value;
      if (value > (high[column] ?? 0)) high[column] = value;
    }
  return { low, high };
};

export const mergeExtremes = (left: Extremes, right: Extremes): Extremes => ({
  low: left.low.map((own, i) => Math.min(own, right.low[i] ?? Infinity)),
  high: left.high.map((own, i) => Math.max(own, right.high[i] ?? -Infinity)),
});

/** @throws FitError for a column without a value */
export const checkExtremes = ({ low, high }: Extremes, names: readonly string[], step: string): void => {
  names.forEach((name, i) => {
    if (!((low[i] ?? Infinity) <= (high[i] ?? -Infinity)))
      throw new FitError(name, -1, `no training row has a value, so there is nothing for ${step} to learn`);
  });
};
