// Timing inside a participant's process: warm up until the speed stands, then slices whose medians the parent collects.
import { Bench } from "tinybench";
import type { Prepared } from "./participant.ts";

/** Median time of one run in a slice, and how many were timed. */
export interface Slice {
  readonly seconds: number;
  readonly runs: number;
}

/** A sample is at least this long, so that the clock's step (tens of nanoseconds) is nothing beside it. */
const sampleMilliseconds = 0.25;

/** Times runs for `milliseconds`, at least one; `repeats` runs make one sample. */
export const timeSlice = async (prepared: Prepared, milliseconds: number, repeats: number): Promise<Slice> => {
  const bench = new Bench({ time: milliseconds, iterations: 1, warmup: false, throws: true });
  bench.add("slice", async () => {
    const start = bench.now();
    for (let i = 0; i < repeats; i++) {
      const pending = prepared.run();
      if (pending instanceof Promise) await pending;
    }
    await prepared.finish?.();
    const total = bench.now() - start;
    return { overriddenDuration: total / repeats, overriddenIterationCost: total };
  });
  await bench.run();
  const result = bench.tasks[0]?.result;
  if (result === undefined || !("latency" in result)) throw new Error("a benchmark slice gave no result");
  return { seconds: result.latency.p50 / 1000, runs: result.latency.samplesCount * repeats };
};

/**
 * Runs until the optimising compiler has done its work: at least four turns long, then until two slices in a row agree within
 * 3 %, at most 20 turns. V8 runs new WebAssembly in its baseline compiler first, at half the speed or less.
 * @returns the number of runs that make a sample
 */
export const warmUp = async (prepared: Prepared, turnMilliseconds: number): Promise<number> => {
  const start = performance.now();
  let previous = Number.POSITIVE_INFINITY;
  let repeats = 1;
  for (;;) {
    const { seconds } = await timeSlice(prepared, 0.4 * turnMilliseconds, repeats);
    repeats = Math.max(1, Math.round(sampleMilliseconds / 1000 / Math.max(seconds, 1e-9)));
    const elapsed = performance.now() - start;
    if (
      elapsed > 20 * turnMilliseconds ||
      (elapsed > 4 * turnMilliseconds && Math.abs(seconds - previous) < 0.03 * seconds)
    )
      return repeats;
    previous = seconds;
  }
};

/** Middle value; the mean of the two middle ones of an even count. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

/** Half the distance between the quartiles, as a share of the median: what a repeat of the run may differ by. */
export const spreadOf = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return (at(0.75) - at(0.25)) / 2 / median(values);
};
