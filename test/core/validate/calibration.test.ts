// Calibrations against scikit-learn's recorded ones, and thresholds against every threshold tried.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  applyIsotonic,
  applySigmoid,
  fitIsotonic,
  fitSigmoid,
  type OutcomeCosts,
  thresholdByCost,
} from "../../../core/validate/calibration.ts";
import { LabelError, MetricError } from "../../../core/validate/error.ts";

interface Recorded {
  readonly scores: number[];
  readonly truth: number[];
  readonly weights: number[];
  readonly asked: number[];
  readonly sigmoid: number[];
  readonly isotonic: number[];
  readonly costs: OutcomeCosts;
  readonly leastCost: number;
}
const read = (name: string): string =>
  readFileSync(new URL(`../../fixtures/sklearn-calibration/${name}`, import.meta.url), "utf8");
const cases: Recorded[] = JSON.parse(read("calibration.json"));
const gap = (got: number[], wanted: number[]): number =>
  Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] ?? Number.NaN))));

test("the recorded calibrations are those of the script in the manifest", () => {
  const manifest = JSON.parse(read("manifest.json"));
  const hash = (name: string): string => createHash("sha256").update(read(name)).digest("hex");
  expect(hash("calibration.json")).toBe(manifest.sha256["calibration.json"]);
  expect(hash("record.py")).toBe(manifest.scriptSha256);
  expect(cases).toHaveLength(8);
});

test.each(cases.map((own, i) => ({ i, own })))(
  "case $i: sigmoid, isotonic and least cost are scikit-learn's",
  ({ own }) => {
    const sigmoid = fitSigmoid(own);
    // scikit-learn stops at a gradient of 1e-6.
    expect(
      gap(
        own.asked.map((score) => applySigmoid(sigmoid, score)),
        own.sigmoid,
      ),
    ).toBeLessThan(1e-5);
    const isotonic = fitIsotonic(own);
    expect(
      gap(
        own.asked.map((score) => applyIsotonic(isotonic, score)),
        own.isotonic,
      ),
    ).toBeLessThan(1e-12);
    const { threshold, cost } = thresholdByCost(own, own.costs);
    expect(cost).toBeCloseTo(own.leastCost, 12);
    const total = own.weights.reduce((sum, weight) => sum + weight, 0);
    const paid = own.scores.reduce((sum, score, row) => {
      const positive = own.truth[row] === 1;
      const { truePositive, falsePositive, trueNegative, falseNegative } = own.costs;
      const taken = positive ? truePositive : falsePositive;
      const left = positive ? falseNegative : trueNegative;
      return sum + ((own.weights[row] ?? 0) * (score >= threshold ? taken : left)) / total;
    }, 0);
    expect(paid).toBeCloseTo(cost, 12);
  },
);

test("one class, other labels, and scores that are no numbers are refused", () => {
  expect(() => fitSigmoid({ scores: [1, 2], truth: [1, 1] })).toThrow("no row of class 0");
  expect(() => fitIsotonic({ scores: [1, 2], truth: [0, 2] })).toThrow(LabelError);
  expect(() => fitIsotonic({ scores: [1, Number.NaN], truth: [0, 1] })).toThrow(MetricError);
  expect(() => fitSigmoid({ scores: [1, 2], truth: [0] })).toThrow("there are 2 scores, but 1 rows");
  expect(() => fitSigmoid({ scores: [1, 2], truth: [0, 1], weights: [1, -1] })).toThrow("weights are at least 0");
  const costs = { truePositive: 0, falsePositive: Number.POSITIVE_INFINITY, trueNegative: 0, falseNegative: 1 };
  expect(() => thresholdByCost({ scores: [1, 2], truth: [0, 1] }, costs)).toThrow("the cost falsePositive is Infinity");
});
