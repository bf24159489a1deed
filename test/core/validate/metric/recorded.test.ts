// Every metric against scikit-learn's recorded answers (test/fixtures/metrics), to 1e-9, and merged from random shards.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { type EvaluationMetricName, randomStream } from "@millrace/core";
import {
  calibrationCurve,
  measure,
  measureByClass,
  metricAccumulator,
  metricNamesOf,
  precisionRecallCurve,
  rocCurve,
} from "@millrace/core/metrics";
import { describe, expect, test } from "vitest";

const folder = new URL("../../../fixtures/metrics/", import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const within = (got: number, want: number | null, name: string): void => {
  if (want === null) expect(got, name).toBeNaN();
  else
    expect(Math.abs(got - want) / Math.max(1, Math.abs(want)), `${name}: ${got} for ${want}`).toBeLessThanOrEqual(1e-9);
};

interface Recorded {
  readonly name: string;
  readonly classes: number;
  readonly truth: number[];
  readonly predicted: number[];
  readonly probabilities: number[];
  readonly scores: number[];
  readonly weights: number[] | null;
  readonly figures: Readonly<Record<string, number | null>>;
  readonly curves: Readonly<Record<string, (number | null)[][]>>;
}

const metricOf = (key: string): { name: EvaluationMetricName; choice: string | undefined } => {
  const [first = "", ...rest] = key.split(".");
  const name = metricNamesOf().find((known) => known === first);
  if (!name) throw new Error(`no metric ${first}`);
  return { name, choice: rest.length > 0 ? rest.join(".") : undefined };
};

const averageOf = (choice: string | undefined) =>
  (["binary", "macro", "micro", "weighted"] as const).find((known) => known === choice);
const kappaOf = (choice: string | undefined) => (["linear", "quadratic"] as const).find((known) => known === choice);

/** Rows dealt to up to five shards; a shard may have none. */
const shardsOf = (rows: number, seed: number): number[][] => {
  const stream = randomStream(seed, 1);
  const shards: number[][] = Array.from({ length: 5 }, () => []);
  for (let row = 0; row < rows; row++) shards[stream.below(4) + stream.below(2)]?.push(row);
  return shards.filter((shard) => shard.length > 0);
};
const take = (values: number[], rows: readonly number[], width = 1): number[] =>
  rows.flatMap((row) => values.slice(row * width, (row + 1) * width));

test("every recorded file has its manifest's hash, version and licence", () => {
  const manifest = read("manifest.json");
  const hashOf = (name: string): string =>
    createHash("sha256")
      .update(readFileSync(new URL(name, folder)))
      .digest("hex");
  const recorded = readdirSync(folder).filter((name) => name !== "manifest.json" && name !== manifest.script);
  expect(Object.keys(manifest.sha256).sort()).toEqual(recorded.sort());
  for (const name of recorded) expect(hashOf(name)).toBe(manifest.sha256[name]);
  expect(hashOf(manifest.script)).toBe(manifest.scriptSha256);
  expect(manifest.licences["scikit-learn"]).toBe("BSD-3-Clause");
});

describe.each<Recorded>(read("classification.json"))("classification: $name", (recorded) => {
  const { truth, predicted, probabilities, scores, weights, figures, curves, classes: count } = recorded;
  const classes = Array.from({ length: count }, (_, own) => own);
  const optional = weights ? { weights } : {};
  const inputOf = (name: EvaluationMetricName, rows: readonly number[]) => ({
    truth: take(truth, rows),
    predictions: take(predicted, rows),
    ...(name === "hinge"
      ? { scores: take(scores, rows, scores.length / truth.length) }
      : { probabilities: take(probabilities, rows, count) }),
    ...(weights ? { weights: take(weights, rows) } : {}),
  });
  const every = truth.map((_, row) => row);
  const choicesOf = (choice: string | undefined) => ({
    classes,
    average: averageOf(choice),
    kappaWeights: kappaOf(choice),
    beta: 2,
    k: 2,
    bins: 10,
  });
  test("each figure is scikit-learn's", () => {
    for (const [key, want] of Object.entries(figures)) {
      const { name, choice } = metricOf(key);
      within(measure(name, inputOf(name, every), choicesOf(choice)), want, key);
    }
  });
  test("merged from shards each figure is that of all rows", () => {
    const shards = shardsOf(truth.length, truth.length);
    for (const [key, want] of Object.entries(figures)) {
      const { name, choice } = metricOf(key);
      const { start, add, merge, finish } = metricAccumulator(name, choicesOf(choice));
      const states = shards
        .filter((rows) => !weights || rows.some((row) => (weights[row] ?? 0) > 0))
        .map((rows) => add(start(), inputOf(name, rows)));
      within(finish(states.reduce(merge, start())), want, key);
    }
  });
  test("the figures of the classes average to the recorded one", () => {
    for (const name of ["precision", "recall", "fBeta", "jaccard", "specificity"] as const) {
      const each = measureByClass(name, { truth, predictions: predicted, classes, ...optional }, { beta: 2 });
      const mean = [...each.values()].reduce((sum, own) => sum + own, 0) / count;
      within(mean, figures[`${name}.macro`] ?? null, name);
    }
  });
  if (count === 2)
    test("curves are scikit-learn's, point by point", () => {
      const second = probabilities.filter((_, at) => at % 2 === 1);
      const same = (got: Float64Array, want: (number | null)[] | undefined, name: string): void => {
        expect(got.length, name).toBe(want?.length);
        got.forEach((value, i) => {
          within(value === Number.POSITIVE_INFINITY ? Number.NaN : value, want?.[i] ?? null, `${name} ${i}`);
        });
      };
      const roc = rocCurve(truth, second, optional);
      same(roc.falsePositiveRate, curves.roc?.[0], "false positives");
      same(roc.truePositiveRate, curves.roc?.[1], "true positives");
      same(roc.thresholds, curves.roc?.[2], "thresholds");
      const precisionRecall = precisionRecallCurve(truth, second, optional);
      same(precisionRecall.precision, curves.precisionRecall?.[0], "precision");
      same(precisionRecall.recall, curves.precisionRecall?.[1], "recall");
      same(precisionRecall.thresholds, curves.precisionRecall?.[2], "thresholds");
      for (const strategy of ["uniform", "quantile"] as const) {
        const calibration = calibrationCurve(truth, second, { bins: 7, strategy });
        same(calibration.shareOfPositives, curves[`calibration.${strategy}`]?.[0], strategy);
        same(calibration.meanProbability, curves[`calibration.${strategy}`]?.[1], strategy);
      }
    });
});

describe.each<Recorded>(read("regression.json"))("regression: $name", ({ truth, predicted, weights, figures }) => {
  const inputOf = (rows: readonly number[]) => ({
    truth: take(truth, rows),
    predictions: take(predicted, rows),
    ...(weights ? { weights: take(weights, rows) } : {}),
  });
  test("each figure is scikit-learn's, of all rows and merged from shards", () => {
    for (const [key, want] of Object.entries(figures)) {
      const { name, choice } = metricOf(key);
      const choices = { quantile: 0.9, power: Number(choice) };
      within(measure(name, inputOf(truth.map((_, row) => row)), choices), want, key);
      const { start, add, merge, finish } = metricAccumulator(name, choices);
      const states = shardsOf(truth.length, 3)
        .filter((rows) => !weights || rows.some((row) => (weights[row] ?? 0) > 0))
        .map((rows) => add(start(), inputOf(rows)));
      within(finish(states.reduce(merge, start())), want, `${key}, merged`);
    }
  });
});

test("ranking: each figure is scikit-learn's", () => {
  const { queries, relevance, scores, weights, figures } = read("ranking.json");
  const data = { truth: relevance, scores, queries };
  within(measure("ndcg", data), figures.ndcg, "ndcg");
  within(measure("ndcg", data, { k: 5 }), figures["ndcg.5"], "ndcg.5");
  within(measure("ndcg", { ...data, weights }, { k: 5 }), figures["ndcg.weighted"], "ndcg weighted");
  within(measure("meanAveragePrecision", data), figures.meanAveragePrecision, "meanAveragePrecision");
});

test("figures that scikit-learn lacks are as their definitions worked by hand", () => {
  // 2 * 1 / 3, 0 of both zeros, 2 * 4 / 4.
  const smape = measure("symmetricMeanAbsolutePercentageError", { truth: [1, 0, 4], predictions: [2, 0, 0] });
  within(smape, (2 / 3 + 0 + 2) / 3, "smape");
  // Query 1: first relevant item second; query 2: tied with another at places 1 and 2; query 3: none.
  const reciprocal = measure("meanReciprocalRank", {
    truth: [0, 1, 1, 0, 0, 0],
    scores: [0.9, 0.5, 0.5, 0.5, 1, 2],
    queries: ["a", "a", "b", "b", "c", "c"],
  });
  within(reciprocal, (1 / 2 + 1 / 2 + 0) / 3, "mrr");
});

test("what a metric cannot take is refused by name and row", () => {
  const binary = { truth: [0, 1, 1], probabilities: [0.2, 0.8, 0.6] };
  expect(() => measure("brier", { truth: [], probabilities: [] })).toThrow(/no rows/);
  expect(() => measure("accuracy", { truth: [0, 1], predictions: [1] })).toThrow(/2 true labels and 1 predictions/);
  expect(() => measure("accuracy", { truth: [0, 1] })).toThrow(/give `predictions` or `probabilities`/);
  expect(() => measure("rocAuc", { ...binary, truth: [1, 1, 1] }, { classes: [0, 1] })).toThrow(/no row of weight/);
  expect(() => measure("brier", { ...binary, weights: [1, -1, 1] })).toThrow(/weight of row 1 is -1/);
  expect(() => measure("brier", { ...binary, probabilities: [0, Number.NaN, 1] })).toThrow(/row 1 has NaN/);
  expect(() => measure("brier", { ...binary, probabilities: [0, 1, 1.5] })).toThrow(/row 2 has 1.5/);
  expect(() => measure("hinge", binary)).toThrow(/decision `scores`/);
  expect(() => measure("topKAccuracy", binary, { k: 3 })).toThrow(/k is a whole number from 1 to the 2 classes/);
  expect(() => measure("gammaDeviance", { truth: [1, 0], predictions: [1, 1] })).toThrow(/true value of row 1 is 0/);
  expect(() => measure("meanSquaredLogError", { truth: [1, -2], predictions: [1, 1] })).toThrow(/above -1/);
  expect(() => measure("tweedieDeviance", { truth: [1], predictions: [1] }, { power: 0.5 })).toThrow(/power/);
  expect(() => measure("ndcg", { truth: [1], scores: [1] })).toThrow(/queries/);
  expect(() => measure("r2", { truth: ["a"], predictions: ["a"] })).toThrow(/truth: row 0 is a/);
  expect(() => metricAccumulator("f1")).toThrow(/takes `classes`/);
});
