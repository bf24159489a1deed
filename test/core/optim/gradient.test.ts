// Clipping, accumulation, moving averages and schedules, against their formulas on the host.
import {
  accumulatedGradient,
  accumulateGradient,
  clipByGlobalNorm,
  clipByValue,
  compile,
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  globalNorm,
  grad,
  movingAverage,
  openDevice,
  type Schedule,
  setDefaultDevice,
  startAccumulation,
  stepSchedule,
  type Tensor,
  tensor,
  warmUpSchedule,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectClose, numbers } from "../plain.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { deterministic: true })));
afterAll(() => setDefaultDevice(undefined));

describe("clipping", () => {
  const tree = (): { a: Tensor; b: readonly Tensor[] } => ({ a: tensor([3, 0]), b: [tensor([[0, -4]]), tensor(12)] });

  test("by the global norm keeps the direction of a long gradient and leaves a short one alone", async () => {
    expect(await globalNorm(tree()).item()).toBeCloseTo(13, 5);
    const { gradient, norm } = clipByGlobalNorm(tree(), 2);
    expect(await norm.item()).toBeCloseTo(13, 5);
    await expectClose(gradient.a, [6 / 13, 0]);
    await expectClose(gradient.b[0] ?? gradient.a, [0, -8 / 13]);
    await expectClose(gradient.b[1] ?? gradient.a, [24 / 13]);
    await expectClose(clipByGlobalNorm(tree(), 20).gradient.b[1] ?? gradient.a, [12]);
    await expectClose(clipByGlobalNorm({ a: tensor([0, 0]) }, 1).gradient.a, [0, 0]);
    expect(() => clipByGlobalNorm(tree(), 0)).toThrow(/must be above 0, but is 0/);
  });
  test("by value holds each element", async () => {
    const clipped = clipByValue(tree(), 3.5);
    await expectClose(clipped.a, [3, 0]);
    await expectClose(clipped.b[0] ?? clipped.a, [0, -3.5]);
    await expectClose(clipped.b[1] ?? clipped.a, [3.5]);
  });
});

test("gradients accumulated over four batches are the gradient of the batch of all", async () => {
  const x = tensor(numbers(24)).reshape([8, 3]);
  const y = tensor(numbers(8, 1));
  const loss = ({ w }: { w: Tensor }, rows: Tensor, labels: Tensor): Tensor =>
    rows
      .matmul(w.reshape([3, 1]))
      .reshape([rows.shape[0] ?? 0])
      .subtract(labels)
      .square()
      .mean();
  const parameters = { w: tensor(numbers(3, 2)) };
  using add = compile(
    (sum: ReturnType<typeof startAccumulation<{ w: Tensor }>>, rows: Tensor, labels: Tensor) =>
      accumulateGradient(sum, grad(loss)(parameters, rows, labels)),
    { donate: [0] },
  );
  let sum = startAccumulation(parameters);
  for (let i = 0; i < 4; i++) sum = await add(sum, x.slice([2 * i, 0], [2, 3]), y.slice([2 * i], [2]));
  const whole = await grad(loss)(parameters, x, y).w.data();
  await expectClose(accumulatedGradient(sum).w, [...whole]);
});

test("a moving average follows its recurrence, also with the decay as data", async () => {
  let average = { w: tensor([1, 2]) };
  average = movingAverage(average, { w: tensor([3, -2]) }, 0.9);
  await expectClose(average.w, [0.9 + 0.3, 1.8 - 0.2]);
  average = movingAverage(average, { w: tensor([0, 0]) }, tensor(0.5));
  await expectClose(average.w, [0.6, 0.8]);
  expect(() => movingAverage(average, average, 1.5)).toThrow(/from 0 to 1, but is 1.5/);
});

describe.each<{ name: string; schedule: Schedule; plain: (step: number) => number }>([
  { name: "constant", schedule: constantSchedule(0.3), plain: () => 0.3 },
  {
    name: "step",
    schedule: stepSchedule(0.3, { every: 3, factor: 0.5 }),
    plain: (step) => 0.3 * 0.5 ** Math.floor(step / 3),
  },
  { name: "exponential", schedule: exponentialSchedule(0.3, { decay: 0.95 }), plain: (step) => 0.3 * 0.95 ** step },
  {
    name: "cosine",
    schedule: cosineSchedule(0.3, { steps: 20, minimum: 0.1 }),
    plain: (step) => 0.1 + 0.1 * (1 + Math.cos((Math.PI * Math.min(step, 20)) / 20)),
  },
  {
    name: "warm-up, then cosine",
    schedule: warmUpSchedule(cosineSchedule(0.3, { steps: 10 }), { steps: 4, from: 0.1 }),
    plain: (step) =>
      step < 4 ? 0.3 * (0.1 + (0.9 * step) / 4) : 0.15 * (1 + Math.cos((Math.PI * Math.min(step - 4, 10)) / 10)),
  },
])("the $name schedule", ({ schedule, plain }) => {
  test("is its formula at every step, from one plan with the step as data", async () => {
    let traces = 0;
    using rate = compile((step: Tensor) => {
      traces++;
      return schedule(step);
    });
    for (let step = 0; step < 30; step++) await expectClose(await rate(tensor(step)), [plain(step)], 3e-7);
    expect(traces).toBe(1);
    await expectClose(schedule(tensor(Int32Array.of(7)).reshape([])), [plain(7)], 3e-7);
  });
});

test("a schedule over no steps is refused", () => {
  expect(() => cosineSchedule(0.1, { steps: 0 })).toThrow(/at least 1, but is 0/);
});
