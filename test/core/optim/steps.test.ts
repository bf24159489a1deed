// Optimizers' steps, compiled in place, against PyTorch's recurrences in float64, over a tree of parameters.
import {
  adagradState,
  adagradStep,
  adamState,
  adamWStep,
  compile,
  grad,
  gradientDescentState,
  gradientDescentStep,
  lionState,
  lionStep,
  openDevice,
  rmspropState,
  rmspropStep,
  type Tensor,
  tensor,
} from "@millrace/core";
import { afterAll, describe, expect, test } from "vitest";
import { settled } from "../settled.ts";

const device = await openDevice("wasm", { deterministic: true });
afterAll(() => device[Symbol.dispose]());

interface Parameters {
  readonly layers: readonly Tensor[];
  readonly scale: Tensor;
}
interface State {
  readonly parameters: Parameters;
}

const target = [3, -2, 0.5, 1];
const curvature = [1, 10, 0.1, 2];
const start = (): Parameters => ({ layers: [tensor([[0.5, 1, -1]])], scale: tensor(2) });
/** Elements in the order of the tree: the layer's three, the scalar. */
const plainStart = [0.5, 1, -1, 2];

const loss = ({ layers, scale }: Parameters): Tensor => {
  const [layer = scale] = layers;
  const distance = layer
    .subtract(tensor(target.slice(0, 3)))
    .square()
    .multiply(tensor(curvature.slice(0, 3)));
  return distance.sum().add(scale.subtract(1).square().multiply(2));
};
const slope = (value: number, i: number): number => 2 * (curvature[i] ?? 0) * (value - (target[i] ?? 0));

/** What an optimizer does to one number; it may keep things in `memory`. */
type Plain = (value: number, gradient: number, rate: number, memory: Record<string, number>, step: number) => number;

const run = <S extends State>(first: S, own: (state: S, gradient: Parameters, rate: Tensor) => S) => {
  const step = compile((state: S, rate: Tensor) => own(state, grad(loss)(state.parameters), rate), {
    device,
    donate: [0],
  });
  return {
    first,
    step: (state: State, rate: Tensor): Promise<State> => step(state as S, rate),
    plan: () => step.plan(first, tensor(0.1)),
  };
};

const optimizers: { name: string; run: () => ReturnType<typeof run>; plain: Plain }[] = [
  {
    name: "gradient descent",
    run: () =>
      run(gradientDescentState(start()), (state, gradient, rate) => gradientDescentStep(state, gradient, rate)),
    plain: (value, gradient, rate) => value - rate * gradient,
  },
  {
    name: "momentum with an l2 penalty",
    run: () =>
      run(gradientDescentState(start()), (state, gradient, rate) =>
        gradientDescentStep(state, gradient, rate, { momentum: 0.9, weightDecay: 0.1 }),
      ),
    plain: (value, gradient, rate, memory) => {
      memory.v = 0.9 * (memory.v ?? 0) + gradient + 0.1 * value;
      return value - rate * memory.v;
    },
  },
  {
    name: "Nesterov's momentum",
    run: () =>
      run(gradientDescentState(start()), (state, gradient, rate) =>
        gradientDescentStep(state, gradient, rate, { momentum: 0.8, nesterov: true }),
      ),
    plain: (value, gradient, rate, memory) => {
      memory.v = 0.8 * (memory.v ?? 0) + gradient;
      return value - rate * (gradient + 0.8 * memory.v);
    },
  },
  {
    name: "RMSProp with momentum",
    run: () =>
      run(rmspropState(start()), (state, gradient, rate) => rmspropStep(state, gradient, rate, { momentum: 0.5 })),
    plain: (value, gradient, rate, memory) => {
      memory.s = 0.99 * (memory.s ?? 0) + 0.01 * gradient ** 2;
      memory.v = 0.5 * (memory.v ?? 0) + gradient / (Math.sqrt(memory.s) + 1e-8);
      return value - rate * memory.v;
    },
  },
  {
    name: "Adagrad",
    run: () => run(adagradState(start(), 0.1), (state, gradient, rate) => adagradStep(state, gradient, rate)),
    plain: (value, gradient, rate, memory) => {
      memory.s = (memory.s ?? 0.1) + gradient ** 2;
      return value - (rate * gradient) / (Math.sqrt(memory.s) + 1e-10);
    },
  },
  {
    name: "AdamW",
    run: () =>
      run(adamState(start()), (state, gradient, rate) => adamWStep(state, gradient, rate, { weightDecay: 0.2 })),
    plain: (value, gradient, rate, memory, step) => {
      memory.m = 0.9 * (memory.m ?? 0) + 0.1 * gradient;
      memory.v = 0.999 * (memory.v ?? 0) + 0.001 * gradient ** 2;
      const deviation = Math.sqrt(memory.v / (1 - 0.999 ** step)) + 1e-8;
      return value * (1 - rate * 0.2) - (rate * memory.m) / (1 - 0.9 ** step) / deviation;
    },
  },
  {
    name: "Lion, whose biases do not decay",
    run: () =>
      run(lionState(start()), (state, gradient, rate) =>
        lionStep(state, gradient, rate, { weightDecay: 0.3, decays: (parameter) => parameter.rank > 1 }),
      ),
    plain: (value, gradient, rate, memory) => {
      const direction = Math.sign(0.9 * (memory.m ?? 0) + 0.1 * gradient);
      memory.m = 0.99 * (memory.m ?? 0) + 0.01 * gradient;
      return value * (1 - rate * 0.3 * (memory.i === 3 ? 0 : 1)) - rate * direction;
    },
  },
];

describe.each(optimizers)("$name", ({ run: build, plain }) => {
  test("follows its recurrence step by step at a rate that changes, with no plan but one", async () => {
    const { first, step } = build();
    let state: State = first;
    const values = [...plainStart];
    const memories = values.map((_, i): Record<string, number> => ({ i }));
    for (let t = 1; t <= 20; t++) {
      const rate = t <= 10 ? 0.03 : 0.01;
      state = await step(state, tensor(rate));
      for (const [i, value] of values.entries()) values[i] = plain(value, slope(value, i), rate, memories[i] ?? {}, t);
    }
    const { layers, scale } = state.parameters;
    expect(scale.shape).toEqual([]);
    const got = [...((await layers[0]?.data()) ?? []), await scale.item()];
    for (const [i, value] of values.entries())
      expect(Math.abs((got[i] ?? Number.NaN) - value), `element ${i}`).toBeLessThan(1e-4);
  });

  test("updates its state in place: every result takes the memory of a donated argument, and live buffers stay flat", async () => {
    const { first, step, plan } = build();
    const { externals, arguments: own } = plan();
    expect(externals.length).toBe(own.length);
    const rate = tensor(0.01);
    let state = await step(first, rate);
    const before = await settled(device);
    for (let t = 0; t < 200; t++) state = await step(state, rate);
    expect(device.memory.liveBuffers).toBe(before.liveBuffers);
    expect(await settled(device)).toEqual(before);
    expect(Number.isFinite(await state.parameters.scale.item())).toBe(true);
  });
});

test("a gradient of another form is refused with both forms", () => {
  const state = gradientDescentState({ w: tensor([1, 2]) });
  expect(() => gradientDescentStep(state, { w: tensor([1]) }, tensor(0.1))).toThrow(
    /trees of tensors must be alike, but one is \{w:f32\[2\]\} and another is \{w:f32\[1\]\}/,
  );
  expect(() => gradientDescentStep(state, { w: tensor([1, 2]) }, tensor(0.1), { nesterov: true })).toThrow(
    /needs a momentum above 0/,
  );
});
