// The vector functions that WASM maps copy: their error against float64, and the values that polynomials miss.
import type { TensorType } from "@millrace/kernels";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWasmDevice, type WasmDevice } from "../../core/device/wasm/index.ts";
import { constant } from "../../core/graph/build.ts";
import { applyOp, inputValue } from "../../core/graph/node.ts";
import { makePlan } from "../../core/plan/make-plan.ts";
import { scalarReference } from "../../kernels/map/scalar.reference.ts";
import { generator } from "./contract-runner.ts";

const apply = async (device: WasmDevice, name: string, ...columns: readonly Float32Array[]): Promise<number[]> => {
  const type: TensorType = { dtype: "f32", shape: [columns[0]?.length ?? 0] };
  const args = columns.map(() => inputValue(type));
  using executable = await device.prepare(makePlan(args, applyOp(name, args, {})));
  const buffers = [...columns, undefined].map(() => device.allocate(type));
  columns.forEach((column, i) => {
    const buffer = buffers[i];
    if (buffer) device.write(buffer, type, column);
  });
  await executable.run(buffers);
  const last = buffers[columns.length];
  const result = last ? Array.from(await device.read(last, type)) : [];
  for (const buffer of buffers) device.release(buffer);
  return result;
};

/** Distance in units in the last place of the f32 nearest to `want`. */
const ulpsApart = (got: number, want: number): number => {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(Math.fround(want)))));
  return Math.abs(got - want) / 2 ** (exponent - 23);
};

