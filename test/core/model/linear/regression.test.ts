// Linear regressions against scikit-learn's recorded answers, through the door for arrays.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ArgumentError, type Device, openDevice } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Plain } from "../../../../core/model/estimator.ts";
import { type FittedEstimator, fitEstimator, type MatrixLike } from "../../../../core/model/fit-estimator.ts";
import { elasticNet, lasso, linearRegression, ridge } from "../../../../core/model/linear/index.ts";

interface Answer {
  readonly kind: "LinearRegression" | "Ridge" | "Lasso" | "ElasticNet";
  readonly options: { alpha?: number; l1_ratio?: number; fit_intercept?: boolean; positive?: boolean };
  readonly weighted: boolean;
  readonly objective: number;
  readonly intercept: number;
  readonly coefficients: readonly number[];
  readonly predictions: readonly number[];
}
interface Table {
  readonly name: string;
  readonly columns: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly weights: readonly number[];
  readonly answers: readonly Answer[];
}

const folder = new URL("../../../fixtures/sklearn-linear/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const tables: readonly Table[] = JSON.parse(read("regression.json"));

test("the recorded answers are those of the script in the manifest", () => {
  const manifest = JSON.parse(read("manifest.json"));
  const hash = (name: string): string => createHash("sha256").update(read(name)).digest("hex");
  expect(hash("regression.json")).toBe(manifest.sha256["regression.json"]);
  expect(hash("record.py")).toBe(manifest.scriptSha256);
  expect(manifest.versions["scikit-learn"]).toMatch(/^1\.9/);
});

const matrix = (x: readonly number[], columns: number) => ({
  rows: x.length / columns,
  columns,
  data: Float32Array.from(x),
  names: Array.from({ length: columns }, (_, i) => `x${i}`),
  categorical: [],
});

const specificationOf = ({ kind, options }: Answer) => {
  const { alpha = 1, l1_ratio: l1Ratio = 0.5, fit_intercept: fitIntercept = true, positive = false } = options;
  if (kind === "LinearRegression") return linearRegression({ fitIntercept });
  if (kind === "Ridge") return ridge({ alpha, fitIntercept });
  return kind === "Lasso"
    ? lasso({ alpha, fitIntercept, positive })
    : elasticNet({ alpha, l1Ratio, fitIntercept, positive });
};

const found = (state: Plain): { coefficients: number[]; intercept: number } => {
  const { coefficients, intercept }: { coefficients?: unknown; intercept?: unknown } = Object(state);
  if (!Array.isArray(coefficients) || typeof intercept !== "number") throw new Error("the state has no coefficients");
  return { coefficients: coefficients.map(Number), intercept };
};

/** The objective that scikit-learn's documentation gives, in float64. */
const objectiveOf = (table: Table, answer: Answer, model: FittedEstimator): number => {
  const { coefficients, intercept } = found(model.state);
  const weights = answer.weighted ? table.weights : table.y.map(() => 1);
  let squares = 0;
  table.y.forEach((y, row) => {
    const value = coefficients.reduce((sum, w, k) => sum + w * (table.x[row * table.columns + k] ?? 0), intercept);
    squares += (weights[row] ?? 0) * (y - value) ** 2;
  });
  const { alpha = 1, l1_ratio: ratio = 1 } = answer.options;
  const l1 = coefficients.reduce((sum, w) => sum + Math.abs(w), 0);
  const l2 = coefficients.reduce((sum, w) => sum + w * w, 0);
  if (answer.kind === "LinearRegression") return squares;
  if (answer.kind === "Ridge") return squares + alpha * l2;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return squares / (2 * total) + alpha * ratio * l1 + (alpha * (1 - ratio) * l2) / 2;
};

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { threads: 1, deterministic: true });
});
afterAll(() => device[Symbol.dispose]?.());

const largestGap = (got: ArrayLike<number>, wanted: readonly number[]): number =>
  wanted.reduce((most, value, i) => Math.max(most, Math.abs((got[i] ?? Number.NaN) - value)), 0);

