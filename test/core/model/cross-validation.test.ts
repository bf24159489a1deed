// Cross-validation of a pipeline over a table: each fold is a fit of its own, recorded so that it can be made again.
import {
  dictionaryColumn,
  fitPipeline,
  frame,
  frameSource,
  loadBundle,
  numericColumn,
  saveBundle,
  standardScaler,
} from "@millrace/core";
import {
  type CrossValidationOptions,
  crossValidate,
  type FoldResult,
  groupKFold,
  kFold,
  linearRegression,
  makeFolds,
  randomForestClassifier,
  randomForestRegressor,
  repeatedKFold,
  stratifiedKFold,
  timeSeriesSplit,
} from "@millrace/core/tables";
import { afterAll, expect, test } from "vitest";
import { device, penguinFit } from "./penguins.ts";
import { readFixture, treeTable } from "./tree/forest-fixture.ts";

afterAll(() => device[Symbol.dispose]());

const diabetes = treeTable("diabetes");
const columns = Array.from({ length: diabetes.columns }, (_, k) => `x${k}`);
const table = frame({
  ...Object.fromEntries(
    columns.map((name, k) => [
      name,
      numericColumn(Float64Array.from(diabetes.y, (_, row) => diabetes.x[row * diabetes.columns + k] ?? Number.NaN)),
    ]),
  ),
  y: numericColumn(Float64Array.from(diabetes.y)),
  time: numericColumn(Float64Array.from(diabetes.y, (_, row) => row)),
  group: dictionaryColumn(
    Int32Array.from(diabetes.y, (_, row) => row % 7),
    ["a", "b", "c", "d", "e", "f", "g"],
  ),
});
const options = (splits: CrossValidationOptions["splits"]): CrossValidationOptions => ({
  source: frameSource(table),
  features: [{ columns, steps: [standardScaler()] }],
  label: { column: "y" },
  estimator: linearRegression(),
  splits,
  seed: 5,
  device,
});

test("five folds of diabetes by least squares score as scikit-learn's cross_val_score", async () => {
  const { folds, metrics } = await crossValidate(options(kFold({ shuffle: false })));
  const { r2 } = readFixture("../sklearn-splits/cross-validation") as { r2: number[] };
  expect(folds.map((fold) => fold.rows)).toEqual(
    [89, 89, 88, 88, 88].map((heldOut) => ({ heldOut, training: 442 - heldOut })),
  );
  folds.forEach((fold, i) => {
    expect(fold.metrics.r2).toBeCloseTo(r2[i] ?? Number.NaN, 5);
  });
  const mean = r2.reduce((sum, value) => sum + value, 0) / 5;
  expect(metrics.r2?.mean).toBeCloseTo(mean, 5);
  const variance = r2.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4;
  expect(metrics.r2?.deviation).toBeCloseTo(Math.sqrt(variance), 5);
  expect(metrics.r2?.folds).toBe(5);
});

test("a fold can be made again from its seed and split", async () => {
  const specification = kFold({ nSplits: 3, seed: 8 });
  const own = { ...options(specification), estimator: randomForestRegressor({ nEstimators: 3 }) };
  const told: FoldResult[] = [];
  const { folds } = await crossValidate({ ...own, onFold: (fold) => told.push(fold) });
  expect(told).toEqual(folds);
  expect(folds.map(({ seed }) => seed)).toEqual([5, 6, 7]);
  const [, split] = makeFolds(specification, { rowCount: 442 });
  if (!split) throw new Error("a fold is missing");
  const { splits: _, ...fit } = own;
  const again = await fitPipeline({ ...fit, split, seed: 6 });
  expect(again.metrics).toEqual(folds[1]?.metrics);
  expect(again.bundle.split.hash).toBe(folds[1]?.splitHash);
  using loaded = loadBundle(saveBundle(again.bundle));
  expect(loaded.split.specification).toEqual({ kind: "FoldOf", folds: specification, index: 1 });
  again.bundle.release();
});

test("classes keep their shares, and each fold is judged by classes", async () => {
  const { split: _, ...fit } = penguinFit({ estimator: randomForestClassifier({ nEstimators: 5 }) });
  const { folds, metrics } = await crossValidate({ ...fit, splits: stratifiedKFold({ nSplits: 3, seed: 8 }) });
  for (const { confusion } of folds) {
    const rows = [0, 1, 2].map((code) => confusion.counts.slice(3 * code, 3 * code + 3).reduce((sum, n) => sum + n, 0));
    // 152, 68 and 124 penguins over three folds.
    [152, 68, 124].forEach((count, code) => {
      expect(Math.abs((rows[code] ?? 0) - count / 3)).toBeLessThan(1);
    });
  }
  expect(metrics.accuracy?.mean).toBeGreaterThan(0.9);
});

test("groups stay together, time goes forward, and repeats are counted", async () => {
  const grouped = await crossValidate(options(groupKFold("group", { nSplits: 3 })));
  expect(grouped.folds).toHaveLength(3);
  const timed = await crossValidate(options(timeSeriesSplit("time", { nSplits: 3, gap: 10 })));
  // 442 rows in four parts of 110; two rows are left at the start, ten before each split.
  expect(timed.folds.map(({ rows }) => rows)).toEqual([102, 212, 322].map((training) => ({ training, heldOut: 110 })));
  const again = await crossValidate(options(repeatedKFold({ nSplits: 2, nRepeats: 2 })));
  expect(again.metrics.r2?.folds).toBe(4);
  const made = await crossValidate(options(makeFolds(kFold({ nSplits: 2 }), { rowCount: 442 })));
  expect(new Set(made.folds.map(({ splitHash }) => splitHash)).size).toBe(2);
});

test("what cannot be split is refused", async () => {
  await expect(crossValidate(options([]))).rejects.toThrow("at least one is wanted");
  await expect(crossValidate({ ...options(stratifiedKFold()), label: { column: "x0" } })).rejects.toThrow(
    "is a text, a truth or a whole number",
  );
  await expect(crossValidate({ ...options(stratifiedKFold()), label: null })).rejects.toThrow("name the label");
  await expect(crossValidate(options(groupKFold("none")))).rejects.toThrow('"none"');
});
