// Logistic regression over arrays against scikit-learn's recorded optima: the objective, and the probabilities.
import { readFileSync } from "node:fs";
import { type Device, logisticRegression, openDevice } from "@millrace/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fitEstimator, matrixOf } from "../../../../core/model/fit-estimator.ts";

interface Recorded {
  readonly classes: readonly string[];
  readonly features: number[][];
  readonly labels: readonly number[];
  readonly fits: readonly { l2: number; objective: number; accuracy: number; probabilities: number[][] }[];
}
const recorded = (name: string): Recorded =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/sklearn/logistic-${name}.json`, import.meta.url), "utf8"));

/** As scikit-learn's StandardScaler has it, which the recorded fits saw. */
const standardised = (rows: number[][]): number[][] => {
  const columns = rows[0]?.map((_, k) => rows.map((row) => row[k] ?? 0)) ?? [];
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / rows.length);
  const deviations = columns.map((column, k) =>
    Math.sqrt(column.reduce((sum, value) => sum + (value - (means[k] ?? 0)) ** 2, 0) / rows.length),
  );
  return rows.map((row) => row.map((value, k) => (value - (means[k] ?? 0)) / (deviations[k] ?? 1)));
};

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { threads: 1, deterministic: true });
});
afterAll(() => device[Symbol.dispose]?.());

/** Mean cross-entropy of predicted probabilities. */
const crossEntropy = (probabilities: ArrayLike<number>, labels: readonly number[], classes: number): number =>
  labels.reduce((sum, label, row) => sum - Math.log(probabilities[row * classes + label] ?? 0), 0) / labels.length;

for (const name of ["breast-cancer", "iris"])
  test(`${name}: the objective of the optimum to 1e-4, and its probabilities`, async () => {
    const { classes, features, labels, fits } = recorded(name);
    const x = matrixOf(standardised(features));
    const data = { x, codes: Int32Array.from(labels), classCount: classes.length };
    expect(fits).toHaveLength(2);
    for (const { l2, objective, accuracy, probabilities } of fits) {
      using model = await fitEstimator(logisticRegression({ l2, epochs: 1000 }), data, { device });
      const own = (await model.predict(x)).probabilities ?? [];
      const coefficients = model.parameters.coefficients?.data ?? [];
      const squares = Array.from(coefficients, Number).reduce((sum, value) => sum + value * value, 0);
      const reached = crossEntropy(own, labels, classes.length) + (l2 / 2) * squares;
      expect(Math.abs(reached / objective - 1)).toBeLessThan(1e-4);
      const wrong = probabilities.flat().map((value, i) => Math.abs(value - (own[i] ?? Number.NaN)));
      expect(Math.max(...wrong)).toBeLessThan(5e-3);
      const right = labels.filter((label, row) =>
        classes.every((_, k) => (own[row * classes.length + k] ?? 0) <= (own[row * classes.length + label] ?? 0)),
      );
      expect(right.length / labels.length).toBeCloseTo(accuracy, 2);
    }
  });

test("a weight of two is the row twice, and of none the row left out", async () => {
  const rows = [
    [1, 5],
    [2, 3],
    [3, 8],
    [4, 1],
    [5, 2],
    [2, 9],
  ];
  const codes = [0, 0, 1, 1, 0, 1];
  const twice = [...rows.slice(0, 5), rows[0] ?? []];
  const specification = logisticRegression({ l2: 0.1 });
  using weighted = await fitEstimator(
    specification,
    { x: matrixOf(rows), codes: Int32Array.from(codes), classCount: 2, weights: Float64Array.of(2, 1, 1, 1, 1, 0) },
    { device },
  );
  using repeated = await fitEstimator(
    specification,
    { x: matrixOf(twice), codes: Int32Array.from([...codes.slice(0, 5), 0]), classCount: 2 },
    { device },
  );
  const left = (await weighted.predict(rows)).probabilities ?? [];
  const right = (await repeated.predict(rows)).probabilities ?? [];
  expect(left).toHaveLength(12);
  for (let i = 0; i < 12; i++) expect(left[i]).toBeCloseTo(right[i] ?? Number.NaN, 3);
});

test("one class, codes out of range, and Adam are refused", async () => {
  const x = matrixOf([[1], [2]]);
  const codesFit = (codes: number[], options = {}) =>
    fitEstimator(logisticRegression(options), { x, codes: Int32Array.from(codes), classCount: 2 }, { device });
  await expect(codesFit([1, 1])).rejects.toThrow("the rows have 1; it takes two or more");
  await expect(codesFit([0, 2])).rejects.toThrow("the code of row 1 is 2");
  await expect(codesFit([0, 1], { solver: "adam" })).rejects.toThrow('"lbfgs" for arrays');
  await expect(fitEstimator(logisticRegression(), { x }, { device })).rejects.toThrow("takes codes");
});
