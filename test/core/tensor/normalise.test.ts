// Normalisations against their formulas in plain float64 loops, and their gradients against differences of those.
import {
  batchNorm,
  batchNormTraining,
  groupNorm,
  instanceNorm,
  layerNorm,
  openDevice,
  rmsNorm,
  setDefaultDevice,
  tensor,
  valueAndGrad,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { differences, expectClose, mean, numbers, rowsOf, sum } from "../plain.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { deterministic: true })));
afterAll(() => setDefaultDevice(undefined));

const standardise = (values: readonly number[], epsilon = 1e-5): number[] => {
  const middle = mean(values);
  const variance = mean(values.map((value) => (value - middle) ** 2));
  return values.map((value) => (value - middle) / Math.sqrt(variance + epsilon));
};

describe("layer normalisation", () => {
  const x = numbers(4 * 7);
  const scale = numbers(7, 1);
  const shift = numbers(7, 2);
  const plain = (values: readonly number[]): number[] =>
    rowsOf(values, 7).flatMap((row) => standardise(row).map((value, i) => value * (scale[i] ?? 0) + (shift[i] ?? 0)));

  test("gives each row mean 0 and variance 1, then scale and shift", async () => {
    await expectClose(layerNorm(tensor(x).reshape([4, 7]), { scale: tensor(scale), shift: tensor(shift) }), plain(x));
    await expectClose(layerNorm(tensor(x).reshape([2, 2, 7]), { axes: [1, 2], epsilon: 0.1 }), [
      ...standardise(x.slice(0, 14), 0.1),
      ...standardise(x.slice(14), 0.1),
    ]);
  });
  test("has the gradient of its formula", async () => {
    const weights = numbers(28, 3);
    const { gradient } = valueAndGrad((values: ReturnType<typeof tensor>) =>
      layerNorm(values, { scale: tensor(scale), shift: tensor(shift) })
        .multiply(tensor(weights).reshape([4, 7]))
        .sum(),
    )(tensor(x).reshape([4, 7]));
    const total = (values: readonly number[]): number =>
      sum(plain(values).map((value, i) => value * (weights[i] ?? 0)));
    await expectClose(gradient, differences(total, x), 2e-5);
  });
  test("of a constant row is the shift", async () => {
    await expectClose(layerNorm(tensor([[5, 5, 5]]), { shift: tensor([1, 2, 3]) }), [1, 2, 3]);
  });
});

test("root mean square normalisation divides by the root of the mean square", async () => {
  const x = numbers(3 * 5);
  const scale = numbers(5, 1);
  const expected = rowsOf(x, 5).flatMap((row) => {
    const root = Math.sqrt(mean(row.map((value) => value * value)) + 1e-5);
    return row.map((value, i) => (value / root) * (scale[i] ?? 0));
  });
  await expectClose(rmsNorm(tensor(x).reshape([3, 5]), { scale: tensor(scale) }), expected);
});

describe("batch normalisation", () => {
  // [batch 3, channels 2, positions 4]
  const x = numbers(3 * 2 * 4);
  const channel = (index: number): number[] => rowsOf(x, 4).flatMap((row, i) => (i % 2 === index ? row : []));
  const image = tensor(x).reshape([3, 2, 4]);
  const [scale, shift] = [tensor([2, -3]), tensor([0.5, 1])];

  test("in training uses the batch's own statistics and moves the running ones, the variance without bias", async () => {
    const { value, statistics } = batchNormTraining(
      image,
      { mean: tensor([1, 2]), variance: tensor([3, 4]) },
      { scale, shift, momentum: 0.2 },
    );
    const first = standardise(channel(0)).map((own) => own * 2 + 0.5);
    const second = standardise(channel(1)).map((own) => own * -3 + 1);
    await expectClose(
      value,
      [0, 1, 2].flatMap((i) => [...first.slice(i * 4, i * 4 + 4), ...second.slice(i * 4, i * 4 + 4)]),
    );
    await expectClose(statistics.mean, [0.8 + 0.2 * mean(channel(0)), 1.6 + 0.2 * mean(channel(1))]);
    const unbiased = (values: number[]): number => sum(values.map((own) => (own - mean(values)) ** 2)) / 11;
    await expectClose(statistics.variance, [2.4 + 0.2 * unbiased(channel(0)), 3.2 + 0.2 * unbiased(channel(1))]);
  });
  test("in inference uses the statistics that it is given", async () => {
    const statistics = { mean: tensor([0.1, -0.2]), variance: tensor([0.5, 2]) };
    const expected = x.map((own, i) =>
      Math.floor(i / 4) % 2 === 0
        ? ((own - 0.1) / Math.sqrt(0.5 + 1e-5)) * 2 + 0.5
        : ((own + 0.2) / Math.sqrt(2 + 1e-5)) * -3 + 1,
    );
    await expectClose(batchNorm(image, statistics, { scale, shift }), expected);
  });
  test("says what is wrong with shapes", () => {
    const statistics = { mean: tensor([0, 0]), variance: tensor([1, 1]) };
    expect(() => batchNorm(image, { ...statistics, mean: tensor([1, 2, 3]) })).toThrow(
      /the mean must be \[2\], but is \[3\]/,
    );
    expect(() => batchNorm(tensor([1]), statistics)).toThrow(/takes \[batch, channels, ...\], but got \[1\]/);
    expect(() => batchNormTraining(tensor([[1, 2]]), statistics)).toThrow(/at least two values/);
  });
});

test("group and instance normalisation take neighbouring channels together, and each alone", async () => {
  const x = numbers(2 * 4 * 3);
  const image = tensor(x).reshape([2, 4, 3]);
  const scale = [1, 2, 3, 4];
  const scaled = (values: number[]): number[] => values.map((value, i) => value * (scale[Math.floor(i / 3) % 4] ?? 0));
  await expectClose(
    groupNorm(image, 2, { scale: tensor(scale) }),
    scaled(rowsOf(x, 6).flatMap((row) => standardise(row))),
  );
  await expectClose(
    instanceNorm(image, { shift: tensor([1, 1, 1, 1]) }),
    rowsOf(x, 3).flatMap((row) => standardise(row).map((own) => own + 1)),
  );
  expect(() => groupNorm(image, 3)).toThrow(/4 channels do not divide into 3 groups/);
});
