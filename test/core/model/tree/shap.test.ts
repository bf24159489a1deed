// SHAP values against LightGBM's and against Shapley's own formula over all subsets of columns.
import { openDevice } from "@millrace/core";
import { expect, test } from "vitest";
import type { FittedModel, Matrix } from "../../../../core/model/estimator.ts";
import { fitEstimator, matrixOf } from "../../../../core/model/fit-estimator.ts";
import {
  childOf,
  ensembleBuilder,
  ensembleOf,
  ensembleParameters,
  ensembleState,
  type TreeEnsemble,
} from "../../../../core/model/tree/ensemble.ts";
import { shapValues } from "../../../../core/model/tree/shap.ts";
import { randomForestClassifier } from "../../../../core/model/tree/specification.ts";
import { readFixture } from "./forest-fixture.ts";

type FixtureNode = readonly [number, number, boolean, number, number, number, number];
interface ShapFixture {
  readonly x: readonly (readonly number[])[];
  readonly trees: readonly (readonly FixtureNode[])[];
  readonly contributions: readonly (readonly number[])[];
}

const modelOf = (ensemble: TreeEnsemble): FittedModel => ({
  parameters: ensembleParameters(ensemble),
  state: ensembleState(ensemble),
});

test("values of LightGBM's trees are those that it tells itself", async () => {
  const fixture = readFixture("shap") as ShapFixture;
  const builder = ensembleBuilder(1);
  for (const nodes of fixture.trees) {
    const open: [number, number][] = [[0, builder.root()]];
    for (let top = open.pop(); top; top = open.pop()) {
      const [from, to] = top;
      const [column = 0, threshold = 0, missingLeft = false, left = -1, right = -1, value = 0, cover = 0] =
        nodes[from] ?? [];
      builder.setValue(to, 0, value);
      builder.setCover(to, cover);
      if (left < 0) continue;
      const child = builder.split(to, { column, threshold, missingLeft });
      open.push([left, child], [right, child + 1]);
    }
  }
  const { values, base } = await shapValues(modelOf(builder.build()), matrixOf(fixture.x));
  fixture.contributions.forEach((contributions, row) => {
    contributions.forEach((want, column) => {
      const got = column < 5 ? (values[row * 5 + column] ?? Number.NaN) : (base[0] ?? Number.NaN);
      // Leaves are float32 here and float64 there.
      expect(Math.abs(got - want), `row ${row}, column ${column}: ${got} for ${want}`).toBeLessThan(1e-6);
    });
  });
});

/** Expectation of each output where only some columns of a row are known. */
const expectation = (ensemble: TreeEnsemble, x: Matrix, row: number, known: number): Float64Array => {
  const { splits, values, width, roots, covers, groups } = ensemble;
  const sums = new Float64Array(width * groups);
  const walk = (node: number, part: number, tree: number): void => {
    const [column = 0, , left = -1, right = -1] = splits.subarray(4 * node, 4 * node + 4);
    if (left < 0) {
      for (let k = 0; k < width; k++) {
        const at = (tree % groups) * width + k;
        sums[at] = (sums[at] ?? 0) + part * (values[node * width + k] ?? 0);
      }
      return;
    }
    if ((known >> column) & 1) {
      walk(childOf(ensemble, node, x.data[row * x.columns + column] ?? Number.NaN), part, tree);
      return;
    }
    for (const child of [left, right]) walk(child, (part * (covers?.[child] ?? 0)) / (covers?.[node] ?? 1), tree);
  };
  roots.forEach((root, tree) => {
    walk(root, 1, tree);
  });
  return sums;
};

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

/** Shapley's formula over all subsets of the columns. */
const shapley = (ensemble: TreeEnsemble, x: Matrix, row: number, column: number): Float64Array => {
  const result = new Float64Array(ensemble.width * ensemble.groups);
  for (let known = 0; known < 2 ** x.columns; known++) {
    if ((known >> column) & 1) continue;
    const size = known.toString(2).replaceAll("0", "").length;
    const weight = (factorial(size) * factorial(x.columns - size - 1)) / factorial(x.columns);
    const without = expectation(ensemble, x, row, known);
    expectation(ensemble, x, row, known | (1 << column)).forEach((value, k) => {
      result[k] = (result[k] ?? 0) + weight * (value - (without[k] ?? 0));
    });
  }
  return result;
};

