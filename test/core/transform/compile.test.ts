// compile: one trace a form of arguments, donated state in place, and nothing left behind.
import {
  compile,
  type Device,
  grad,
  openDevice,
  randomKey,
  randomNormal,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { settled } from "../settled.ts";

type State = { w1: Tensor; b1: Tensor; w2: Tensor; moment: Tensor };

const devices = [
  { name: "reference", open: () => openDevice("reference") },
  { name: "wasm", open: () => openDevice("wasm") },
  { name: "webgpu on SwiftShader", open: () => openDevice("webgpu", { software: true }) },
];

const loss = (state: State, x: Tensor, y: Tensor): Tensor =>
  x.matmul(state.w1).add(state.b1).relu().matmul(state.w2).crossEntropy(y).mean();

const step = (state: State, x: Tensor, y: Tensor): { state: State; loss: Tensor } => {
  const { value, gradient } = valueAndGrad(loss)(state, x, y);
  const moment = state.moment.multiply(0.9).add(gradient.w2.multiply(0.1));
  return {
    state: {
      w1: state.w1.subtract(gradient.w1.multiply(0.5)),
      b1: state.b1.subtract(gradient.b1.multiply(0.5)),
      w2: state.w2.subtract(moment.multiply(0.5)),
      moment,
    },
    loss: value,
  };
};

const initial = async (device: Device): Promise<State> => {
  const state = {
    w1: randomNormal(randomKey(1), [4, 16]),
    b1: randomNormal(randomKey(2), [16]),
    w2: randomNormal(randomKey(3), [16, 3]),
    moment: randomNormal(randomKey(4), [16, 3]).multiply(0),
  };
  for (const value of Object.values(state)) await value.evaluate(device);
  return state;
};

const rows = Float32Array.from({ length: 8 * 4 }, (_, i) => Math.sin(i * 1.7));
const classes = Int32Array.from({ length: 8 }, (_, i) => i % 3);

describe.each(devices)("on $name", ({ open }) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device[Symbol.dispose]());

  test("a training step run 1,000 times lowers the loss and leaves live buffers and reserved memory where they were", async () => {
    const compiled = compile(step, { device, donate: [0] });
    let state = await initial(device);
    const run = async (): Promise<number> => {
      using x = tensor(rows, [8, 4]);
      using y = tensor(classes);
      const result = await compiled(state, x, y);
      state = result.state;
      const value = await result.loss.item();
      result.loss.dispose();
      return value;
    };
    const firstLoss = await run();
    for (let i = 0; i < 10; i++) await run();
    const before = await settled(device);
    let lastLoss = Number.NaN;
    for (let i = 0; i < 1000; i++) lastLoss = await run();
    // Nothing waits for the collector either: every buffer of a step is given back when its owner says so.
    expect(device.memory.liveBuffers).toBe(before.liveBuffers);
    expect(await settled(device)).toEqual(before);
    expect(lastLoss).toBeLessThan(firstLoss / 4);
  }, 120_000);

  test("the compiled step gives what the same step gives without compile", async () => {
    const compiled = compile(step, { device });
    const x = tensor(rows, [8, 4]);
    const y = tensor(classes);
    const state = await initial(device);
    const fast = await compiled(state, x, y);
    const plain = step(state, x, y);
    const [a, b] = [await fast.state.w1.data(), await plain.state.w1.data(device)];
    a.forEach((value, i) => {
      expect(value).toBeCloseTo(b[i] ?? Number.NaN, 5);
    });
  });

  test("donated state is updated in its own memory and its old handle refuses to be used", async () => {
    const compiled = compile((w: Tensor) => w.multiply(2), { device, donate: [0] });
    const w = await tensor([1, 2, 3]).multiply(1).evaluate(device);
    // The plan's own memory comes with the first call of its form.
    (await compiled(await tensor([4, 5, 6]).multiply(1).evaluate(device))).dispose();
    const buffers = device.memory.liveBuffers;
    const doubled = await compiled(w);
    expect(device.memory.liveBuffers).toBe(buffers);
    expect(await doubled.toArray()).toEqual([2, 4, 6]);
    await expect(w.data()).rejects.toThrow(/was donated/);
  });
});

