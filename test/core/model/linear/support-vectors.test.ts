// Linear support vector machines against scikit-learn's recorded optima, liblinear's; see test/fixtures/sklearn-svm.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Device, openDevice } from "@millrace/core";
import { fitEstimator, linearSVC, linearSVR } from "@millrace/core/tables";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { solveByDualDescent } from "../../../../core/model/linear/dual-descent.ts";

interface Answer {
  readonly options: {
    readonly loss: "hinge" | "squared_hinge" | "epsilon_insensitive" | "squared_epsilon_insensitive";
    readonly C: number;
    readonly epsilon?: number;
    readonly fit_intercept: boolean;
    readonly weighted: boolean;
  };
  readonly objectives: readonly number[];
  readonly scores: readonly (number | readonly number[])[];
}
interface Table {
  readonly name: string;
  readonly regression: boolean;
  readonly columns: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly weights: readonly number[];
  readonly answers: readonly Answer[];
}
const folder = new URL("../../../fixtures/sklearn-svm/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const tables: readonly Table[] = JSON.parse(read("svm.json"));

test("the recorded answers are those of the script in the manifest", () => {
  const manifest = JSON.parse(read("manifest.json"));
  const hash = (name: string): string => createHash("sha256").update(read(name)).digest("hex");
  expect(hash("svm.json")).toBe(manifest.sha256["svm.json"]);
  expect(hash("record.py")).toBe(manifest.scriptSha256);
  expect(manifest.versions["scikit-learn"]).toMatch(/^1\.9/);
});

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { threads: 1, deterministic: true });
});
afterAll(() => device[Symbol.dispose]?.());

const fitted = ({ regression, columns, x, y, weights }: Table, { options }: Answer) => {
  const own = {
    x: {
      rows: y.length,
      columns,
      data: Float32Array.from(x),
      names: Array.from({ length: columns }, (_, i) => `x${i}`),
      categorical: [],
    },
    weights: options.weighted ? Float64Array.from(weights) : undefined,
  };
  const shared = { C: options.C, fitIntercept: options.fit_intercept };
  const squared = options.loss.startsWith("squared");
  if (regression) {
    const loss = squared ? "squaredEpsilonInsensitive" : "epsilonInsensitive";
    const specification = linearSVR({ ...shared, epsilon: options.epsilon ?? 0, loss });
    return fitEstimator(specification, { ...own, target: Float64Array.from(y) }, { device });
  }
  const loss = squared ? "squaredHinge" : "hinge";
  const data = { ...own, codes: Int32Array.from(y), classCount: new Set(y).size };
  return fitEstimator(linearSVC({ ...shared, loss }), data, { device });
};

const scoresOf = async (table: Table, model: Awaited<ReturnType<typeof fitted>>, rows: number): Promise<number[][]> => {
  const x = Array.from({ length: rows }, (_, i) => table.x.slice(i * table.columns, (i + 1) * table.columns));
  const { prediction, score = [] } = await model.predict(x);
  if (prediction) return Array.from(prediction, (value) => [Number(value)]);
  const classes = score.length / rows;
  const all = x.map((_, i) => Array.from(score.slice(i * classes, (i + 1) * classes), Number));
  return classes === 2 ? all.map(([, second = 0]) => [second]) : all;
};

