// The choice among trials by their times alone.

/** What one trial gave: nanoseconds of each size, and whether its results agree with the first trial's. */
export interface TrialTiming {
  readonly nanoseconds: readonly number[];
  readonly agrees: boolean;
}

/** Another trial must take less than this part of the first one's time: less is noise, and the first is the known choice. */
const leastGain = 0.97;

/**
 * Index of the trial with the least geometric mean of its times over the first trial's; 0 unless another agrees and gains.
 * A trial that was not timed (the budget had run out) is undefined, or missing at the end.
 */
export const fastestTrial = (timings: readonly (TrialTiming | undefined)[]): number => {
  const [first] = timings;
  if (!first) return 0;
  let [best, least] = [0, leastGain];
  timings.forEach((timing, i) => {
    if (i === 0 || !timing?.agrees || timing.nanoseconds.length !== first.nanoseconds.length) return;
    const logarithms = timing.nanoseconds.map((time, j) => Math.log(time / (first.nanoseconds[j] ?? 0)));
    const ratio = Math.exp(logarithms.reduce((sum, each) => sum + each, 0) / logarithms.length);
    // False for NaN: a clock that stood still tells nothing.
    if (ratio > 0 && ratio < least) [best, least] = [i, ratio];
  });
  return best;
};