test("a step's optimizer state is overwritten in place: the plan takes results into donated arguments", () => {
  const compiled = compile(step, { donate: [0] });
  const state = {
    w1: tensor(new Float32Array(64), [4, 16]),
    b1: tensor(new Float32Array(16)),
    w2: tensor(new Float32Array(48), [16, 3]),
    moment: tensor(new Float32Array(48), [16, 3]),
  };
  const plan = compiled.plan(state, tensor(rows, [8, 4]), tensor(classes));
  // Six arguments and the loss: no result but the loss has memory of its own.
  expect(plan.externals.length).toBe(7);
});

test("a compiled function that nobody holds gives its plans' memory back", async () => {
  const device = await openDevice("wasm", { threads: 1 });
  const use = async (): Promise<void> => {
    const compiled = compile((x: Tensor) => x.matmul(x).matmul(x), { device });
    (await compiled(tensor(new Float32Array(64 * 64), [64, 64]))).dispose();
  };
  const before = await settled(device);
  for (let i = 0; i < 5; i++) await use();
  expect((await settled(device)).liveBytes).toBe(before.liveBytes);
  device[Symbol.dispose]();
});

test("one trace serves all calls of a form, another form makes another", async () => {
  let traces = 0;
  const device = await openDevice("reference");
  const compiled = compile(
    (x: Tensor) => {
      traces++;
      return x.add(1);
    },
    { device },
  );
  await compiled(tensor([1, 2]));
  await compiled(tensor([3, 4]));
  expect(traces).toBe(1);
  await compiled(tensor([1, 2, 3]));
  expect(traces).toBe(2);
});

test("a bias and an activation ride in the product's kernel, and element-wise chains become one map", () => {
  const plan = compile((x: Tensor, w: Tensor, b: Tensor) => x.matmul(w).add(b).relu().multiply(2).add(1).tanh()).plan(
    tensor(rows, [8, 4]),
    tensor(new Float32Array(12), [4, 3]),
    tensor(new Float32Array(3)),
  );
  expect(plan.steps.map((s) => s.op.name)).toEqual(["matmul", "map"]);
  expect(plan.steps[0]?.attributes).toMatchObject({ activation: "relu" });
  // The map works in the product's memory, which is the result's.
  expect(plan.cost.temporaryBytes).toBeLessThanOrEqual(8 * 3 * 4);
});

test("a plan counts its work", () => {
  const plan = compile((x: Tensor, w: Tensor) => x.matmul(w)).plan(
    tensor(rows, [8, 4]),
    tensor(new Float32Array(12), [4, 3]),
  );
  expect(plan.cost.flops).toBe(2 * 8 * 4 * 3);
  expect(plan.cost.bytes).toBe(4 * (32 + 12 + 24));
  expect(plan.cost.byKernel.get("matmul")).toMatchObject({ calls: 1, flops: 192 });
});

test("what is not a tensor is refused by name and place", async () => {
  const compiled = compile((state: { w: Tensor }) => state.w.add(1));
  // @ts-expect-error a number is not a tensor
  await expect(compiled({ w: 3 })).rejects.toThrow(/argument 0\.w is number, not a tensor/);
  await expect(compile((x: Tensor) => ({ y: x, n: 3 }))(tensor(1))).rejects.toThrow(/the result\.n is number/);
});

test("a gradient inside a compiled function is the gradient outside", async () => {
  const device = await openDevice("reference");
  const compiled = compile((x: Tensor) => grad((y: Tensor) => y.exp().sum())(x), { device });
  expect(await (await compiled(tensor([0]))).toArray()).toEqual([1]);
});

test("a tensor that was made while a function was traced stays as long as the compiled function", async () => {
  using device = await openDevice("reference");
  using compiled = compile((x: Tensor) => x.multiply(tensor([1, 2])), { device });
  using x = tensor([3, 4]);
  (await compiled(x)).dispose();
  await settled(device);
  expect(await (await compiled(x)).toArray()).toEqual([3, 8]);
});
