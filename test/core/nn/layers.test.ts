// Layers against plain float64 loops, and what composition promises.
import {
  compile,
  conv2d,
  grad,
  nn,
  ones,
  openDevice,
  randomKey,
  setDefaultDevice,
  splitKey,
  type Tensor,
  tensor,
  valueAndGradWithAuxiliary,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectClose, mean, numbers, rowsOf, sum } from "../plain.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { deterministic: true })));
afterAll(() => setDefaultDevice(undefined));

describe("linear", () => {
  test("multiplies and shifts the last axis of any input", async () => {
    const layer = nn.linear(3, 2);
    const { weight } = layer.initialise(5);
    const x = numbers(2 * 4 * 3);
    const w = rowsOf([...(await weight.data())], 2);
    const expected = rowsOf(x, 3).flatMap((row) =>
      [0, 1].map((column) => sum(row.map((value, i) => value * (w[i]?.[column] ?? 0))) + (column === 0 ? 0.5 : -1)),
    );
    const result = layer.apply({ weight, bias: tensor([0.5, -1]) }, tensor(x).reshape([2, 4, 3]));
    expect(result.shape).toEqual([2, 4, 2]);
    await expectClose(result, expected);
    await expectClose(nn.linear(3, 2, { bias: false }).apply({ weight }, tensor([1, 0, 0])), w[0] ?? []);
    expect(() => layer.apply({ weight }, ones([3, 4]))).toThrow(/linear takes \[..., 3\], but got \[3, 4\]/);
  });
  test("begins with the bytes of its seed and a bias of zeros, or none", async () => {
    const first = nn.linear(3, 2).initialise(5);
    expect(await first.weight.data()).toEqual(await nn.linear(3, 2).initialise(5).weight.data());
    expect(await first.weight.data()).not.toEqual(await nn.linear(3, 2).initialise(6).weight.data());
    expect(await first.bias?.toArray()).toEqual([0, 0]);
    expect("bias" in nn.linear(3, 2, { bias: false }).initialise(5)).toBe(false);
  });
});

test("an embedding gives the rows of its codes", async () => {
  const layer = nn.embedding(4, 2, { weights: nn.constant(0) });
  expect(await layer.initialise(1).weight.toArray()).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  const weight = tensor([
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
  ]);
  expect(await layer.apply({ weight }, tensor(Int32Array.of(3, 0, 3, 1), [2, 2])).toArray()).toEqual([
    [
      [6, 7],
      [0, 1],
    ],
    [
      [6, 7],
      [2, 3],
    ],
  ]);
});

test("a convolution layer is the convolution by its parameters", async () => {
  const layer = nn.conv2d(4, 6, [3, 2], { stride: 2, padding: 1, groups: 2 });
  const { weight, bias } = layer.initialise(3);
  expect([weight.shape, bias?.shape]).toEqual([[6, 2, 3, 2], [6]]);
  const x = tensor(numbers(2 * 4 * 5 * 5)).reshape([2, 4, 5, 5]);
  const shifts = tensor(numbers(6, 1));
  const expected = conv2d(x, weight, { stride: 2, padding: 1, groups: 2, bias: shifts });
  const result = layer.apply({ weight, bias: shifts }, x);
  expect(result.shape).toEqual(expected.shape);
  await expectClose(result, [...(await expected.data())]);
});

describe("norms as layers", () => {
  const rows = numbers(4 * 6);
  const x = tensor(rows).reshape([4, 6]);
  test("begin as plain normalisations", async () => {
    const standard = (values: readonly number[]): number[] => {
      const deviation = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) + 1e-5);
      return values.map((value) => (value - mean(values)) / deviation);
    };
    const layer = nn.layerNorm(6);
    await expectClose(layer.apply(layer.initialise(1), x), rowsOf(rows, 6).flatMap(standard));
    const group = nn.groupNorm(6, 2);
    await expectClose(group.apply(group.initialise(1), x), rowsOf(rows, 3).flatMap(standard));
    const instance = nn.instanceNorm(2);
    await expectClose(instance.apply(instance.initialise(1), x.reshape([4, 2, 3])), rowsOf(rows, 3).flatMap(standard));
    const root = nn.rmsNorm(6);
    await expectClose(
      root.apply(root.initialise(1), x),
      rowsOf(rows, 6).flatMap((row) => row.map((own) => own / Math.sqrt(mean(row.map((one) => one ** 2)) + 1e-5))),
    );
  });
});

describe("dropout", () => {
  test("acts only where a call brings a key", async () => {
    const layer = nn.dropout(0.5);
    const x = ones([64]);
    expect(await layer.apply({}, x).data()).toEqual(await x.data());
    expect((await layer.apply({}, x, { key: randomKey(1) }).data()).some((value) => value === 0)).toBe(true);
  });
  test("takes its key as data: a compiled function gives other zeros for another key", async () => {
    const layer = nn.dropout(0.5);
    let traces = 0;
    using run = compile((x: Tensor, key: Tensor) => {
      traces++;
      return layer.apply({}, x, { key });
    });
    const first = await (await run(ones([64]), randomKey(1))).data();
    expect(await (await run(ones([64]), randomKey(2))).data()).not.toEqual(first);
    expect(await (await run(ones([64]), randomKey(1))).data()).toEqual(first);
    expect(traces).toBe(1);
  });
});

