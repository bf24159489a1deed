// Perceptrons over arrays against scikit-learn's scores; see test/fixtures/networks.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  type Device,
  estimateFit,
  fitPipeline,
  frame,
  frameSource,
  holdOut,
  loadBundle,
  mlpClassifier,
  mlpRegressor,
  numericColumn,
  openDevice,
  saveBundle,
  standardScaler,
} from "@millrace/core";
import { fitEstimator, matrixOf } from "@millrace/core/tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type tableNames, treeTable } from "../tree/forest-fixture.ts";
import { activations, folder, perceptronScore, readNetworks } from "./perceptron-score.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { deterministic: true, threads: 1 });
});
afterAll(() => device[Symbol.dispose]?.());

const recorded: Record<string, Record<string, { mean: number }>> = readNetworks("scores.json").tables;
const measured: Record<string, Record<string, number[]>> = readNetworks("measured.json");

test("the recorded scores are those of the script in the manifest", () => {
  const manifest = readNetworks("manifest.json");
  const hash = (name: string): string =>
    createHash("sha256")
      .update(readFileSync(new URL(name, folder)))
      .digest("hex");
  expect(hash("scores.json")).toBe(manifest.sha256["scores.json"]);
  expect(hash("record.py")).toBe(manifest.scriptSha256);
  expect(Object.keys(measured)).toEqual(Object.keys(recorded));
  expect(Object.keys(measured).length).toBeGreaterThanOrEqual(8);
});

describe.each(Object.entries(recorded))("of %s", (name, answers) => {
  test.each(activations)("the mean score over ten seeds with %s is scikit-learn's to 0.005", (activation) => {
    const scores = measured[name]?.[activation] ?? [];
    expect(scores).toHaveLength(10);
    const mean = scores.reduce((sum, score) => sum + score, 0) / 10;
    expect(Math.abs(mean - (answers[activation]?.mean ?? Number.NaN))).toBeLessThan(0.005);
  });
});

test.each(["iris", "wine", "diabetes"] as const)(
  "a seed of %s scores as it was measured, to the last bit",
  async (name) => {
    for (const activation of activations)
      expect(await perceptronScore(treeTable(name satisfies (typeof tableNames)[number]), activation, 3, device)).toBe(
        measured[name]?.[activation]?.[3],
      );
  },
);

const rows = Array.from({ length: 300 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
const quantity = Float64Array.from(rows, ([a = 0, b = 0]) => 5000 + 800 * a * b);

test("a quantity far from 0 is learnt in its own unit, and early stopping keeps the best epoch", async () => {
  const validation: number[] = [];
  const options = {
    hiddenLayerSizes: [32],
    activation: "tanh",
    learningRate: 0.02,
    epochs: 300,
    batchSize: 32,
  } as const;
  using model = await fitEstimator(
    mlpRegressor({ ...options, patience: 20, validationFraction: 0.2 }),
    { x: matrixOf(rows), target: quantity },
    {
      device,
      seed: 2,
      report: ({ validationLoss }) => {
        if (validationLoss !== undefined) validation.push(validationLoss);
      },
    },
  );
  const { prediction = [] } = await model.predict(rows);
  const error = quantity.reduce((sum, value, i) => sum + (value - Number(prediction[i])) ** 2, 0) / rows.length;
  // The quantity's variance is 160,000: what is left is under one part in a hundred.
  expect(error).toBeLessThan(1600);
  expect(validation.length).toBeLessThanOrEqual(300);
  expect(Math.min(...validation)).toBeLessThan(0.01);
});

test("rows of weight 0 play no part", async () => {
  const weights = Float64Array.from(rows.keys(), (i) => Number(i % 3 > 0));
  const spoilt = quantity.map((value, i) => (i % 3 > 0 ? value : 1e9));
  const options = mlpRegressor({ hiddenLayerSizes: [4], epochs: 3 });
  using one = await fitEstimator(options, { x: matrixOf(rows), target: quantity, weights }, { device });
  using other = await fitEstimator(options, { x: matrixOf(rows), target: spoilt, weights }, { device });
  expect(other.parameters).toEqual(one.parameters);
});

test("a weight of two is the row twice", async () => {
  const codes = Int32Array.from(rows, (_, i) => i % 2);
  // One batch holds all rows, so that their order changes sums by rounding alone.
  const options = mlpClassifier({ hiddenLayerSizes: [4], epochs: 5, batchSize: 1000 });
  const weights = Float64Array.from(rows, (_, i) => (i === 7 ? 2 : 1));
  using one = await fitEstimator(options, { x: matrixOf(rows), codes, classCount: 2, weights }, { device });
  const twice = [...rows, rows[7] ?? []];
  const repeated = { x: matrixOf(twice), codes: Int32Array.from([...codes, 1]), classCount: 2 };
  using other = await fitEstimator(options, repeated, { device });
  const [left = [], right = []] = [one, other].map((model) => model.parameters["layer.0.weight"]?.data);
  expect(left).toHaveLength(8);
  Array.from(left, Number).forEach((value, i) => {
    expect(value).toBeCloseTo(Number(right[i]), 4);
  });
});

test("a table's quantity goes the same way, into a bundle that predicts it in its unit", async () => {
  const own = frame({
    a: numericColumn(Float64Array.from(rows, ([a = 0]) => a)),
    b: numericColumn(Float64Array.from(rows, ([, b = 0]) => b)),
    quantity: numericColumn(quantity),
  });
  const features = [{ columns: ["a", "b"], steps: [standardScaler()] }];
  const estimator = mlpRegressor({
    hiddenLayerSizes: [32],
    activation: "tanh",
    learningRate: 0.02,
    epochs: 200,
    batchSize: 32,
  });
  const fit = await fitPipeline({
    source: frameSource(own),
    features,
    label: { column: "quantity" },
    estimator,
    split: holdOut({ fraction: 0.2, seed: 1 }),
    seed: 1,
    device,
  });
  expect(fit.metrics.r2).toBeGreaterThan(0.98);
  using loaded = loadBundle(saveBundle(fit.bundle));
  const { prediction } = await loaded.predict([{ a: 0, b: 0 }], { device });
  expect(Math.abs((prediction[0] ?? 0) - 5000)).toBeLessThan(200);
  fit.bundle.release();
  const columns = ["a", "b"].map((name) => ({ name, kind: "numeric" as const }));
  const estimate = await estimateFit({
    rowCount: 300,
    columns,
    features,
    estimator,
    split: holdOut({ fraction: 0.2 }),
  });
  expect(estimate.steps).toBe(8 * 200);
});

test("what cannot be learnt is refused", async () => {
  const x = matrixOf(rows);
  await expect(fitEstimator(mlpRegressor(), { x }, { device })).rejects.toThrow("MLPRegressor: a regression takes");
  await expect(fitEstimator(mlpClassifier(), { x }, { device })).rejects.toThrow(
    "MLPClassifier: a classification takes",
  );
  const one = { x, codes: new Int32Array(300), classCount: 2 };
  await expect(fitEstimator(mlpClassifier(), one, { device })).rejects.toThrow("the rows have 1; it takes two or more");
  await expect(fitEstimator(mlpRegressor({ epochs: 0 }), { x, target: quantity }, { device })).rejects.toThrow(
    "epochs is a whole number of at least 1",
  );
});
