// Slices against the same rows measured alone, and bootstrap intervals against scipy's recorded ones and the analytic one.
import { readFileSync } from "node:fs";
import { type Device, type EvaluationMetricName, openDevice, randomStream } from "@millrace/core";
import { evaluateMetrics, type MetricOutcome, measure } from "@millrace/core/metrics";
import { beforeAll, describe, expect, test } from "vitest";

const recorded = JSON.parse(readFileSync(new URL("../../../fixtures/metrics/intervals.json", import.meta.url), "utf8"));
const ofClasses = {
  truth: recorded.truth,
  predictions: recorded.predicted,
  probabilities: recorded.probabilities,
};
const ofQuantities = { truth: recorded.quantities, predictions: recorded.given };
const intervalIn = (outcome: MetricOutcome | undefined) => {
  if (outcome?.value === undefined || !outcome.interval) throw new Error(`no interval in ${JSON.stringify(outcome)}`);
  return outcome.interval;
};

describe.each(["reference", "wasm"] as const)("intervals on %s", (kind) => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(kind);
  });
  test.each(Object.keys(recorded.intervals) as EvaluationMetricName[])(
    "of %s are scipy.stats.bootstrap's within the noise of their ends",
    async (name) => {
      const data = name === "rootMeanSquaredError" || name === "r2" ? ofQuantities : ofClasses;
      const replicates = kind === "reference" ? 200 : 4000;
      const { overall } = await evaluateMetrics([name], data, {
        interval: { level: 0.9, replicates, seed: 7, device },
      });
      const { low, high, standardError } = intervalIn(overall.metrics[name]);
      const [wantedLow, wantedHigh, wantedError] = recorded.intervals[name];
      // The 5 % quantile of n normal draws has a standard deviation of 2.11 / sqrt(n) of theirs: five of them, and as much
      // again as 3 % for Poisson's against whole resamples.
      const noise = wantedError * (0.03 + (5 * 2.11) / Math.sqrt(replicates));
      expect(Math.abs(low - wantedLow)).toBeLessThan(noise);
      expect(Math.abs(high - wantedHigh)).toBeLessThan(noise);
      expect(Math.abs(standardError / wantedError - 1)).toBeLessThan(0.03 + 5 / Math.sqrt(2 * replicates));
    },
  );
});

test("an interval of accuracy over more rows than a block is the binomial one, and repeats by seed", async () => {
  const stream = randomStream(3, 0);
  const truth = Uint8Array.from({ length: 20_000 }, () => stream.below(2));
  const predictions = truth.map((own) => (stream.uniform() < 0.8 ? own : 1 - own));
  const device = await openDevice("wasm", { deterministic: true });
  const run = async (seed: number) => {
    const interval = { replicates: 2000, seed, device };
    const { overall } = await evaluateMetrics(["accuracy"], { truth, predictions }, { interval });
    return intervalIn(overall.metrics.accuracy);
  };
  const share = measure("accuracy", { truth, predictions });
  const deviation = Math.sqrt((share * (1 - share)) / truth.length);
  const first = await run(1);
  // The ends' own deviation is 2.67 / sqrt(2000) of the standard error: four of them.
  expect(Math.abs(first.low - (share - 1.96 * deviation))).toBeLessThan(0.24 * deviation);
  expect(Math.abs(first.high - (share + 1.96 * deviation))).toBeLessThan(0.24 * deviation);
  expect(first.replicates).toBe(2000);
  expect(await run(1)).toEqual(first);
  expect((await run(2)).low).not.toBe(first.low);
});

test("nine of ten intervals of accuracy at level 0.9 hold the true share", async () => {
  const device = await openDevice("wasm", { threads: 1 });
  let held = 0;
  for (let trial = 0; trial < 60; trial++) {
    const stream = randomStream(trial, 9);
    const truth = new Uint8Array(400).fill(1);
    const predictions = truth.map(() => Number(stream.uniform() < 0.7));
    const { overall } = await evaluateMetrics(
      ["accuracy"],
      { truth, predictions },
      { classes: [0, 1], interval: { level: 0.9, replicates: 300, seed: trial, device } },
    );
    const { low, high } = intervalIn(overall.metrics.accuracy);
    if (low <= 0.7 && 0.7 <= high) held++;
  }
  // 54 of 60 expected, binomial deviation 2.3: four of them.
  expect(held).toBeGreaterThanOrEqual(45);
});

describe("slices", () => {
  const island = Array.from(recorded.truth, (_, row) => (row % 3 === 0 ? "Dream" : row % 3 === 1 ? "Biscoe" : null));
  const year = Int32Array.from(recorded.truth, (_, row) => 2007 + (row % 2));
  test("each value and each combination has the metrics and counts of its rows alone", async () => {
    const { overall, slices } = await evaluateMetrics(["f1", "rocAuc", "brier"], ofClasses, {
      slices: [["island"], ["island", "year"]],
      columns: { island, year },
    });
    expect(overall.rows).toBe(300);
    expect(slices.map(({ values, rows }) => [values, rows])).toEqual([
      [{ island: "Biscoe" }, 100],
      [{ island: "Dream" }, 100],
      [{ island: undefined }, 100],
      ...["Biscoe", "Dream", undefined].flatMap((own) => [2007, 2008].map((y) => [{ island: own, year: y }, 50])),
    ]);
    for (const { values, metrics } of slices) {
      const chosen = island.flatMap((own, row) =>
        (own ?? undefined) === values.island && (values.year === undefined || values.year === year[row]) ? [row] : [],
      );
      const alone = {
        truth: chosen.map((row) => recorded.truth[row]),
        predictions: chosen.map((row) => recorded.predicted[row]),
        probabilities: chosen.flatMap((row) => recorded.probabilities.slice(2 * row, 2 * row + 2)),
      };
      for (const name of ["f1", "rocAuc", "brier"] as const)
        expect(metrics[name]?.value).toBeCloseTo(measure(name, alone, { classes: [0, 1] }), 12);
    }
  });
  test("a slice of one class has a reason in place of ROC AUC", async () => {
    const { slices } = await evaluateMetrics(["rocAuc", "accuracy"], ofClasses, {
      slices: [["own"]],
      columns: { own: recorded.truth },
    });
    expect(slices[0]?.metrics.rocAuc).toEqual({ value: undefined, reason: expect.stringMatching(/class 1$/) });
    expect(slices[0]?.metrics.accuracy?.value).toBeGreaterThan(0);
  });
  test("unknown names, mixed tasks, columns that are not there or too short, and bad intervals are refused", async () => {
    await expect(evaluateMetrics(["rocAuc", "r2"], ofClasses)).rejects.toThrow(/of one task/);
    await expect(evaluateMetrics([], ofClasses)).rejects.toThrow(/at least one metric/);
    const slices = [["island"]];
    await expect(evaluateMetrics(["f1"], ofClasses, { slices })).rejects.toThrow(/"island"; there are none/);
    await expect(evaluateMetrics(["f1"], ofClasses, { slices, columns: { island: [1] } })).rejects.toThrow(/1 values/);
    await expect(evaluateMetrics(["f1"], ofClasses, { interval: { level: 95 } })).rejects.toThrow(/level/);
    await expect(evaluateMetrics(["f1"], ofClasses, { interval: { replicates: 1 } })).rejects.toThrow(/replicates/);
  });
});
