// What is measured: the check that keeps wrong answers from being timed, and how speeds are counted.
import { describe, expect, test } from "vitest";
import { median, spreadOf } from "../../benchmarks/measure.ts";
import { roofOf, speedOf } from "../../benchmarks/row.ts";
import { suites } from "../../benchmarks/suites/index.ts";
import { expectationOf, findWrongResult } from "../../benchmarks/workloads/check.ts";
import { taskOf, type Workload } from "../../benchmarks/workloads/index.ts";
import type { Input, Measure } from "../../benchmarks/workloads/task.ts";

const inputsOf = (workload: Workload): readonly Input[] => taskOf(workload).inputs();
const measureOf = (workload: Workload): Measure => taskOf(workload).measure;
const wrongIn = (workload: Workload, output: ArrayLike<number>): string | undefined =>
  findWrongResult(expectationOf(taskOf(workload)), output);

const product: Workload = { kind: "matmul", batch: 1, m: 3, k: 4, n: 5 };

/** The textbook's product of two row-major matrices. */
const multiply = (x: Float32Array, y: Float32Array, m: number, k: number, n: number): Float32Array =>
  Float32Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += (x[Math.floor(at / n) * k + i] ?? 0) * (y[i * n + (at % n)] ?? 0);
    return sum;
  });

const dataOf = (workload: Workload): Float32Array[] => inputsOf(workload).map((input) => input.data);

describe("a result", () => {
  test("that is right passes", () => {
    const [x = new Float32Array(), y = new Float32Array()] = dataOf(product);
    expect(wrongIn(product, multiply(x, y, 3, 4, 5))).toBeUndefined();
  });

  test("with one wrong element does not", () => {
    const [x = new Float32Array(), y = new Float32Array()] = dataOf(product);
    const wrong = multiply(x, y, 3, 4, 5);
    wrong[7] = (wrong[7] ?? 0) + 0.01;
    expect(wrongIn(product, wrong)).toMatch(/element 7 is/);
  });

  test("of the wrong size, of zeros or of NaN does not", () => {
    expect(wrongIn(product, new Float32Array(14))).toMatch(/14 elements where 15/);
    expect(wrongIn(product, new Float32Array(15))).toMatch(/element 0/);
    expect(wrongIn(product, new Float32Array(15).fill(Number.NaN))).toMatch(/NaN/);
  });

  test("of softmax sums to one over each row", () => {
    const softmax: Workload = { kind: "softmax", rows: 2, columns: 3 };
    const [x = new Float32Array()] = dataOf(softmax);
    const rows = [x.slice(0, 3), x.slice(3)].map((row) => {
      const sum = row.reduce((total, value) => total + Math.exp(value), 0);
      return Array.from(row, (value) => Math.exp(value) / sum);
    });
    expect(wrongIn(softmax, rows.flat())).toBeUndefined();
    expect(wrongIn(softmax, rows.flat().reverse())).toMatch(/element/);
  });

  test("of a chain of small products is that of repeated products", () => {
    const chain: Workload = { kind: "small-matmuls", steps: 3 };
    const [x = new Float32Array(), y = new Float32Array()] = dataOf(chain);
    const result = [1, 2, 3].reduce((value) => multiply(value, y, 16, 16, 16), x);
    expect(wrongIn(chain, result)).toBeUndefined();
  });
});

