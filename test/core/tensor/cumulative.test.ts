// Running reductions, against values worked out by hand and by NumPy's cumsum and cumprod.
import {
  cumulativeMaximum,
  cumulativeMinimum,
  cumulativeProduct,
  cumulativeSum,
  grad,
  openDevice,
  setDefaultDevice,
  type Tensor,
  tensor,
} from "@millrace/core";
import { afterAll, beforeAll, expect, test } from "vitest";

beforeAll(async () => setDefaultDevice(await openDevice("reference")));
afterAll(() => setDefaultDevice(undefined));

const x = tensor([
  [1, -2, 3],
  [-4, 5, -6],
]);

test("sums run along the last axis, or the one that is named", async () => {
  expect(await cumulativeSum(x).toArray()).toEqual([
    [1, -1, 2],
    [-4, 1, -5],
  ]);
  expect(await cumulativeSum(x, { axis: 0 }).toArray()).toEqual([
    [1, -2, 3],
    [-3, 3, -3],
  ]);
});

test("a scan can start at the end and leave its own element out", async () => {
  expect(await cumulativeSum(x, { reverse: true }).toArray()).toEqual([
    [2, 1, 3],
    [-5, -1, -6],
  ]);
  expect(await cumulativeProduct(x, { exclusive: true }).toArray()).toEqual([
    [1, 1, -2],
    [1, -4, -20],
  ]);
});

test("extremes keep NaN from where it came on", async () => {
  const y = tensor([1, 3, Number.NaN, 9, 0]);
  expect(await cumulativeMaximum(y).toArray()).toEqual([1, 3, Number.NaN, Number.NaN, Number.NaN]);
  expect(await cumulativeMinimum(tensor([3, 1, 2])).toArray()).toEqual([3, 1, 1]);
});

test("the gradient of a product is right through its zeros, as PyTorch's", async () => {
  // d/dx of sum(cumprod(x)) at [2, 0, 3, 0, 5], by writing the products out.
  const gradient = grad((y: Tensor) => cumulativeProduct(y).sum())(tensor([2, 0, 3, 0, 5]));
  expect(await gradient.toArray()).toEqual([1, 2 + 6, 0, 0, 0]);
});

test("mistakes are told", () => {
  expect(() => cumulativeSum(x, { axis: 2 })).toThrow(/no axis 2/);
  expect(() => cumulativeSum(tensor([true]))).toThrow(/convert with \.to\("i32"\)/);
});
