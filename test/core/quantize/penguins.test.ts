// A classifier trained in f32 keeps its answers at 8 bits and nearly all of them at 4.
import {
  adamState,
  adamStep,
  argMax,
  compile,
  crossEntropyLoss,
  grad,
  nn,
  openDevice,
  type Tensor,
  tensor,
} from "@millrace/core";
import { afterAll, expect, test } from "vitest";
import { count, features, labels, width } from "../examples/penguins.ts";

const device = await openDevice("wasm", { deterministic: true });
afterAll(() => device[Symbol.dispose]());

type Linear = nn.LinearParameters;
/** Two hidden layers and a last one, written out so that calibration can look between them. */
const forward = <P>(
  apply: readonly ((parameters: P, x: Tensor) => Tensor)[],
  parameters: readonly P[],
  x: Tensor,
  look: (layer: number, input: Tensor) => void = () => {},
): Tensor =>
  apply.reduce((value, layer, i) => {
    look(i, value);
    const own = parameters[i];
    if (own === undefined) throw new Error(`layer ${i} has no parameters`);
    const out = layer(own, value);
    return i < apply.length - 1 ? out.relu() : out;
  }, x);

const sizes = [width, 64, 64, 3];
const layers = sizes.slice(1).map((outputs, i) => nn.linear(sizes[i] ?? 0, outputs));
const applied = layers.map((layer) => layer.apply);
const [x, y] = [tensor(features, [count, width]), tensor(labels)];

const train = async (): Promise<readonly Linear[]> => {
  const rate = tensor(0.01);
  const begin = adamState(layers.map((layer, i) => layer.initialise(i)));
  using step = compile(
    (state: typeof begin) => {
      const loss = (own: Linear[]): Tensor => crossEntropyLoss(forward(applied, own, x), y);
      return adamStep(state, grad(loss)(state.parameters), rate);
    },
    { device },
  );
  let state = begin;
  for (let i = 0; i < 150; i++) state = await step(state);
  return state.parameters;
};

test("a classifier keeps its answers at 8 bits and 98 of 100 at 4, and loses at most 1 in 100 of those that were right", async () => {
  const trained = await train();
  const answers = async (logits: Tensor) => [...(await argMax(logits, { axis: 1 }).data(device))];
  const right = (own: readonly number[]): number => own.filter((label, i) => label === labels[i]).length / count;
  const full = await answers(forward(applied, trained, x));
  expect(right(full)).toBeGreaterThan(0.98);
  const seen: Tensor[] = [];
  forward(applied, trained, x, (layer, input) => {
    seen[layer] = input;
  });
  for (const { bits, same } of [
    { bits: 8, same: 1 },
    { bits: 4, same: 0.98 },
  ] as const) {
    const quantized = await Promise.all(
      trained.map((own, i) => nn.quantizeLinear(own, { bits, groupSize: 32, calibration: seen[i] })),
    );
    const small = sizes
      .slice(1)
      .map((outputs, i) => nn.quantizedLinear(sizes[i] ?? 0, outputs, { bits, groupSize: 32 }));
    const own = await answers(
      forward(
        small.map((layer) => layer.apply),
        quantized.map(({ parameters }) => parameters),
        x,
      ),
    );
    expect(own.filter((label, i) => label === full[i]).length / count).toBeGreaterThanOrEqual(same);
    expect(right(own)).toBeGreaterThanOrEqual(right(full) - 0.01);
    for (const { error } of quantized) expect(error.outputs?.relativeRms).toBeLessThan(bits === 8 ? 0.01 : 0.1);
  }
});
