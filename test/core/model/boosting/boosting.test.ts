// What boosting promises, on tables made so that the answer is known.
import { type Device, openDevice } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gradientBoostingClassifier, gradientBoostingRegressor } from "../../../../core/model/boosting/index.ts";
import type { FitData, Matrix } from "../../../../core/model/estimator.ts";
import { fitEstimator, matrixOf } from "../../../../core/model/fit-estimator.ts";
import type { TrainingReport } from "../../../../core/model/training.ts";
import { randomStream, shuffle } from "../../../../core/validate/random-stream.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { deterministic: true, threads: 1 });
});
afterAll(() => device[Symbol.dispose]());

const stream = randomStream(5, 0);
const rows = 600;
/** Three columns in [-1, 1], the last with gaps, and one of 30 categories. */
const table = matrixOf(
  Array.from({ length: rows }, () => {
    const draw = (): number => 2 * stream.uniform() - 1;
    return [draw(), draw(), stream.uniform() < 0.3 ? null : draw(), stream.below(30)];
  }),
  { categorical: [3] },
);
const at = (row: number, column: number): number => table.data[row * 4 + column] ?? Number.NaN;
const targetOf = (rule: (row: number) => number): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => rule(i));
const target = targetOf((i) => {
  const third = at(i, 2);
  return Math.sin(3 * at(i, 0)) + at(i, 1) + (Number.isNaN(third) ? 2 : third) + (at(i, 3) % 2) * 3;
});
const meanSquare = (predicted: ArrayLike<number | bigint>, wanted: Float64Array): number =>
  wanted.reduce((sum, value, i) => sum + (Number(predicted[i]) - value) ** 2, 0) / wanted.length;

const permuted = (data: FitData, order: Uint32Array): FitData => {
  const own = new Float32Array(data.x.data.length);
  order.forEach((from, to) => {
    own.set(data.x.data.subarray(from * 4, from * 4 + 4), to * 4);
  });
  const x: Matrix = { ...data.x, data: own };
  return { x, target: Float64Array.from(order, (from) => data.target?.[from] ?? 0) };
};

test.each([
  { name: "reference", open: () => openDevice("reference") },
  { name: "wasm strict", open: () => openDevice("wasm", { deterministic: true, threads: 1 }) },
  { name: "webgpu", open: () => openDevice("webgpu", { software: true }) },
])("rows reach in float32 the leaves that their bins reached in training, on $name", async ({ open }) => {
  using own = await open();
  const reports: TrainingReport[] = [];
  const shared = { baggingFraction: 0.7, featureFraction: 0.8 };
  using _ = await fitEstimator(
    gradientBoostingRegressor({ ...shared, nEstimators: 31 }),
    { x: table, target },
    { device, seed: 3, report: (report) => reports.push(report) },
  );
  using model = await fitEstimator(
    gradientBoostingRegressor({ ...shared, nEstimators: 30 }),
    { x: table, target },
    { device, seed: 3 },
  );
  const { prediction } = await model.predict(table, { device: own });
  // The loss before round 31 is that of 30 rounds; one row in another leaf moves it by more than float32's rounding.
  const loss = reports[30]?.loss ?? Number.NaN;
  expect(meanSquare(prediction ?? [], target) / loss).toBeCloseTo(1, 5);
});

test("trees are the same bits in whatever order rows come", async () => {
  // Quarters, whose sums are exact, so that the first score is the same as well.
  const data = { x: table, target: target.map((value) => Math.round(4 * value) / 4) };
  const order = shuffle(
    Uint32Array.from({ length: rows }, (_, i) => i),
    randomStream(9, 0),
  );
  using one = await fitEstimator(gradientBoostingRegressor(), data, { device });
  using other = await fitEstimator(gradientBoostingRegressor(), permuted(data, order), { device });
  expect(other.parameters).toEqual(one.parameters);
  expect(one.parameters["trees.roots"]?.data.length).toBe(100);
});

test.each([
  { name: "wasm, two threads", open: () => openDevice("wasm", { threads: 2 }) },
  { name: "webgpu", open: () => openDevice("webgpu", { software: true }) },
])("a fit on $name has the bits of the reference", async ({ open }) => {
  using plain = await openDevice("reference");
  using other = await open();
  const options = { nEstimators: 20, baggingFraction: 0.7, featureFraction: 0.6, minDataInLeaf: 3 };
  const codes = Int32Array.from(target, (value) => (value > 2 ? 2 : value > 0 ? 1 : 0));
  const data = { x: table, codes, classCount: 3 };
  using one = await fitEstimator(gradientBoostingClassifier(options), data, { device: plain, seed: 4 });
  using two = await fitEstimator(gradientBoostingClassifier(options), data, { device: other, seed: 4 });
  expect(two.parameters).toEqual(one.parameters);
  expect(one.parameters["trees.roots"]?.data.length).toBe(60);
});