describe.each(tables)("of $name", (table) => {
  test.each(table.answers)("the objective with $options is the optimum's to 1e-4", async (answer) => {
    const { options, objectives, scores } = answer;
    using model = await fitted(table, answer);
    const state = Object(model.state);
    expect(state.converged).toBe(true);
    expect(state.iterations).toBeLessThan(60);
    const reached: number[] = table.regression ? [state.objective] : state.objectives;
    reached.forEach((own, k) => {
      expect(Math.abs(own / (objectives[k] ?? Number.NaN) - 1)).toBeLessThan(1e-4);
    });
    // The objective from what is predicted in float32: what the state says is what the model does.
    const all = await scoresOf(table, model, table.y.length);
    const squared = options.loss.startsWith("squared");
    reached.forEach((_, k) => {
      let errors = 0;
      table.y.forEach((y, row) => {
        const score = all[row]?.[k] ?? Number.NaN;
        const sign = y === (reached.length === 1 ? 1 : k) ? 1 : -1;
        const error = table.regression ? Math.abs(y - score) - (options.epsilon ?? 0) : 1 - sign * score;
        const weight = options.weighted ? (table.weights[row] ?? 0) : 1;
        errors += options.C * weight * (squared ? Math.max(0, error) ** 2 : Math.max(0, error));
      });
      const coefficients: ArrayLike<number> = model.parameters.coefficients?.data ?? [];
      // Of two classes the second column is the problem's own.
      const columns = coefficients.length / table.columns;
      const own = Array.from(
        { length: table.columns },
        (_, i) => coefficients[(i + 1) * columns - (columns === 2 ? 1 : columns - k)] ?? 0,
      );
      const w = [...own, table.regression ? state.intercept : state.intercepts[k]];
      const objective = errors + w.reduce((sum, value) => sum + value * value, 0) / 2;
      expect(Math.abs(objective / (reached[k] ?? Number.NaN) - 1)).toBeLessThan(1e-4);
    });
    // Scores of a flat optimum differ by about the root of what objectives do.
    const size = Math.max(1, ...scores.flat().map((own) => Math.abs(Number(own))));
    scores.forEach((own, row) => {
      [own].flat().forEach((wanted, k) => {
        expect(Math.abs(Number(wanted) - (all[row]?.[k] ?? Number.NaN))).toBeLessThan(0.01 * size);
      });
    });
  });
});

test("descent in the dual ends at the same optimum", async () => {
  const table = tables.find(({ name }) => name === "breast cancer");
  const answer = table?.answers.find(({ options }) => options.loss === "hinge" && options.C === 0.05);
  if (!table || !answer) throw new Error("the table is not recorded");
  const rows = table.y.map((_, i) => Float64Array.of(...table.x.slice(30 * i, 30 * i + 30), 1));
  const row = Int32Array.from(rows, (_, i) => i).filter((i) => (table.weights[i] ?? 0) > 0);
  const bounds = {
    row,
    sign: Float64Array.from(row, (i) => (table.y[i] === 1 ? 1 : -1)),
    margin: new Float64Array(row.length).fill(1),
    cost: Float64Array.from(row, (i) => 0.05 * (table.weights[i] ?? 0)),
    squared: false,
  };
  const options = { tol: 1e-5, maxIter: 5000, seed: 1 };
  const found = await solveByDualDescent({ rows, columns: 31, bounds }, options, () => undefined);
  expect(found.converged).toBe(true);
  expect(Math.abs(found.objective / (answer.objectives[0] ?? 0) - 1)).toBeLessThan(1e-4);
});

test("balanced classes weigh alike, one class and bad options are refused", async () => {
  const x = [[0], [1], [2], [3]];
  const codes = Int32Array.of(0, 0, 0, 1);
  const weights = Float64Array.of(2 / 3, 2 / 3, 2 / 3, 2);
  using balanced = await fitEstimator(linearSVC({ classWeight: "balanced" }), { x: matrix(x), codes, classCount: 2 });
  using weighted = await fitEstimator(linearSVC(), { x: matrix(x), codes, classCount: 2, weights });
  expect(balanced.parameters).toEqual(weighted.parameters);
  const one = { x: matrix(x), codes: new Int32Array(4), classCount: 2 };
  await expect(fitEstimator(linearSVC(), one)).rejects.toThrow("the rows have 1; it takes two or more");
  await expect(fitEstimator(linearSVC({ C: 0 }), one)).rejects.toThrow("LinearSVC: C is a finite number above 0");
  const target = { x: matrix(x), target: new Float64Array(4) };
  await expect(fitEstimator(linearSVR({ epsilon: -1 }), target)).rejects.toThrow("epsilon is a finite number");
  await expect(fitEstimator(linearSVR(), { x: matrix(x) })).rejects.toThrow("a regression takes a target");
});

const matrix = (x: number[][]) => ({
  rows: x.length,
  columns: x[0]?.length ?? 0,
  data: Float32Array.from(x.flat()),
  names: ["x"],
  categorical: [],
});