for (const table of tables)
  describe(table.name, () => {
    for (const answer of table.answers) {
      const { kind, options, weighted } = answer;
      test(`${kind} ${JSON.stringify(options)}${weighted ? ", weighted" : ""}`, async () => {
        const x = matrix(table.x, table.columns);
        const weights = weighted ? Float64Array.from(table.weights) : undefined;
        const data = { x, target: Float64Array.from(table.y), weights };
        using model = await fitEstimator(specificationOf(answer), data, { device });
        const spread = Math.max(...table.y) - Math.min(...table.y);
        // An objective of zero (more columns than rows) is compared at the size of the target.
        const size = Math.max(answer.objective, 1e-6 * spread ** 2);
        expect(objectiveOf(table, answer, model)).toBeLessThanOrEqual(answer.objective + 1e-4 * size);
        expect(objectiveOf(table, answer, model)).toBeGreaterThanOrEqual(answer.objective - 1e-4 * size);
        const { prediction } = await model.predict({ ...x, rows: 10, data: x.data.slice(0, 10 * x.columns) });
        const descends = kind === "Lasso" || kind === "ElasticNet";
        // Descent stops at a gap, which leaves predictions a little off; float32 answers near 1e6 are 0.06 apart.
        const allowed = spread * (descends ? 5e-3 : 1e-6) + 2 ** -22 * Math.max(...table.y.map(Math.abs));
        expect(largestGap(prediction ?? [], answer.predictions)).toBeLessThanOrEqual(allowed);
        if (descends) return;
        const { coefficients, intercept } = found(model.state);
        const largest = Math.max(...answer.coefficients.map(Math.abs));
        expect(largestGap(coefficients, answer.coefficients)).toBeLessThanOrEqual(1e-7 * largest);
        expect(Math.abs(intercept - answer.intercept)).toBeLessThanOrEqual(
          1e-7 * Math.abs(answer.intercept) + 1e-7 * spread,
        );
      });
    }
  });

test("every device predicts alike", async () => {
  const [table] = tables;
  if (!table) throw new Error("no tables");
  const x: MatrixLike = matrix(table.x, table.columns);
  const target = Float64Array.from(table.y);
  using model = await fitEstimator(ridge(), { x, target }, { device });
  const wanted = (await model.predict(x)).prediction ?? [];
  const others = [
    openDevice("reference"),
    openDevice("wasm", { threads: 2 }),
    openDevice("webgpu", { software: true }),
  ];
  for (const opened of others) {
    const other = await opened;
    using own = await fitEstimator(ridge(), { x, target }, { device: other });
    const { prediction } = await own.predict(x);
    expect(largestGap(prediction ?? [], Array.from(wanted, Number))).toBeLessThanOrEqual(1e-3);
    other[Symbol.dispose]?.();
  }
});

test("a triangle of many blocks is that of one: 3000 rows give the line they are on", async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => [i % 17, i % 5, Math.fround(Math.sin(i))]);
  const target = Float64Array.from(rows, ([a = 0, b = 0, c = 0]) => 4 * a - 2 * b + 0.5 * c + 7);
  using model = await fitEstimator(linearRegression(), { x: rowsOf(rows), target }, { device });
  const { coefficients, intercept } = found(model.state);
  expect(largestGap([...coefficients, intercept], [4, -2, 0.5, 7])).toBeLessThan(1e-12);
});

test("what cannot be fitted is refused, and one row is its own mean", async () => {
  const x = rowsOf([[1, 2]]);
  const target = Float64Array.of(5);
  await expect(fitEstimator(ridge(), { x }, { device })).rejects.toThrow("a regression takes a target");
  await expect(fitEstimator(ridge({ alpha: -1 }), { x, target }, { device })).rejects.toThrow(ArgumentError);
  await expect(fitEstimator(lasso({ alpha: 0 }), { x, target }, { device })).rejects.toThrow(
    "alpha is a number above 0",
  );
  await expect(fitEstimator(elasticNet({ l1Ratio: 2 }), { x, target }, { device })).rejects.toThrow(
    "l1Ratio is from 0 to 1",
  );
  const weights = Float64Array.of(0);
  await expect(fitEstimator(ridge(), { x, target, weights }, { device })).rejects.toThrow("a weight above 0");
  const aborted = AbortSignal.abort(new Error("stop"));
  await expect(fitEstimator(lasso(), { x, target }, { device, signal: aborted })).rejects.toThrow("stop");
  for (const specification of [linearRegression(), ridge(), lasso(), elasticNet()]) {
    using model = await fitEstimator<{ kind: string }>(specification, { x, target }, { device });
    expect(found(model.state)).toEqual({ coefficients: [0, 0], intercept: 5 });
  }
});

const rowsOf = (rows: number[][]) => matrix(rows.flat(), rows[0]?.length ?? 0);
