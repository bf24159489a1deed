// Counts and distinct elements, against values worked out by hand by NumPy's rules (histogram, unique, searchsorted).
import {
  binCount,
  compile,
  histogram,
  openDevice,
  searchSorted,
  setDefaultDevice,
  type Tensor,
  tensor,
  unique,
} from "@millrace/core";
import { afterAll, beforeAll, expect, test } from "vitest";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { threads: 1 })));
afterAll(() => setDefaultDevice(undefined));

const nan = Number.NaN;

test("searchSorted stands before or behind equals, for values of any shape", async () => {
  const sorted = tensor([1, 3, 3, 5]);
  const values = tensor([
    [0, 3],
    [9, nan],
  ]);
  expect(await searchSorted(sorted, values).toArray()).toEqual([
    [0, 1],
    [4, 4],
  ]);
  expect(await searchSorted(sorted, values, { right: true }).toArray()).toEqual([
    [0, 3],
    [4, 4],
  ]);
  const rows = tensor([
    [1, 2],
    [10, 20],
  ]);
  expect(await searchSorted(rows, tensor([[2], [2]])).toArray()).toEqual([[1], [0]]);
});

test("a histogram's bins hold their lower edge, the last its upper too; what lies outside is left out", async () => {
  const x = tensor([1, 2, 2, 4, 0.5, 4.5, nan, Number.NEGATIVE_INFINITY]);
  expect(await histogram(x, { bins: 3, range: [1, 4] }).toArray()).toEqual([1, 2, 1]);
  expect(await histogram(x, tensor([0, 2, 3, 10])).toArray()).toEqual([2, 2, 2]);
});

test("without a range the bins reach from the smallest to the largest element", async () => {
  expect(
    await histogram(
      tensor([
        [0, 1],
        [2, 10],
      ]),
      { bins: 5 },
    ).toArray(),
  ).toEqual([2, 1, 0, 0, 1]);
  expect(await histogram(tensor([7, 7]), { bins: 2 }).toArray()).toEqual([0, 2]);
  const many = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i) / 3);
  const counts = await histogram(tensor(many), { bins: 7 }).data();
  expect([...counts].reduce((sum, count) => sum + count, 0)).toBe(5000);
});

test("binCount counts rows apart and leaves out what has no bin", async () => {
  expect(await binCount(tensor(Int32Array.of(0, 2, 2, 1, 5, -1), [2, 3]), 3).toArray()).toEqual([
    [1, 0, 2],
    [0, 1, 0],
  ]);
});

test("unique gives values in order, where each element stands, and counts; NaN is one value", async () => {
  const x = tensor([
    [3, nan, 1],
    [3, 1, nan],
  ]);
  const { values, inverse, counts } = await unique(x);
  expect(await values.toArray()).toEqual([1, 3, nan]);
  expect(await inverse.toArray()).toEqual([
    [1, 2, 0],
    [1, 0, 2],
  ]);
  expect(await counts.toArray()).toEqual([2, 2, 2]);
  const empty = await unique(tensor(new Int32Array(0)));
  expect([empty.values.shape, empty.values.dtype, empty.counts.shape]).toEqual([[0], "i32", [0]]);
});

test("mistakes are told", async () => {
  expect(() => histogram(tensor([1]), { bins: 0 })).toThrow(/at least 1, but is 0/);
  expect(() => histogram(tensor([1]), { bins: 2, range: [3, 3] })).toThrow(/3 to 3/);
  expect(() => histogram(tensor([1]), tensor([1]))).toThrow(/at least one bin.*\[1\]/);
  expect(() => searchSorted(tensor([1]), tensor(Int32Array.of(1)))).toThrow(/one dtype/);
  expect(() => binCount(tensor([1]), 2)).toThrow(/to\("i32"\)/);
  await expect(unique(tensor([true]))).rejects.toThrow(/to\("i32"\)/);
  let inside: Promise<unknown> = Promise.resolve();
  const f = compile((x: Tensor) => {
    inside = unique(x);
    inside.catch(() => {});
    return x.add(1);
  });
  await f(tensor([1]));
  await expect(inside).rejects.toThrow(/traced function/);
});
