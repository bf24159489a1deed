// Ensembles as people write them, walked by hand and on devices.
import { openDevice, tensor } from "@millrace/core";
import { expect, test } from "vitest";
import {
  ensembleBuilder,
  ensembleParameters,
  ensembleState,
  predictTrees,
  type TreeEnsemble,
} from "../../../../core/model/tree/ensemble.ts";

/** Of the playing-tennis kind: a threshold, a split by categories, and missing values that go either way. */
const example = (): TreeEnsemble => {
  const trees = ensembleBuilder(1);
  const root = trees.root();
  const warm = trees.split(root, { column: 0, threshold: 20, missingLeft: true });
  trees.setValue(warm + 1, 0, 5);
  const outlook = trees.split(warm, { column: 1, categories: [1, 40], missingLeft: false });
  trees.setValue(outlook, 0, 1);
  trees.setValue(outlook + 1, 0, 2);
  const second = trees.split(trees.root(), { column: 0, threshold: 0, missingLeft: false });
  trees.setValue(second, 0, 10);
  trees.setValue(second + 1, 0, 20);
  return trees.build();
};

const rows = [
  [20, 1],
  [20, 40],
  [20, 2],
  [20, 41],
  [20.5, 1],
  [-1, -1],
  [Number.NaN, 1],
  [Number.NaN, Number.NaN],
  [0, 1e9],
];
const answers = [21, 21, 22, 22, 25, 12, 21, 22, 12];

test.each([
  { name: "reference", open: () => openDevice("reference") },
  { name: "wasm strict", open: () => openDevice("wasm", { deterministic: true, threads: 1 }) },
  { name: "wasm, two threads", open: () => openDevice("wasm", { threads: 2 }) },
  { name: "webgpu", open: () => openDevice("webgpu", { software: true }) },
])("rows reach the leaves that reading the trees says, on $name", async ({ open }) => {
  using device = await open();
  const ensemble = example();
  expect(ensemble.depth).toBe(2);
  const parameters = Object.fromEntries(
    Object.entries(ensembleParameters(ensemble)).map(([name, { shape, data }]) => [name, tensor(data, shape)]),
  );
  const sums = predictTrees(tensor(rows), parameters, ensembleState(ensemble));
  expect(sums.shape).toEqual([rows.length, 1]);
  expect([...(await sums.data(device))]).toEqual(answers);
});

test("trees of several groups answer for one output each", async () => {
  const trees = ensembleBuilder(1, 2);
  for (const value of [1, 10, 100, 1000]) trees.setValue(trees.root(), 0, value);
  const ensemble = trees.build();
  const parameters = Object.fromEntries(
    Object.entries(ensembleParameters(ensemble)).map(([name, { shape, data }]) => [name, tensor(data, shape)]),
  );
  expect(await predictTrees(tensor([[0]]), parameters, ensembleState(ensemble)).toArray()).toEqual([[101, 1010]]);
});

test("an ensemble that lacks a tensor, or whose tables do not fit, is told so", () => {
  const parameters = Object.fromEntries(
    Object.entries(ensembleParameters(example())).map(([name, { shape, data }]) => [name, tensor(data, shape)]),
  );
  const { "trees.roots": roots, ...without } = parameters;
  expect(() => predictTrees(tensor(rows), without, { depth: 1, groups: 1 })).toThrow(/lacks its tensor "trees.roots"/);
  expect(() => predictTrees(tensor(rows), parameters, {})).toThrow(/lacks its depth/);
  expect(() => predictTrees(tensor([1, 2]), parameters, { depth: 1, groups: 1 })).toThrow(
    /treePredict takes f32\[2, 0\].* but got f32\[2\]/,
  );
  expect(() =>
    predictTrees(tensor(rows), { ...parameters, "trees.thresholds": tensor([1]) }, { depth: 1, groups: 1 }),
  ).toThrow(/takes .* f32\[8\] .*but got .* f32\[1\] /);
  expect(() => predictTrees(tensor(rows), parameters, { depth: -1, groups: 1 })).toThrow(/depth is at least 0/);
  roots?.dispose();
});