const samples = (low: number, high: number, seed: number): Float32Array => {
  const random = generator(seed);
  return Float32Array.from({ length: 100_001 }, () => low + (high - low) * random());
};

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe.each([
  { build: "strict", deterministic: true },
  { build: "relaxed", deterministic: false },
])("$build build", ({ deterministic }) => {
  let device: WasmDevice;
  beforeAll(async () => {
    device = await openWasmDevice({ threads: 1, deterministic });
  });
  afterAll(() => device[Symbol.dispose]());

  test.each([
    { name: "exp", reference: Math.exp, low: -87.3, high: 88.7, bound: 2 },
    { name: "log", reference: Math.log, low: 1e-3, high: 10, bound: 1 },
    { name: "log", reference: Math.log, low: 1e-44, high: 1e-38, bound: 1 },
    { name: "log", reference: Math.log, low: 1e30, high: 3.4e38, bound: 1 },
    { name: "tanh", reference: Math.tanh, low: -9, high: 9, bound: 6 },
    {
      name: "erf",
      reference: (x: number) => scalarReference("erf")(x, 0, 0),
      low: -4.2,
      high: 4.2,
      bound: deterministic ? 7 : 6,
    },
    { name: "expm1", reference: Math.expm1, low: -1, high: 1, bound: 3 },
    { name: "expm1", reference: Math.expm1, low: -1e-30, high: 1e-30, bound: 1 },
    { name: "expm1", reference: Math.expm1, low: -90, high: 88.7, bound: 3 },
    { name: "log1p", reference: Math.log1p, low: -0.99, high: 2, bound: 3 },
    { name: "log1p", reference: Math.log1p, low: -1e-6, high: 1e-6, bound: 1 },
    { name: "log1p", reference: Math.log1p, low: 2, high: 3.4e38, bound: 3 },
    { name: "atan", reference: Math.atan, low: -4, high: 4, bound: 3 },
    { name: "atan", reference: Math.atan, low: -1e6, high: 1e6, bound: 3 },
    { name: "sigmoid", reference: (x: number) => 1 / (1 + Math.exp(-x)), low: -80, high: 80, bound: 4 },
  ])("$name stays within $bound ULP from $low to $high", async ({ name, reference, low, high, bound }) => {
    const x = samples(low, high, 7);
    const got = await apply(device, name, x);
    const worst = got.reduce((most, y, i) => Math.max(most, ulpsApart(y, reference(x[i] ?? nan))), 0);
    expect(worst).toBeLessThanOrEqual(bound);
  });

  test.each([
    { name: "sin", reference: Math.sin },
    { name: "cos", reference: Math.cos },
  ])(
    "$name is right to 2e-7 near zero, past 8192 where the reduction changes, and at 1e38",
    async ({ name, reference }) => {
      for (const [low, high] of [
        [-8, 8],
        [-9000, 9000],
        [1e6, 1e9],
        [-3.4e38, 3.4e38],
      ]) {
        const x = samples(low ?? 0, high ?? 0, 11);
        const got = await apply(device, name, x);
        const worst = got.reduce((most, y, i) => Math.max(most, Math.abs(y - reference(x[i] ?? nan))), 0);
        expect(worst).toBeLessThanOrEqual(2e-7);
      }
    },
  );

  test("power is within 1 ULP of ** over its whole range", async () => {
    const x = samples(-12, 12, 3).map((value) => 10 ** value);
    const y = samples(-3, 3, 5);
    const got = await apply(device, "power", x, y);
    const worst = got.reduce((most, z, i) => Math.max(most, ulpsApart(z, (x[i] ?? nan) ** (y[i] ?? nan))), 0);
    expect(worst).toBeLessThanOrEqual(1);
  });

  test.each([
    { name: "exp", x: [0, -0, inf, -inf, nan, 89, -104, 88.72283], want: [1, 1, inf, 0, nan, inf, 0, 3.4028e38] },
    { name: "log", x: [0, -0, inf, -inf, nan, 1, -1, -1e-40], want: [-inf, -inf, inf, nan, nan, 0, nan, nan] },
    { name: "tanh", x: [0, -0, inf, -inf, nan, 20, -20, 1e-20], want: [0, -0, 1, -1, nan, 1, -1, 1e-20] },
    { name: "sigmoid", x: [0, inf, -inf, nan, 100, -100], want: [0.5, 1, 0, nan, 1, 3.7e-44] },
    { name: "sin", x: [0, inf, -inf, nan], want: [0, nan, nan, nan] },
    { name: "cos", x: [0, inf, -inf, nan], want: [1, nan, nan, nan] },
    {
      name: "erf",
      x: [0, -0, inf, -inf, nan, 0.5, -1, 2, 1e-20],
      want: [0, -0, 1, -1, nan, 0.5204998778, -0.8427007929, 0.995322265, 1.1283791671e-20],
    },
    { name: "expm1", x: [0, -0, inf, -inf, nan, 88.72283, 89, -30], want: [0, -0, inf, -1, nan, 3.4028e38, inf, -1] },
    { name: "log1p", x: [0, inf, -1, nan, -2], want: [0, inf, -inf, nan, nan] },
    { name: "atan", x: [0, -0, inf, -inf, nan, 1], want: [0, -0, Math.PI / 2, -Math.PI / 2, nan, Math.PI / 4] },
    { name: "round", x: [0.5, 1.5, 2.5, -0.5, -1.5, 1e10, inf, nan], want: [0, 2, 2, -0, -2, 1e10, inf, nan] },
    { name: "sign", x: [0, -0, inf, -inf, nan, 1e-40, -3], want: [0, -0, 1, -1, nan, 1, -1] },
    { name: "relu", x: [-0, inf, -inf, nan, -1e-40, 3], want: [0, inf, 0, nan, 0, 3] },
  ])("$name has its limits at zero, infinity and NaN", async ({ name, x, want }) => {
    const got = await apply(device, name, Float32Array.from(x));
    got.forEach((y, i) => {
      const expected = want[i] ?? nan;
      const label = `${name}(${x[i]})`;
      if (Number.isFinite(expected))
        expect(Math.abs(y - expected), label).toBeLessThanOrEqual(4e-4 * Math.abs(expected) + 1e-37);
      else expect(y, label).toBe(expected);
    });
  });

  test.each([
    { name: "maximum", reference: Math.max },
    { name: "minimum", reference: Math.min },
  ])("$name follows Math for zeros of both signs and NaN, of two tensors and beside a number", async (row) => {
    const values = [0, -0, 1, -1, 2.5, inf, -inf, nan];
    const x = Float32Array.from(values.flatMap((value) => values.map(() => value)));
    const y = Float32Array.from(values.flatMap(() => values));
    // toBe tells -0 from 0.
    (await apply(device, row.name, x, y)).forEach((z, i) => {
      expect(z, `${x[i]}, ${y[i]}`).toBe(row.reference(x[i] ?? nan, y[i] ?? nan));
    });
    for (const number of values) {
      const type: TensorType = { dtype: "f32", shape: [values.length] };
      const input = inputValue(type);
      for (const args of [
        [input, constant(number)],
        [constant(number), input],
      ]) {
        using executable = await device.prepare(makePlan([input], applyOp(row.name, args, {})));
        const buffers = [device.allocate(type), device.allocate(type)] as const;
        device.write(buffers[0], type, Float32Array.from(values));
        await executable.run(buffers);
        (await device.read(buffers[1], type)).forEach((z, i) => {
          expect(z, `${values[i]}, ${number}`).toBe(row.reference(values[i] ?? nan, number));
        });
        for (const buffer of buffers) device.release(buffer);
      }
    }
  });

  test("power follows ** for zeros, infinities, NaN and negative bases", async () => {
    const values = [0, -0, 1, -1, 2, -2, 0.5, 3, -3, inf, -inf, nan];
    const x = Float32Array.from(values.flatMap((value) => values.map(() => value)));
    const y = Float32Array.from(values.flatMap(() => values));
    const got = await apply(device, "power", x, y);
    got.forEach((z, i) => {
      const want = (x[i] ?? nan) ** (y[i] ?? nan);
      const label = `${x[i]} ** ${y[i]}`;
      if (Number.isFinite(want)) expect(ulpsApart(z, want === 0 ? 0 : want), label).toBeLessThanOrEqual(1);
      else expect(z, label).toBe(want);
    });
  });

  test("atan2 and remainder follow Math.atan2 and Python's % for zeros, infinities, NaN and far quotients", async () => {
    const values = [0, -0, 1, -1, 2.5, -0.3, 7, 1e30, -1e-30, 1e-44, inf, -inf, nan];
    const x = Float32Array.from(values.flatMap((value) => values.map(() => value)));
    const y = Float32Array.from(values.flatMap(() => values));
    (await apply(device, "atan2", x, y)).forEach((z, i) => {
      const want = Math.atan2(x[i] ?? nan, y[i] ?? nan);
      const label = `atan2(${x[i]}, ${y[i]})`;
      if (Math.abs(want) > 1e-37) expect(ulpsApart(z, want), label).toBeLessThanOrEqual(4);
      else if (Math.abs(want) > 0) expect(Math.abs(z - want), label).toBeLessThan(2e-38);
      else expect(z, label).toBe(want);
    });
    (await apply(device, "remainder", x, y)).forEach((z, i) => {
      const [a, b] = [x[i] ?? nan, y[i] ?? nan];
      const rest = a % b;
      expect(z, `${a} % ${b}`).toBe(Math.fround(rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest));
    });
  });

  test("maximum and minimum give NaN when either side is NaN", async () => {
    const x = Float32Array.of(nan, 1, nan, -inf, 5);
    const y = Float32Array.of(1, nan, nan, 2, inf);
    expect(await apply(device, "maximum", x, y)).toEqual([nan, nan, nan, 2, inf]);
    expect(await apply(device, "minimum", x, y)).toEqual([nan, nan, nan, -inf, 5]);
  });
});
