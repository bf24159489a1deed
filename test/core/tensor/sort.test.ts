// Order along an axis, against values worked out by hand and NumPy's rules.
import {
  argSort,
  openDevice,
  scatterAddAlongAxis,
  scatterMax,
  scatterMin,
  scatterSet,
  setDefaultDevice,
  sort,
  takeAlongAxis,
  tensor,
  topK,
} from "@millrace/core";
import { afterAll, beforeAll, expect, test } from "vitest";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { threads: 1 })));
afterAll(() => setDefaultDevice(undefined));

const nan = Number.NaN;
const x = tensor([
  [3, 1, 2],
  [0, 5, 4],
]);

test("sort orders the last axis, or the one that is named, from either end", async () => {
  expect(await sort(x).toArray()).toEqual([
    [1, 2, 3],
    [0, 4, 5],
  ]);
  expect(await sort(x, { axis: 0, descending: true }).toArray()).toEqual([
    [3, 5, 4],
    [0, 1, 2],
  ]);
});

test("NaN is last in both orders, infinities and signed zeros stand where they belong", async () => {
  const y = tensor([nan, 1, Number.NEGATIVE_INFINITY, 0, -0, nan, Number.POSITIVE_INFINITY, -1]);
  const { NEGATIVE_INFINITY: low, POSITIVE_INFINITY: high } = Number;
  expect(await sort(y).toArray()).toEqual([low, -1, 0, -0, 1, high, nan, nan]);
  expect(await argSort(y).toArray()).toEqual([2, 7, 3, 4, 1, 6, 0, 5]);
  expect(await argSort(y, { descending: true }).toArray()).toEqual([6, 1, 3, 4, 7, 2, 0, 5]);
});

test("equal elements keep their order, also when it is descending", async () => {
  const y = tensor(Int32Array.of(2, 1, 2, 1, 2));
  expect(await argSort(y).toArray()).toEqual([1, 3, 0, 2, 4]);
  expect(await argSort(y, { descending: true }).toArray()).toEqual([0, 2, 4, 1, 3]);
});

test("topK gives values and their places", async () => {
  const { values, indices } = topK(x, 2);
  expect(await values.toArray()).toEqual([
    [3, 2],
    [5, 4],
  ]);
  expect(await indices.toArray()).toEqual([
    [0, 2],
    [1, 2],
  ]);
  expect(await topK(x, 1, { axis: 0, smallest: true }).values.toArray()).toEqual([[0, 1, 2]]);
});

test("takeAlongAxis undoes an argSort into a sort, along any axis", async () => {
  for (const axis of [0, 1])
    expect(await takeAlongAxis(x, argSort(x, { axis }), axis).toArray()).toEqual(await sort(x, { axis }).toArray());
});

test("scatterAddAlongAxis adds at each index and leaves out those out of range", async () => {
  const indices = tensor(Int32Array.of(1, 1, 7, 0, -1, 2), [2, 3]);
  expect(await scatterAddAlongAxis(indices, x, 3).toArray()).toEqual([
    [0, 4, 0],
    [0, 0, 4],
  ]);
});

test("scatterSet keeps the last write, scatterMax and scatterMin the extremes, and others stay", async () => {
  const indices = tensor(Int32Array.of(1, 1, 7, -1));
  const updates = tensor([
    [9, 0],
    [3, 4],
    [8, 8],
    [8, 8],
  ]);
  const base = tensor([
    [1, 2],
    [5, 2],
  ]);
  expect(await scatterSet(base, indices, updates).toArray()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(await scatterMax(base, indices, updates).toArray()).toEqual([
    [1, 2],
    [9, 4],
  ]);
  expect(await scatterMin(base, indices, updates).toArray()).toEqual([
    [1, 2],
    [3, 0],
  ]);
  expect(() => scatterSet(base, indices, tensor([1, 2, 3, 4]))).toThrow(
    /updates f32\[4\].*then those of a row of f32\[2, 2\]/,
  );
  expect(() => scatterSet(base, indices, updates.to("i32"))).toThrow(/one dtype/);
});

test("mistakes are told", () => {
  expect(() => sort(tensor(1))).toThrow(/no axis -1/);
  expect(() => sort(tensor([true]))).toThrow(/convert with \.to\("i32"\)/);
  expect(() => topK(x, 4)).toThrow(/between 0 and 3.*is 4/);
  expect(() => takeAlongAxis(x, tensor(Int32Array.of(0)))).toThrow(/as many axes/);
  expect(() => takeAlongAxis(x, tensor(Int32Array.of(0, 1, 1), [3, 1]))).toThrow(/agree in all axes but the last/);
});