/** Draws between -1 and 1 by a stated rule. */
const wave = (i: number): number => Math.sin(i * 12.9898) % 1;

test("values of a forest of classes with missing values are Shapley's, and add up to its answer", async () => {
  using device = await openDevice("wasm", { deterministic: true, threads: 1 });
  const rows = Array.from({ length: 120 }, (_, i) =>
    Array.from({ length: 5 }, (_, column) => (i % 7 === column ? null : wave(5 * i + column))),
  );
  const x = matrixOf(rows);
  const codes = Int32Array.from(rows, ([a, b, c]) => ((a ?? 0) > 0.2 ? 2 : (b ?? 0.3) * (c ?? 1) > 0 ? 1 : 0));
  using model = await fitEstimator(
    randomForestClassifier({ nEstimators: 4, maxDepth: 5 }),
    { x, codes, classCount: 3 },
    { seed: 3, device },
  );
  const few = matrixOf(rows.slice(0, 12));
  const { values, base, outputs } = await shapValues(model, few);
  expect(outputs).toBe(3);
  const ensemble = ensembleOf(model);
  const { probabilities } = await model.predict(few);
  for (let row = 0; row < few.rows; row++) {
    for (let column = 0; column < 5; column++)
      shapley(ensemble, few, row, column).forEach((want, k) => {
        expect(values[(row * 3 + k) * 5 + column]).toBeCloseTo(want / 4, 10);
      });
    for (let k = 0; k < 3; k++) {
      const own = values.subarray((row * 3 + k) * 5, (row * 3 + k + 1) * 5);
      const sum = own.reduce((total, value) => total + value, base[k] ?? 0);
      expect(Math.abs(sum - (probabilities?.[row * 3 + k] ?? Number.NaN))).toBeLessThan(1e-6);
    }
  }
});

test("values of splits by categories, of trees for several outputs, are Shapley's", async () => {
  const builder = ensembleBuilder(1, 2);
  for (let tree = 0; tree < 4; tree++) {
    const root = builder.root();
    builder.setCover(root, 100);
    const left = builder.split(root, { column: tree % 3, categories: [1, 3, 33], missingLeft: tree % 2 === 0 });
    builder.setCover(left, 30 + tree);
    builder.setCover(left + 1, 70 - tree);
    builder.setValue(left, 0, tree + 1);
    const inner = builder.split(left + 1, { column: (tree + 1) % 3, threshold: 2, missingLeft: false });
    builder.setCover(inner, 25);
    builder.setCover(inner + 1, 45 - tree);
    const again = builder.split(inner, { column: tree % 3, categories: [2], missingLeft: false });
    builder.setCover(again, 5);
    builder.setCover(again + 1, 20);
    [inner + 1, again, again + 1].forEach((node, i) => {
      builder.setValue(node, 0, i * 2 - tree);
    });
  }
  const ensemble = builder.build();
  const x = matrixOf([
    [1, 2, 3],
    [0, 33, null],
    [2, 2, 2],
    [null, 40, 1],
  ]);
  const { values, outputs } = await shapValues(modelOf(ensemble), x);
  for (let row = 0; row < x.rows; row++)
    for (let column = 0; column < 3; column++)
      shapley(ensemble, x, row, column).forEach((want, k) => {
        expect(values[(row * outputs + k) * 3 + column]).toBeCloseTo(want, 12);
      });
});

test("a model without the rows of its nodes is told that it lacks them", async () => {
  const builder = ensembleBuilder(1);
  builder.root();
  await expect(shapValues(modelOf(builder.build()), matrixOf([[1]]))).rejects.toThrow(/no "trees.covers"/);
  await expect(shapValues({ parameters: {}, state: {} }, matrixOf([[1]]))).rejects.toThrow(/only fits of trees/);
});
