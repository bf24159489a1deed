// What forests promise beside their scores: importances, the same trees in every run, many rows, and clear errors.
import { type Device, openDevice } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fitEstimator, matrixOf } from "../../../../core/model/fit-estimator.ts";
import {
  decisionTreeClassifier,
  decisionTreeRegressor,
  extraTreesClassifier,
  extraTreesRegressor,
  randomForestClassifier,
  randomForestRegressor,
} from "../../../../core/model/tree/specification.ts";
import { labelsOf, rowsOf, treeTable } from "./forest-fixture.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { deterministic: true, threads: 1 });
});
afterAll(() => device[Symbol.dispose]());

const importancesOf = (state: unknown): number[] => {
  const found: unknown = state !== null && typeof state === "object" ? Reflect.get(state, "importances") : undefined;
  return Array.isArray(found) ? found.map(Number) : [];
};

describe("importances", () => {
  test.each(["iris", "wine", "breast-cancer", "diabetes", "rare-classes", "ties"] as const)(
    "of %s by impurity are scikit-learn's, but for chance",
    async (name) => {
      const table = treeTable(name);
      const rows = [...table.folds.keys()];
      const make = table.task === "classification" ? randomForestClassifier : randomForestRegressor;
      using model = await fitEstimator(
        make({ nEstimators: 1000 }),
        { x: rowsOf(table, rows), ...labelsOf(table, rows) },
        { seed: 3, device },
      );
      const got = importancesOf(model.state);
      expect(got.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
      // A tree of iris deviates by 0.3; 1,000 of them on either side leave 0.013 to chance, and this is three times that.
      got.forEach((value, column) => {
        expect(Math.abs(value - (table.importances[column] ?? Number.NaN)), `column ${column}`).toBeLessThan(0.04);
      });
    },
  );
});

/** 30,000 rows of three columns with many distinct values, of which the first decides by a step at 0.3. */
const many = () => {
  const rows = 30_000;
  const data = Float32Array.from({ length: 3 * rows }, (_, i) => Math.sin(i * 7919 + (i % 3)));
  const x = { rows, columns: 3, data, names: ["a", "b", "c"], categorical: [] };
  const codes = Int32Array.from({ length: rows }, (_, row) => ((data[3 * row] ?? 0) > 0.3 ? 1 : 0));
  return { x, codes, classCount: 2 };
};

test("beyond 20,000 rows the split lies within one bin of 255 of the step", async () => {
  const data = many();
  using model = await fitEstimator(decisionTreeClassifier({ maxDepth: 1 }), data, { device });
  const threshold = model.parameters["trees.thresholds"]?.data[0] ?? 0;
  const between = [...data.codes.keys()].filter((row) => {
    const value = data.x.data[3 * row] ?? 0;
    return (value > 0.3 && value <= threshold) || (value <= 0.3 && value > threshold);
  });
  expect(between.length).toBeLessThan(data.x.rows / 255);
  using exact = await fitEstimator(
    decisionTreeClassifier({ maxDepth: 1 }),
    {
      x: { ...data.x, rows: 20_000, data: data.x.data.subarray(0, 60_000) },
      codes: data.codes.subarray(0, 20_000),
      classCount: 2,
    },
    { device },
  );
  const { probabilities } = await exact.predict(data.x);
  expect([...data.codes.subarray(0, 20_000)]).toEqual(
    [...data.codes.subarray(0, 20_000).keys()].map((row) => probabilities?.[2 * row + 1]),
  );
});

test.each([
  { name: "random forest", specification: randomForestClassifier({ nEstimators: 5, maxDepth: 6 }) },
  { name: "extra trees", specification: extraTreesClassifier({ nEstimators: 5, maxDepth: 6, bootstrap: true }) },
])("a $name is the same for a seed, on any device, and another for another seed", async ({ specification }) => {
  const table = treeTable("gaps");
  const rows = [...table.folds.keys()];
  const data = { x: rowsOf(table, rows), ...labelsOf(table, rows) };
  using reference = await openDevice("reference");
  using one = await fitEstimator(specification, data, { seed: 7, device });
  using two = await fitEstimator(specification, data, { seed: 7, device: reference });
  using other = await fitEstimator(specification, data, { seed: 8, device });
  expect(two.parameters).toEqual(one.parameters);
  expect(other.parameters).not.toEqual(one.parameters);
  using threads = await openDevice("wasm", { deterministic: true, threads: 2 });
  using webgpu = await openDevice("webgpu", { software: true });
  const { probabilities } = await one.predict(data.x);
  expect((await one.predict(data.x, { device: threads })).probabilities).toEqual(probabilities);
  // WebGPU walks to the same leaves; only its sums and quotients may round another way.
  const { probabilities: other32 } = await one.predict(data.x, { device: webgpu });
  probabilities?.forEach((value, i) => {
    expect(Math.abs(value - (other32?.[i] ?? Number.NaN))).toBeLessThan(1e-6);
  });
});

test("rows of weight 0 are as if they were not there, and a whole weight as so many rows", async () => {
  // One column: of two that tie, rounding may take either.
  const rows = Array.from({ length: 60 }, (_, i) => [Math.sin(3 * i)]);
  const target = Float64Array.from(rows, ([a = 0], i) => a * a + Math.cos(i));
  const weights = Float64Array.from(rows, (_, i) => i % 3);
  const kept = rows.flatMap((_, i) => new Array<number>(i % 3).fill(i));
  const options = { minSamplesLeaf: 1, maxDepth: 4 };
  using weighted = await fitEstimator(
    decisionTreeRegressor(options),
    { x: matrixOf(rows), target, weights },
    { device },
  );
  using repeated = await fitEstimator(
    decisionTreeRegressor(options),
    { x: matrixOf(kept.map((i) => rows[i] ?? [])), target: Float64Array.from(kept, (i) => target[i] ?? 0) },
    { device },
  );
  const [a, b] = [await weighted.predict(rows), await repeated.predict(rows)];
  a.prediction?.forEach((value, i) => {
    expect(value).toBeCloseTo(b.prediction?.[i] ?? Number.NaN, 6);
  });
});

test("balanced weights are rows / (classes * rows of the class)", async () => {
  const table = treeTable("rare-classes");
  const rows = [...table.folds.keys()];
  const data = { x: rowsOf(table, rows), ...labelsOf(table, rows) };
  const counts = [0, 1, 2, 3].map((code) => table.y.filter((own) => own === code).length);
  const classWeight = counts.map((count) => rows.length / (4 * count));
  using balanced = await fitEstimator(decisionTreeClassifier({ classWeight: "balanced", maxDepth: 4 }), data, {
    device,
  });
  using given = await fitEstimator(decisionTreeClassifier({ classWeight, maxDepth: 4 }), data, { device });
  expect(balanced.parameters).toEqual(given.parameters);
  const [root] = balanced.parameters["trees.covers"]?.data ?? [];
  expect(root).toBeCloseTo(rows.length, 3);
});

test("a missing value goes where it is alike, a column of nothing else is left alone", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => [i % 4 === 0 ? null : i % 2, null]);
  const codes = Int32Array.from(rows, ([value]) => (value === null ? 1 : 0));
  for (const make of [decisionTreeClassifier, extraTreesClassifier]) {
    using model = await fitEstimator(make(), { x: matrixOf(rows), codes, classCount: 2 }, { device });
    const { probabilities } = await model.predict([
      [null, null],
      [0, 5],
      [1, null],
    ]);
    expect([...(probabilities ?? [])].map((value) => Math.round(value))).toEqual([0, 1, 1, 0, 1, 0]);
  }
});