describe("sequential", () => {
  const network = nn.sequential(
    nn.linear(3, 5),
    nn.functionLayer((x) => x.relu()),
    nn.dropout(0.4),
    nn.linear(5, 2),
  );
  test("applies its layers one after another", async () => {
    const parameters = network.initialise(7);
    const x = tensor(numbers(4 * 3)).reshape([4, 3]);
    const [first, , , last] = parameters;
    const hidden = nn.linear(3, 5).apply(first, x).relu();
    const expected = await nn.linear(5, 2).apply(last, hidden).data();
    await expectClose(network.apply(parameters, x), [...expected]);
  });
  test("gives every layer weights of its own from one seed", async () => {
    const [a, b] = nn.sequential(nn.linear(4, 4), nn.linear(4, 4)).initialise(7);
    expect(await a.weight.data()).not.toEqual(await b.weight.data());
  });
  test("gives every layer a key of its own", async () => {
    const two = nn.sequential(nn.dropout(0.5), nn.dropout(0.5));
    const data = await two.apply(two.initialise(1), ones([10_000]), { key: randomKey(3) }).data();
    // With one key for both a half would be left; with two a quarter, give or take 43 of 10,000.
    expect(Math.abs(data.filter((value) => value !== 0).length - 2500)).toBeLessThan(200);
    expect(new Set(data)).toEqual(new Set([0, 4]));
  });
  test("has a gradient in the form of its parameters", () => {
    const parameters = network.initialise(7);
    const gradient = grad((own: typeof parameters, x: Tensor) => network.apply(own, x).square().sum())(
      parameters,
      ones([4, 3]),
    );
    expect(gradient[0].weight.shape).toEqual([3, 5]);
    expect(gradient[3].bias?.shape).toEqual([2]);
  });
});

test("layers with state train in one compiled step that moves parameters and running statistics in place", async () => {
  const network = nn.statefulSequential(
    nn.stateless(nn.linear(3, 4)),
    nn.batchNorm(4, { momentum: 0.5 }),
    nn.stateless(nn.linear(4, 1)),
  );
  const x = tensor(numbers(16 * 3)).reshape([16, 3]);
  const y = tensor(numbers(16, 1)).reshape([16, 1]);
  const first = { parameters: network.initialise(2), state: network.initialState() };
  const inputs = network.initialise(2)[0];
  const loss = (parameters: typeof first.parameters, state: typeof first.state) => {
    const result = network.train(parameters, x, state);
    return { value: result.value.subtract(y).square().mean(), auxiliary: result.state };
  };
  using step = compile(
    ({ parameters, state }: typeof first) => {
      const { value, gradient, auxiliary } = valueAndGradWithAuxiliary(loss)(parameters, state);
      const [hidden, norm, out] = gradient;
      const moved = (weight: Tensor, slope: Tensor): Tensor => weight.subtract(slope.multiply(0.1));
      const linear = (own: nn.LinearParameters, slope: nn.LinearParameters): nn.LinearParameters => ({
        weight: moved(own.weight, slope.weight),
        ...(own.bias && slope.bias ? { bias: moved(own.bias, slope.bias) } : {}),
      });
      const next: typeof parameters = [
        linear(parameters[0], hidden),
        { scale: moved(parameters[1].scale, norm.scale), shift: moved(parameters[1].shift, norm.shift) },
        linear(parameters[2], out),
      ];
      return { next: { parameters: next, state: auxiliary }, value };
    },
    { donate: [0] },
  );
  // The running mean after one step is half of the batch's mean of the first layer's values.
  const projected = rowsOf([...(await nn.linear(3, 4).apply(inputs, x).data())], 4);
  const expected = [0, 1, 2, 3].map((i) => 0.5 * mean(projected.map((row) => row[i] ?? 0)));
  let { next, value } = await step(first);
  const before = await value.item();
  await expectClose(next.state[1].mean, expected);
  for (let i = 0; i < 60; i++) ({ next, value } = await step(next));
  expect(await value.item()).toBeLessThan(before / 2);
  // In inference the running statistics stand for the batch's own, and have come close to them.
  const served = network.apply(next.parameters, x, next.state).subtract(y).square().mean();
  expect(Math.abs((await served.item()) - (await value.item()))).toBeLessThan(0.02);
});

test("keys from one key are rows of its split", async () => {
  const keys = nn.keysFrom(randomKey(4), 2);
  const rows = rowsOf([...(await splitKey(randomKey(4), 2).data())], 2);
  expect([...((await keys[1]?.data()) ?? [])]).toEqual(rows[1]);
  expect(nn.keysFrom(undefined, 2)).toEqual([undefined, undefined]);
});

test.each<[string, () => unknown, RegExp]>([
  ["a layer of no width", () => nn.linear(3, 0).initialise(1), /shape \[3, 0\]; give it sizes/],
  ["groups that do not divide", () => nn.conv2d(4, 6, 3, { groups: 3 }).initialise(1), /shape \[6, 1.33\d*, 3, 3\]/],
  ["a rate of 1", () => nn.dropout(1), /from 0 to below 1, but is 1/],
  [
    "one sequence without a batch",
    () => {
      const layer = nn.multiHeadAttention({ width: 4, heads: 2 });
      return layer.apply(layer.initialise(1), ones([3, 4]));
    },
    /takes \[batch, places, 4\], but got \[3, 4\]; one sequence is a batch of 1/,
  ],
])("%s is refused with what would do", (_, act, message) => {
  expect(act).toThrow(message);
});
