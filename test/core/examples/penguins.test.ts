// A multi-layer perceptron on penguins, written by hand from layers, a loss, AdamW and a schedule.
import {
  adamState,
  adamWStep,
  argMax,
  compile,
  cosineSchedule,
  crossEntropyLoss,
  nn,
  openDevice,
  randomKey,
  randomStream,
  shuffle,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "@millrace/core";
import { afterAll, expect, test } from "vitest";
import { settled } from "../settled.ts";
import { count, features, labels, width } from "./penguins.ts";

const device = await openDevice("wasm", { deterministic: true });
afterAll(() => device[Symbol.dispose]());

const network = nn.sequential(
  nn.linear(width, 16, { weights: nn.heUniform }),
  nn.functionLayer((x) => x.relu()),
  nn.dropout(0.1),
  nn.linear(16, 3),
);
type Parameters = ReturnType<typeof network.initialise>;

const order = shuffle(
  Uint32Array.from({ length: count }, (_, i) => i),
  randomStream(1, 0),
);
/** Penguins number `from` to `to` of the shuffled order. */
const rowsOf = (from: number, to: number) => {
  const own = [...order.slice(from, to)];
  const values = own.flatMap((at) => [...features.slice(at * width, (at + 1) * width)]);
  return {
    x: tensor(Float32Array.from(values), [own.length, width]),
    y: tensor(Int32Array.from(own, (at) => labels[at] ?? -1)),
  };
};
const held = 86;
const batchRows = 32;
const steps = 1000;
const schedule = cosineSchedule(0.01, { steps });

const begin = (seed: number) => ({
  adam: adamState(network.initialise(seed)),
  key: randomKey(seed),
  step: zeros([]),
});

const train = (state: ReturnType<typeof begin>, x: Tensor, y: Tensor) => {
  const [key, next] = nn.keysFrom(state.key, 2);
  const loss = (parameters: Parameters): Tensor => crossEntropyLoss(network.apply(parameters, x, { key }), y);
  const { value, gradient } = valueAndGrad(loss)(state.adam.parameters);
  const adam = adamWStep(state.adam, gradient, schedule(state.step), {
    weightDecay: 0.01,
    decays: (parameter) => parameter.rank > 1,
  });
  return { state: { adam, key: next ?? state.key, step: state.step.add(1) }, loss: value };
};

test("a perceptron by hand tells the species of penguins that it has not seen, in memory that stays flat over 1,000 steps", async () => {
  using step = compile(train, { device, donate: [0] });
  const batches = Array.from({ length: Math.floor((count - held) / batchRows) }, (_, i) =>
    rowsOf(held + i * batchRows, held + (i + 1) * batchRows),
  );
  let state = begin(3);
  let loss = Number.NaN;
  const run = async (i: number): Promise<void> => {
    const batch = batches[i % batches.length] ?? rowsOf(0, 0);
    const result = await step(state, batch.x, batch.y);
    state = result.state;
    loss = await result.loss.item();
    result.loss.dispose();
  };
  for (let i = 0; i < batches.length; i++) await run(i);
  const before = await settled(device);
  for (let i = batches.length; i < steps; i++) await run(i);
  expect(await settled(device)).toEqual(before);
  expect(loss).toBeLessThan(0.1);
  expect(await state.step.item()).toBe(steps);
  const { x, y } = rowsOf(0, held);
  const hits = argMax(network.apply(state.adam.parameters, x)).equal(y).to("f32").mean();
  expect(await hits.item()).toBeGreaterThan(0.97);
});