describe("work by rows", () => {
  const rows = { rows: 2, columns: 5 };
  const [x = new Float32Array()] = dataOf({ kind: "sort", ...rows });

  test("is due in each row's own order", () => {
    const sorted = [...x.slice(0, 5).sort(), ...x.slice(5).sort()];
    expect(wrongIn({ kind: "sort", ...rows }, sorted)).toBeUndefined();
    const largest = [sorted[4], sorted[3], sorted[9], sorted[8]].map(Number);
    const topK: Workload = { kind: "top-k", ...rows, k: 2 };
    expect(wrongIn(topK, largest)).toBeUndefined();
    expect(wrongIn(topK, largest.toReversed())).toMatch(/element 0/);
    const places = [x.indexOf(Number(sorted[4])), x.indexOf(Number(sorted[9])) - 5];
    const argmax: Workload = { kind: "argmax", ...rows };
    expect(wrongIn(argmax, places)).toBeUndefined();
  });

  test("starts its running sums anew", () => {
    const scan: Workload = { kind: "scan", ...rows };
    let sum = 0;
    const sums = Array.from(x, (value, i) => {
      sum = i % 5 === 0 ? value : sum + value;
      return sum;
    });
    expect(wrongIn(scan, sums)).toBeUndefined();
    expect(wrongIn(scan, [...sums.slice(0, 5), 9, ...sums.slice(6)])).toMatch(/element 5/);
  });

  test("has mean 0 and variance 1 after layer norm, then scale and shift", () => {
    const norm: Workload = { kind: "layer-norm", ...rows };
    const [from = x, scale = x, shift = x] = dataOf(norm);
    const result = [0, 5].flatMap((start) => {
      const row = from.slice(start, start + 5);
      const mean = (row[0] ?? 0) / 5 + (row[1] ?? 0) / 5 + (row[2] ?? 0) / 5 + (row[3] ?? 0) / 5 + (row[4] ?? 0) / 5;
      let variance = 1e-5;
      for (const value of row) variance += (value - mean) ** 2 / 5;
      return Array.from(row, (value, i) => ((value - mean) / Math.sqrt(variance)) * (scale[i] ?? 0) + (shift[i] ?? 0));
    });
    expect(wrongIn(norm, result)).toBeUndefined();
    expect(wrongIn(norm, Array.from(from))).toMatch(/element/);
  });
});

test("random numbers are held to their mean, variance and range", () => {
  const uniform: Workload = { kind: "random", distribution: "uniform", size: 10_000 };
  const numbers = Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 10_000) / 10_000);
  expect(wrongIn(uniform, numbers)).toBeUndefined();
  expect(wrongIn(uniform, numbers.with(77, 1))).toMatch(/are outside/);
  expect(
    wrongIn(
      uniform,
      numbers.map((value) => value / 2),
    ),
  ).toMatch(/mean/);
  expect(wrongIn({ ...uniform, distribution: "normal" }, numbers)).toMatch(/mean/);
});

test("erf is due by published values", () => {
  const task = taskOf({ kind: "function", function: "erf", size: 4 });
  const expected = task.expected([{ shape: [4], data: Float32Array.of(0.5, 2, -3.5, 6) }]);
  // Abramowitz and Stegun, table 7.1; erfc 3.5 = 7.4310e-7.
  [0.5204998778, 0.995322265, -1 + 7.431e-7, 1].forEach((value, i) => {
    expect(expected(i)).toBeCloseTo(value, 9);
  });
});

test("inputs are the same each time, so that every participant gets the same", () => {
  expect(inputsOf(product)).toEqual(inputsOf(product));
  const [input] = inputsOf({ kind: "function", function: "log", size: 1000 });
  expect(Math.min(...(input?.data ?? []))).toBeGreaterThan(0);
});

describe("speeds", () => {
  test("of a product count two operations for each multiply-add", () => {
    // 2 * 1000^3 operations in a tenth of a second are 20 GFLOP/s.
    const measure = measureOf({ kind: "matmul", batch: 1, m: 1000, k: 1000, n: 1000 });
    expect(speedOf([0.1, 0.1, 0.4], measure)).toEqual({ value: 20, spread: expect.any(Number) });
    expect(measure.unit).toBe("GFLOP/s");
  });

  test("of a function are in elements, and so is its copy roof, of 8 bytes each", () => {
    const measure = measureOf({ kind: "function", function: "exp", size: 1000 });
    expect(measure.unit).toBe("Gelem/s");
    // 16 GB in a second copied: 2 G elements read and written.
    expect(roofOf([1], 16e9, measure)).toBe(2);
  });

  test("of a matrix with one row are bytes, since memory is its limit", () => {
    expect(measureOf({ kind: "matmul", batch: 1, m: 1, k: 4096, n: 4096 })).toMatchObject({
      unit: "GB/s",
      roof: "read",
      amount: 4 * (4096 + 4096 * 4096 + 4096),
    });
  });

  test("are medians, with half the distance between the quartiles as their spread", () => {
    expect(median([5, 1, 100])).toBe(5);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(spreadOf([8, 9, 10, 11, 12])).toBeCloseTo(0.1);
  });
});

test("no two cases of a suite have one name, so that --case and comparisons can tell them apart", () => {
  for (const suite of suites) {
    const names = suite.cases.map((one) => one.name);
    expect(new Set(names).size).toBe(names.length);
  }
});
