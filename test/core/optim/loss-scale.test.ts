// Training in f16 with a scaled loss: it comes to where f32 comes, skips a step that overflows, and keeps small gradients.
import {
  type AdamState,
  adamState,
  adamStep,
  adjustLossScale,
  compile,
  type Device,
  full,
  type LossScale,
  lossScale,
  openDevice,
  scaledValueAndGrad,
  selectTrees,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@millrace/core";
import { describe, expect, test } from "vitest";
import { numbers } from "../plain.ts";

interface Weights {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly c: Tensor;
}
interface State {
  readonly adam: AdamState<Weights>;
  readonly scaling: LossScale;
}

const weights = (): Weights => ({
  a: tensor(numbers(4 * 16), [4, 16]),
  b: tensor(numbers(16, 1), [16]),
  c: tensor(numbers(16 * 3, 2), [16, 3]),
});
/** 64 points in four dimensions and which of three directions each lies nearest to. */
const points = numbers(64 * 4, 3);
const directions = numbers(3 * 4, 4);
const labels = Int32Array.from({ length: 64 }, (_, row) => {
  const scores = [0, 1, 2].map((k) =>
    [0, 1, 2, 3].reduce((sum, i) => sum + (points[4 * row + i] ?? 0) * (directions[4 * k + i] ?? 0), 0),
  );
  return scores.indexOf(Math.max(...scores));
});

const loss = (w: Weights, x: Tensor, y: Tensor): Tensor =>
  x.matmul(w.a).add(w.b).tanh().matmul(w.c).to("f32").crossEntropy(y).mean();

const rate = full([], 0.02);
const mixedStep = (state: State, x: Tensor, y: Tensor): State & { value: Tensor } => {
  const { value, gradient, finite } = scaledValueAndGrad(loss)(state.scaling, state.adam.parameters, x.to("f16"), y);
  const adam = selectTrees(finite, adamStep(state.adam, gradient, rate), state.adam);
  return { adam, scaling: adjustLossScale(state.scaling, finite, { growthInterval: 50 }), value };
};
const wholeStep = (adam: AdamState<Weights>, x: Tensor, y: Tensor): { adam: AdamState<Weights>; value: Tensor } => {
  const { value, gradient } = valueAndGrad(loss)(adam.parameters, x, y);
  return { adam: adamStep(adam, gradient, rate), value };
};

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["wasm strict", () => openDevice("wasm", { deterministic: true })],
  ["webgpu on SwiftShader", () => openDevice("webgpu", { software: true })],
];

describe.each(devices)("%s", (_, open) => {
  test("a perceptron in f16 with a scaled loss comes to the loss that f32 comes to", async () => {
    using device = await open();
    const x = tensor(points, [64, 4]);
    const y = tensor(labels);
    using mixed = compile(mixedStep, { device, donate: [0] });
    using whole = compile(wholeStep, { device, donate: [0] });
    let state = { ...(await mixed({ adam: adamState(weights()), scaling: lossScale() }, x, y)) };
    let exact = await whole(adamState(weights()), x, y);
    const first = await exact.value.item();
    let live = 0;
    for (let i = 1; i < 150; i++) {
      state.value.dispose();
      exact.value.dispose();
      state = await mixed({ adam: state.adam, scaling: state.scaling }, x, y);
      exact = await whole(exact.adam, x, y);
      if (i === 2) live = device.memory.liveBytes;
    }
    // The state is updated in place: nothing is left behind by 148 steps.
    expect(device.memory.liveBytes).toBe(live);
    const [got, want] = [await state.value.item(), await exact.value.item()];
    expect(want).toBeLessThan(first / 4);
    // f16 keeps 11 bits: the two curves stay within a hundredth of where they began.
    expect(Math.abs(got - want)).toBeLessThan(first / 100);
    expect(state.adam.parameters.a.dtype).toBe("f32");
    expect(await state.scaling.scale.item()).toBe(2 ** 18);
    expect(await state.scaling.steps.item()).toBe(0);
  });

  test("an overflow halves the scale and leaves parameters and moments as they were", async () => {
    using device = await open();
    using step = compile(mixedStep, { device });
    const before: State = {
      adam: adamState(weights()),
      scaling: { scale: tensor(2 ** 15), steps: tensor(7, [], "i32") },
    };
    // 1e6 is infinite in f16.
    const { value: _value, ...after } = await step(
      before,
      tensor(
        points.map((p) => p * 1e6),
        [64, 4],
      ),
      tensor(labels),
    );
    const read = async ({ adam }: State): Promise<number[][]> =>
      Promise.all(
        [adam.parameters.a, adam.first.c, adam.second.b, adam.powers].map(async (t) => [...(await t.data())]),
      );
    expect(await read(after)).toEqual(await read(before));
    expect(await after.scaling.scale.item()).toBe(2 ** 14);
    expect(await after.scaling.steps.item()).toBe(0);
  });

  test("gradients below f16's smallest number survive when the loss is scaled", async () => {
    using device = await open();
    const tiny = (w: Tensor, x: Tensor): Tensor =>
      w
        .multiply(x)
        .sum()
        .to("f32")
        .multiply(2 ** -26);
    const x = tensor([1, 0.5, 0.25], [3], "f16");
    const plain = valueAndGrad((w: Tensor) => tiny(w.to("f16"), x))(tensor([1, 2, 3])).gradient;
    expect([...(await plain.data(device))]).toEqual([0, 0, 0]);
    const { gradient, finite } = scaledValueAndGrad(tiny)(lossScale(), tensor([1, 2, 3]), x);
    expect([...(await gradient.data(device))]).toEqual([1, 0.5, 0.25].map((value) => value * 2 ** -26));
    expect(await finite.item()).toBe(1);
  });
});

test("the scale grows after an interval, not past what f32 holds, and is not cut below 1", async () => {
  const after = async (scale: number, steps: number, finite: boolean): Promise<number[]> => {
    const found = adjustLossScale({ scale: tensor(scale), steps: tensor(steps, [], "i32") }, tensor(finite));
    return [await found.scale.item(), await found.steps.item()];
  };
  expect(await after(8, 1998, true)).toEqual([8, 1999]);
  expect(await after(8, 1999, true)).toEqual([16, 0]);
  expect(await after(2 ** 127, 1999, true)).toEqual([2 ** 127, 0]);
  expect(await after(8, 1999, false)).toEqual([4, 0]);
  expect(await after(1, 3, false)).toEqual([1, 0]);
});

test("scales and factors that make no sense are refused", () => {
  expect(() => lossScale(0)).toThrow("lossScale: the first scale must be a number from 1 on, but is 0");
  expect(() => adjustLossScale(lossScale(), tensor(true), { backoffFactor: 1 })).toThrow(
    /backoffFactor between 0 and 1/,
  );
});