/**
 * More rows than the kernels take at once: 4096 losses, 16,384 rows put to sides, 512 rows summed; and 21 columns, of which
 * five times four and one are summed together, one constant, one with gaps, one of categories.
 */
const large = (() => {
  const count = 40_000;
  const draws = randomStream(8, 0);
  const data = Float32Array.from({ length: 21 * count }, (_, i) => {
    const column = i % 21;
    if (column === 3) return 5;
    if (column === 7) return draws.below(12);
    return column === 11 && draws.uniform() < 0.1 ? Number.NaN : 2 * draws.uniform() - 1;
  });
  const names = Array.from({ length: 21 }, (_, i) => `x${i}`);
  const x: Matrix = { rows: count, columns: 21, data, names, categorical: [7] };
  const own = (row: number, column: number): number => data[row * 21 + column] ?? 0;
  const sums = Float64Array.from(
    { length: count },
    (_, row) => own(row, 0) * own(row, 1) + own(row, 20) + own(row, 7) / 9,
  );
  const codes = Int32Array.from(sums, (sum) => (sum > 0.6 ? 1 : 0));
  const weights = Float64Array.from({ length: count }, (_, row) => (row % 7) / 3);
  return { x, sums, codes, weights };
})();

test.each([
  { name: "squared errors", options: {}, isWeighted: false },
  { name: "weighted squared errors", options: { lambdaL1: 3, patience: 9 }, isWeighted: true },
  { name: "two classes", options: { baggingFraction: 0.9, featureFraction: 0.5, patience: 9 }, isWeighted: false },
  { name: "weighted classes", options: { minDataInLeaf: 3000, maxDepth: 4 }, isWeighted: true },
])(
  "large tables have the same bits on every device and number of threads: $name",
  async ({ name, options, isWeighted }) => {
    const { x, sums, codes, weights } = large;
    const isClasses = name.endsWith("classes");
    const shared = { nEstimators: 3, numLeaves: 12, ...options };
    const specification = isClasses ? gradientBoostingClassifier(shared) : gradientBoostingRegressor(shared);
    const labels = isClasses ? { codes, classCount: 2 } : { target: sums };
    const data = { x, ...labels, ...(isWeighted ? { weights } : {}) };
    const fits = [];
    for (const open of [
      () => openDevice("reference"),
      () => openDevice("wasm", { threads: 1 }),
      () => openDevice("wasm", { threads: 2 }),
      () => openDevice("wasm", { threads: 3, deterministic: true }),
    ]) {
      using own = await open();
      using model = await fitEstimator(specification, data, { device: own, seed: 2 });
      fits.push({ parameters: model.parameters, state: model.state });
    }
    for (const fit of fits.slice(1)) expect(fit).toEqual(fits[0]);
    expect(fits[0]?.parameters["trees.roots"]?.data.length).toBe(3);
  },
);

test("missing values go where they gain, and categories by sets", async () => {
  using model = await fitEstimator(gradientBoostingRegressor({ minDataInLeaf: 5 }), { x: table, target }, { device });
  const { prediction } = await model.predict([
    [0, 0, null, 1],
    [0, 0, 0, 1],
    [0, 0, 0, 2],
  ]);
  // 5, 3 and 0 by the rule; without either split the first two or the last two were 1.5 apart at most.
  const [missing = 0, odd = 0, even = 0] = Array.from(prediction ?? [], Number);
  expect(Math.abs(missing - odd - 2)).toBeLessThan(0.75);
  expect(Math.abs(odd - even - 3)).toBeLessThan(0.75);
  // Unknown categories are taken as missing ones.
  const { prediction: unknown } = await model.predict([
    [0, 0, 0, 99],
    [0, 0, 0, null],
  ]);
  expect(unknown?.[0]).toBe(unknown?.[1]);
});

test.each([1, -1] as const)("a prediction bound to %i never turns", async (sign) => {
  const noisy = targetOf((i) => sign * at(i, 0) + 0.8 * Math.sin(9 * at(i, 0)) + at(i, 1));
  const steps = Array.from({ length: 200 }, (_, i) => [i / 100 - 1, 0.3, 0.1, 4]);
  const turns = async (monotoneConstraints: (-1 | 0 | 1)[] | null): Promise<number> => {
    using model = await fitEstimator(
      gradientBoostingRegressor({ monotoneConstraints }),
      { x: table, target: noisy },
      { device },
    );
    const { prediction = [] } = await model.predict(steps);
    let found = 0;
    for (let i = 1; i < 200; i++) if (sign * (Number(prediction[i]) - Number(prediction[i - 1])) < -1e-6) found++;
    return found;
  };
  expect(await turns([sign, 0, 0, 0])).toBe(0);
  expect(await turns(null)).toBeGreaterThan(5);
});

