// Isolation forests against scikit-learn's scores, and the threshold that contamination sets.
import { type Device, openDevice } from "@millrace/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fitEstimator, matrixOf } from "../../../../core/model/fit-estimator.ts";
import { stateNumber } from "../../../../core/model/tree/ensemble.ts";
import { averagePathLength } from "../../../../core/model/tree/isolation-forest.ts";
import { isolationForest } from "../../../../core/model/tree/specification.ts";
import { rowsOf, tableNames, treeTable } from "./forest-fixture.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { deterministic: true, threads: 1 });
});
afterAll(() => device[Symbol.dispose]());

test("the usual way in a tree of 256 rows is the paper's", () => {
  // 2 H(255) - 2 * 255 / 256 with the paper's H(i) = ln(i) + 0.5772156649.
  expect(averagePathLength(256)).toBeCloseTo(2 * (Math.log(255) + 0.5772156649) - 510 / 256, 9);
  expect([0, 1, 2].map(averagePathLength)).toEqual([0, 0, 1]);
});

test.each(tableNames.filter((name) => name !== "gaps"))(
  "scores of %s are minus scikit-learn's score_samples",
  async (name) => {
    const table = treeTable(name);
    const x = rowsOf(table, [...table.folds.keys()]);
    const mean = new Float64Array(x.rows);
    for (let seed = 0; seed < 10; seed++) {
      using model = await fitEstimator(isolationForest(), { x }, { seed, device });
      expect(stateNumber(model.state, "threshold")).toBe(0.5);
      const { score } = await model.predict(x);
      score?.forEach((value, row) => {
        mean[row] = (mean[row] ?? 0) + value / 10;
      });
    }
    const differences = [...mean].map((value, row) => Math.abs(value + (table.isolation?.[row] ?? Number.NaN)));
    // Ten forests of 100 trees leave the mean of a row to chance by some 0.003 on either side.
    expect(Math.max(...differences)).toBeLessThan(0.02);
    expect(differences.reduce((sum, value) => sum + value, 0) / x.rows).toBeLessThan(0.005);
  },
);

test("contamination puts its part of the training rows above the threshold", async () => {
  const table = treeTable("rare-classes");
  const x = rowsOf(table, [...table.folds.keys()]);
  using model = await fitEstimator(isolationForest({ contamination: 0.05 }), { x }, { seed: 4, device });
  const threshold = stateNumber(model.state, "threshold");
  const { score } = await model.predict(x);
  expect(score?.filter((value) => value > threshold).length).toBe(0.05 * x.rows);
});

test("a row far from all others has the highest score, with missing values about", async () => {
  const rows = Array.from({ length: 300 }, (_, i) => [Math.sin(i), i % 11 === 0 ? null : Math.cos(i * i), (i % 5) / 5]);
  rows.push([9, -8, 7]);
  using model = await fitEstimator(
    isolationForest({ nEstimators: 50, maxSamples: 0.5 }),
    { x: matrixOf(rows) },
    { seed: 2, device },
  );
  const { score } = await model.predict(matrixOf(rows));
  expect(score?.indexOf(Math.max(...(score ?? [])))).toBe(300);
});

test.each([
  { options: { nEstimators: 0 }, message: /IsolationForest: nEstimators is a whole number of at least 1, but got 0/ },
  { options: { maxSamples: 2.5 }, message: /maxSamples is "auto"/ },
  { options: { contamination: 0.7 }, message: /contamination is "auto" or a part in \(0, 0.5\], but got 0.7/ },
])("options $options are told to be wrong", async ({ options, message }) => {
  await expect(fitEstimator(isolationForest(options), { x: matrixOf([[1]]) }, { device })).rejects.toThrow(message);
});

test("one row, and constant columns, have a score", async () => {
  using one = await fitEstimator(isolationForest({ nEstimators: 3 }), { x: matrixOf([[1, 2]]) }, { device });
  expect((await one.predict([[1, 2]])).score).toHaveLength(1);
  using constant = await fitEstimator(
    isolationForest({ nEstimators: 3 }),
    { x: matrixOf([[1], [1], [1]]) },
    { device },
  );
  // No split sets them apart, so their way is the usual one: 2^-1.
  expect([...((await constant.predict([[1]])).score ?? [])]).toEqual([0.5]);
});