test("one row, constant columns and one class are leaves", async () => {
  using one = await fitEstimator(
    decisionTreeRegressor(),
    { x: matrixOf([[1]]), target: Float64Array.of(4) },
    { device },
  );
  expect((await one.predict([[9]])).prediction).toEqual(Float32Array.of(4));
  using constant = await fitEstimator(
    extraTreesRegressor({ nEstimators: 3 }),
    { x: matrixOf([[2], [2]]), target: Float64Array.of(4, 6) },
    { device },
  );
  expect((await constant.predict([[9]])).prediction).toEqual(Float32Array.of(5));
  using alone = await fitEstimator(
    randomForestClassifier({ nEstimators: 3 }),
    { x: matrixOf([[1], [2]]), codes: Int32Array.of(1, 1), classCount: 2 },
    { device },
  );
  expect((await alone.predict([[1]])).probabilities).toEqual(Float32Array.of(0, 1));
});

test("a fit reports its trees and stops when it is told to", async () => {
  const fractions: number[] = [];
  const data = { x: matrixOf([[1], [2]]), target: Float64Array.of(1, 2) };
  using _ = await fitEstimator(randomForestRegressor({ nEstimators: 4 }), data, {
    device,
    report: ({ fraction }) => fractions.push(fraction),
  });
  expect(fractions).toEqual([0.25, 0.5, 0.75, 1]);
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(fitEstimator(randomForestRegressor(), data, { device, signal })).rejects.toThrow("enough");
});

describe("mistakes", () => {
  const x = matrixOf([[1], [2]]);
  const target = Float64Array.of(1, 2);
  test.each([
    { options: { maxDepth: 0 }, message: /maxDepth is null or a whole number of at least 1, but got 0/ },
    { options: { minSamplesSplit: 1 }, message: /minSamplesSplit is a whole number of at least 2/ },
    { options: { minSamplesLeaf: 0 }, message: /minSamplesLeaf is a whole number of at least 1/ },
    { options: { maxFeatures: 0 }, message: /maxFeatures is "sqrt", "log2", null/ },
    { options: { nEstimators: 1.5 }, message: /nEstimators is a whole number of at least 1, but got 1.5/ },
    { options: { minImpurityDecrease: -1 }, message: /minImpurityDecrease is a number of at least 0/ },
    { options: { ccpAlpha: Number.NaN }, message: /ccpAlpha is a number of at least 0/ },
  ])("options $options are told", async ({ options, message }) => {
    await expect(fitEstimator(randomForestRegressor(options), { x, target }, { device })).rejects.toThrow(message);
  });

  test("labels that are not there, or do not fit, are told", async () => {
    await expect(fitEstimator(randomForestRegressor(), { x }, { device })).rejects.toThrow(/takes a target/);
    await expect(fitEstimator(decisionTreeClassifier(), { x }, { device })).rejects.toThrow(
      /takes codes and classCount/,
    );
    const codes = Int32Array.of(0, 1);
    await expect(
      fitEstimator(decisionTreeClassifier({ classWeight: [1, 2, 3] }), { x, codes, classCount: 2 }, { device }),
    ).rejects.toThrow(/classWeight has 3 weights, but there are 2 classes/);
    await expect(
      fitEstimator(randomForestRegressor(), { x, target, weights: new Float64Array(2) }, { device }),
    ).rejects.toThrow(/all rows have weight 0/);
  });
});
