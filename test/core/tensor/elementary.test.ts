// Elementary functions on WASM, against JavaScript's own in float64 and published values.
import {
  acos,
  acosh,
  asin,
  asinh,
  atan2,
  atanh,
  bitAnd,
  bitNot,
  bitOr,
  bitXor,
  cosh,
  erf,
  gelu,
  grad,
  openDevice,
  setDefaultDevice,
  shiftLeft,
  shiftRight,
  sinh,
  type Tensor,
  tan,
  tensor,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generator } from "../../kernels/contract-runner.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { threads: 1, deterministic: true })));
afterAll(() => setDefaultDevice(undefined));

const ulpsApart = (got: number, want: number): number =>
  Math.abs(got - want) / 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(want)))) - 23);

describe("a composed function keeps the accuracy that it states", () => {
  test.each([
    { name: "tan", fn: tan, reference: Math.tan, low: -1, high: 1, bound: 4 },
    { name: "asin", fn: asin, reference: Math.asin, low: -1, high: 1, bound: 6 },
    { name: "acos", fn: acos, reference: Math.acos, low: -1, high: 1, bound: 6 },
    { name: "sinh", fn: sinh, reference: Math.sinh, low: -2, high: 2, bound: 5 },
    { name: "sinh", fn: sinh, reference: Math.sinh, low: -88, high: 88, bound: 5 },
    { name: "cosh", fn: cosh, reference: Math.cosh, low: -88, high: 88, bound: 4 },
    { name: "asinh", fn: asinh, reference: Math.asinh, low: -3, high: 3, bound: 8 },
    { name: "asinh", fn: asinh, reference: Math.asinh, low: -1e-10, high: 1e-10, bound: 8 },
    { name: "asinh", fn: asinh, reference: Math.asinh, low: -3e38, high: 3e38, bound: 8 },
    { name: "acosh", fn: acosh, reference: Math.acosh, low: 1, high: 1.01, bound: 8 },
    { name: "acosh", fn: acosh, reference: Math.acosh, low: 1, high: 1e30, bound: 8 },
    { name: "atanh", fn: atanh, reference: Math.atanh, low: -0.999, high: 0.999, bound: 5 },
    { name: "atanh", fn: atanh, reference: Math.atanh, low: -1e-6, high: 1e-6, bound: 5 },
  ])("$name from $low to $high within $bound ULP", async ({ fn, reference, low, high, bound }) => {
    const random = generator(5);
    const x = Float32Array.from({ length: 20_000 }, () => low + (high - low) * random());
    const got = await fn(tensor(x)).data();
    const worst = [...got].reduce((most, y, i) => {
      const want = reference(x[i] ?? Number.NaN);
      return want === 0 ? most : Math.max(most, ulpsApart(y, want));
    }, 0);
    expect(worst).toBeLessThanOrEqual(bound);
  });
});

test("the error function has the values of Abramowitz and Stegun's table 7.1, within 7 ULP", async () => {
  const rows: readonly (readonly [number, number])[] = [
    [0.02, 0.022564574691845],
    [0.1, 0.112462916018285],
    [0.5, 0.520499877813047],
    [1, 0.842700792949715],
    [1.5, 0.966105146475311],
    [2, 0.995322265018953],
    [3, 0.999977909503001],
  ];
  const got = await erf(tensor(rows.map(([x]) => x))).data();
  rows.forEach(([, want], i) => {
    expect(ulpsApart(got[i] ?? Number.NaN, want)).toBeLessThanOrEqual(7);
  });
});

test("gelu has the values of PyTorch's", async () => {
  const got = await gelu(tensor([-3, -1, 0, 1, 3])).data();
  [-0.0040496940948, -0.158655253931, 0, 0.841344746069, 2.99595030591].forEach((want, i) => {
    expect(Math.abs((got[i] ?? Number.NaN) - want)).toBeLessThan(4e-7);
  });
});

test("functions end where they must", async () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  const of = async (fn: (x: Tensor) => Tensor, values: number[]): Promise<number[]> => [
    ...(await fn(tensor(values)).data()),
  ];
  expect(await of(asin, [2, -1.5, nan])).toEqual([nan, nan, nan]);
  expect(await of(acosh, [1, 0.5, inf])).toEqual([0, nan, inf]);
  expect(await of(atanh, [1, -1, 2, 0])).toEqual([inf, -inf, nan, 0]);
  expect(await of(asinh, [0, inf, -inf, nan])).toEqual([0, inf, -inf, nan]);
  expect(await of(sinh, [0, inf, -inf, nan])).toEqual([0, inf, -inf, nan]);
  expect(await of(cosh, [0, inf, -inf, nan])).toEqual([1, inf, inf, nan]);
});

test("round takes halves to even, remainder has the divisor's sign, xor and isFinite are told", async () => {
  expect(await tensor([0.5, 1.5, 2.5, -1.5]).round().toArray()).toEqual([0, 2, 2, -2]);
  expect(await tensor([1.9, -1.9]).truncate().toArray()).toEqual([1, -1]);
  expect(
    await tensor([7, -7, 7, -7])
      .remainder(tensor([3, 3, -3, -3]))
      .toArray(),
  ).toEqual([1, 2, -2, -1]);
  expect(
    await tensor(Int32Array.of(7, -7, 5))
      .remainder(tensor(Int32Array.of(3, 3, 0)))
      .toArray(),
  ).toEqual([1, 2, 0]);
  expect(
    await tensor([true, true, false])
      .xor(tensor([true, false, false]))
      .toArray(),
  ).toEqual([false, true, false]);
  expect(await tensor([1, Number.NaN, Number.NEGATIVE_INFINITY]).isFinite().toArray()).toEqual([true, false, false]);
});

test("bits of integers", async () => {
  const x = tensor(Int32Array.of(12, -8));
  const y = tensor(Int32Array.of(10, 1));
  expect(await bitAnd(x, y).toArray()).toEqual([8, 0]);
  expect(await bitOr(x, y).toArray()).toEqual([14, -7]);
  expect(await bitXor(x, y).toArray()).toEqual([6, -7]);
  expect(await bitNot(x).toArray()).toEqual([-13, 7]);
  expect(await shiftLeft(x, tensor(Int32Array.of(2, 33))).toArray()).toEqual([48, -16]);
  expect(await shiftRight(x, tensor(Int32Array.of(2, 1))).toArray()).toEqual([3, -4]);
  expect(await shiftRight(tensor(Uint32Array.of(0x80000000)), tensor(Uint32Array.of(31))).toArray()).toEqual([1]);
  expect(() => bitAnd(tensor([1]), tensor([2]))).toThrow(/i32 or u32/);
});

test("derivatives of compositions are theirs, also at zero", async () => {
  const at = async (fn: (x: Tensor) => Tensor, x: number): Promise<number> => grad(fn)(tensor(x)).item();
  for (const [fn, x, want] of [
    [sinh, 0, 1],
    [asinh, 0, 1],
    [asinh, 2, 1 / Math.sqrt(5)],
    [atanh, 0.5, 4 / 3],
    [tan, 0.5, 1 / Math.cos(0.5) ** 2],
    [asin, 0.5, 1 / Math.sqrt(0.75)],
    [acos, 0.5, -1 / Math.sqrt(0.75)],
    [acosh, 2, 1 / Math.sqrt(3)],
    [gelu, 0, 0.5],
    [(y: Tensor) => atan2(y, tensor(2)), 1, 0.4],
  ] as const)
    expect(Math.abs((await at(fn, x)) - want)).toBeLessThan(2e-6);
});
