// Permutation importance of predictors whose answer is known.
import { expect, test } from "vitest";
import { permutationImportance } from "../../../core/validate/permutation-importance.ts";

const rows = 2000;
const data = Float32Array.from({ length: 3 * rows }, (_, i) => Math.sin(i * i));
const x = { rows, columns: 3, data };
/** Twice the first column less the third; the second plays no part. */
const predict = (values: Float32Array): number[] =>
  Array.from({ length: rows }, (_, row) => 2 * (values[3 * row] ?? 0) - (values[3 * row + 2] ?? 0));
const target = predict(data);
const score = ({ data: own }: { data: Float32Array }): number =>
  -predict(own).reduce((sum, value, row) => sum + (value - (target[row] ?? 0)) ** 2, 0) / rows;

const variance = (column: number): number => {
  const own = Array.from({ length: rows }, (_, row) => data[3 * row + column] ?? 0);
  const mean = own.reduce((sum, value) => sum + value, 0) / rows;
  return own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows;
};

test("a shuffled column of a linear predictor costs twice its variance times its squared coefficient", async () => {
  const importances = await permutationImportance({ x, score, seed: 5, repeats: 20 });
  expect(importances).toHaveLength(3);
  expect(importances[0]?.mean).toBeCloseTo(2 * 4 * variance(0), 0);
  expect(Math.abs((importances[0]?.mean ?? 0) / (8 * variance(0)) - 1)).toBeLessThan(0.03);
  expect(Math.abs((importances[2]?.mean ?? 0) / (2 * variance(2)) - 1)).toBeLessThan(0.03);
  expect(importances[1]).toEqual({ mean: 0, deviation: 0, losses: new Array(20).fill(0) });
  expect(importances[0]?.deviation).toBeGreaterThan(0);
});

test("equal seeds give equal shuffles, and the rows are left as they were", async () => {
  const before = data.slice();
  const one = await permutationImportance({ x, score, seed: 1 });
  expect(await permutationImportance({ x, score: async (own) => score(own), seed: 1 })).toEqual(one);
  expect(await permutationImportance({ x, score, seed: 2 })).not.toEqual(one);
  expect(data).toEqual(before);
});

test("wrong repeats and scores are told", async () => {
  await expect(permutationImportance({ x, score, seed: 1, repeats: 0 })).rejects.toThrow(/repeats is a whole number/);
  await expect(permutationImportance({ x, score: () => Number.NaN, seed: 1 })).rejects.toThrow(
    /a score is finite, but got NaN/,
  );
});

test("an aborted signal stops it", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(permutationImportance({ x, score, seed: 1, signal })).rejects.toThrow("enough");
});