test("quantiles leave their part of the rows below", async () => {
  const own = matrixOf(Array.from({ length: 2000 }, (_, i) => [i % 2]));
  const uniform = Float64Array.from({ length: 2000 }, (_, i) => (i % 2) + Math.floor(i / 2) / 1000);
  for (const alpha of [0.1, 0.5, 0.9]) {
    using model = await fitEstimator(
      gradientBoostingRegressor({ loss: "quantile", alpha }),
      { x: own, target: uniform },
      { device },
    );
    const { prediction } = await model.predict([[0], [1]]);
    expect(Number(prediction?.[0])).toBeCloseTo(alpha, 2);
    expect(Number(prediction?.[1])).toBeCloseTo(1 + alpha, 2);
  }
});

test("rows of weight 0 play no part", async () => {
  const weights = targetOf((i) => (i % 3 === 0 ? 0 : 1));
  const spoilt = target.map((value, i) => (i % 3 === 0 ? 1e6 : value));
  using one = await fitEstimator(gradientBoostingRegressor(), { x: table, target, weights }, { device });
  using other = await fitEstimator(gradientBoostingRegressor(), { x: table, target: spoilt, weights }, { device });
  expect(other.parameters).toEqual(one.parameters);
});

test("boosting stops when the held rows are no better, and keeps the best", async () => {
  const noise = targetOf(() => stream.uniform());
  using model = await fitEstimator(
    gradientBoostingRegressor({ nEstimators: 500, patience: 5 }),
    { x: table, target: noise },
    { device, seed: 1 },
  );
  const { rounds, curve } = model.state as { rounds: number; curve: { validationLoss: number[] } };
  const { validationLoss } = curve;
  expect(validationLoss.length).toBe(rounds + 5);
  expect(Math.min(...validationLoss)).toBe(validationLoss[rounds - 1]);
  expect(model.parameters["trees.roots"]?.data.length).toBe(rounds);
});

test("importances tell the column that matters", async () => {
  using model = await fitEstimator(
    gradientBoostingClassifier({ nEstimators: 10, growth: "depthWise", maxDepth: 3 }),
    { x: table, codes: Int32Array.from({ length: rows }, (_, i) => (at(i, 1) > 0.2 ? 1 : 0)), classCount: 2 },
    { device },
  );
  const { importances, depth } = model.state as { importances: number[]; depth: number };
  expect(importances[1]).toBeGreaterThan(0.95);
  expect(importances.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1);
  expect(depth).toBeLessThanOrEqual(3);
});

describe("bad input", () => {
  test("a fit can be cancelled between trees", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const fit = fitEstimator(
      gradientBoostingRegressor({ nEstimators: 100_000 }),
      { x: table, target },
      {
        device,
        signal: controller.signal,
        report: ({ step }) => {
          if (step === 3) controller.abort(reason);
        },
      },
    );
    await expect(fit).rejects.toBe(reason);
  });

  test.each([
    [{ learningRate: 0 }, /GradientBoostingRegressor: learningRate is above 0, but got 0/],
    [{ numLeaves: 1 }, /numLeaves is a whole number of at least 2, but got 1/],
    [{ maxBins: 256 }, /maxBins is a whole number from 2 to 255, but got 256/],
    [{ baggingFraction: 1.5 }, /baggingFraction is above 0 and at most 1, but got 1.5/],
    [{ monotoneConstraints: [1] as const }, /monotoneConstraints are one a column, 4, but got 1/],
    [{ alpha: 1 }, /alpha is above 0 and below 1, but got 1/],
  ])("%o is refused", async (options, message) => {
    await expect(fitEstimator(gradientBoostingRegressor(options), { x: table, target }, { device })).rejects.toThrow(
      message,
    );
  });

  test("constant columns, one row and one class are answered by the constant", async () => {
    using constant = await fitEstimator(
      gradientBoostingRegressor(),
      { x: matrixOf(Array.from({ length: 50 }, () => [4, null])), target: new Float64Array(50).fill(7) },
      { device },
    );
    expect([...((await constant.predict([[1, 2]])).prediction ?? [])]).toEqual([7]);
    using single = await fitEstimator(
      gradientBoostingRegressor(),
      { x: matrixOf([[1]]), target: Float64Array.of(3) },
      { device },
    );
    expect([...((await single.predict([[9]])).prediction ?? [])]).toEqual([3]);
    using one = await fitEstimator(
      gradientBoostingClassifier(),
      { x: matrixOf(Array.from({ length: 50 }, (_, i) => [i])), codes: new Int32Array(50), classCount: 2 },
      { device },
    );
    expect(Number((await one.predict([[3]])).probabilities?.[0])).toBeCloseTo(1);
    await expect(
      fitEstimator(gradientBoostingClassifier(), { x: table, codes: new Int32Array(rows), classCount: 1 }, { device }),
    ).rejects.toThrow(/takes at least two classes, but got 1/);
  });
});
