// A device that lacks an op runs it on the reference device, gives the same answer, and says so.
import { type AnyOp, op, type TensorType } from "@millrace/kernels";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Device, Fallback } from "../../../core/device/device.ts";
import { OutOfMemoryError, UnsupportedError } from "../../../core/device/error.ts";
import { openDevice } from "../../../core/device/open-device.ts";
import { apply, applyOp, inputValue, type Value } from "../../../core/graph/node.ts";
import { makePlan } from "../../../core/plan/make-plan.ts";
import type { Plan } from "../../../core/plan/plan.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

/** The sign of each element changed where its place is odd: no device has a kernel for it. */
const alternate: AnyOp = op({
  name: "alternate",
  inputs: ["x"],
  outputs: ([x]) => (x ? [x] : []),
  work: () => ({ flops: 0, bytes: 0 }),
  own: {
    reference: ([x]) => (x ? [{ type: x.type, data: Float64Array.from(x.data, (v, i) => (i % 2 ? -v : v)) }] : []),
  },
});

/** sum(2 * alternate(alternate(x + 1) * 3)): kernels before, between and behind the two that are lacking. */
const planWithAlternate = (size: number): Plan => {
  const x = inputValue(f32(size));
  const lacking = (value: Value): Value => {
    // A step of another op with the right form, whose op is then replaced.
    const [made] = applyOp("softmax", [value], { axis: 0 });
    if (!made) throw new Error("softmax has a result");
    return made;
  };
  const scaled = apply("multiply", [lacking(apply("add", [x, x])), x]);
  const plan = makePlan(
    [x],
    applyOp("reduce", [lacking(scaled)], { function: "sum", axes: [0], keepDimensions: false }),
  );
  return {
    ...plan,
    steps: plan.steps.map((step) => (step.op.name === "softmax" ? { ...step, op: alternate } : step)),
  };
};

const run = async (device: Device, plan: Plan, values: readonly number[]): Promise<number[]> => {
  using executable = await device.prepare(plan);
  const buffers = [device.allocate(f32(values.length)), device.allocate(f32())];
  const [from, to] = buffers;
  if (!from || !to) throw new Error("two buffers were made");
  device.write(from, f32(values.length), Float32Array.from(values));
  await executable.run(buffers);
  await executable.run(buffers);
  const result = [...(await device.read(to, f32()))];
  for (const buffer of buffers) device.release(buffer);
  return result;
};

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["wasm", () => openDevice("wasm", { threads: 1 })],
  ["wasm, two threads", () => openDevice("wasm", { threads: 2 })],
  ["webgpu on SwiftShader", () => openDevice("webgpu", { software: true })],
];

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(devices)("on %s", (_, open) => {
  test("steps before, between and behind the lacking ones run where they should, and memory is given back", async () => {
    using device = await open();
    const told: Fallback[] = [];
    device.onFallback = (fallback) => told.push(fallback);
    const before = device.memory.liveBuffers;
    // 2x = [2, 4, 6]; alternated and times x: [2, -8, 18]; alternated: [2, 8, 18]; the sum is 28.
    expect(await run(device, planWithAlternate(3), [1, 2, 3])).toEqual([28]);
    expect(device.memory.liveBuffers).toBe(before);
    expect(told).toEqual(device.fallbacks);
    expect(told).toEqual([
      {
        op: "alternate",
        step: "alternate f32[3] -> f32[3]",
        message: `${device.name} has no kernel for alternate f32[3] -> f32[3]: it runs on the reference device, with copies there and back`,
      },
    ]);
    await run(device, planWithAlternate(5), [1, 2, 3, 4, 5]);
    expect(told).toHaveLength(1);
    expect(device.fallbacks.map(({ step }) => step)).toEqual([
      "alternate f32[3] -> f32[3]",
      "alternate f32[5] -> f32[5]",
    ]);
  });
});

test("runs that are started together do not disturb each other", async () => {
  using device = await openDevice("wasm", { threads: 1 });
  device.onFallback = () => {};
  using executable = await device.prepare(planWithAlternate(3));
  const sets = [1, 10, 100].map((scale) => {
    const buffers = [device.allocate(f32(3)), device.allocate(f32())];
    if (buffers[0]) device.write(buffers[0], f32(3), Float32Array.of(scale, 2 * scale, 3 * scale));
    return buffers;
  });
  await Promise.all(sets.map((buffers) => executable.run(buffers)));
  const sums = await Promise.all(sets.map(async ([, to]) => (to ? [...(await device.read(to, f32()))] : [])));
  expect(sums).toEqual([[28], [2800], [280000]]);
});

test("without a listener the console warns, once", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  using device = await openDevice("wasm", { threads: 1 });
  await run(device, planWithAlternate(3), [1, 2, 3]);
  await run(device, planWithAlternate(4), [1, 2, 3, 4]);
  expect(warn.mock.calls).toEqual([[device.fallbacks[0]?.message]]);
});

test("a deterministic device refuses, as the reference would break its promise", async () => {
  using device = await openDevice("wasm", { deterministic: true, threads: 1 });
  const refused = device.prepare(planWithAlternate(3));
  await expect(refused).rejects.toThrow(UnsupportedError);
  await expect(refused).rejects.toThrow(
    /no kernel for alternate f32\[3\] -> f32\[3\].*open a device without \{ deterministic: true \}/,
  );
});

test("a plan that finds no room names its largest step with the sizes", async () => {
  using device = await openDevice("wasm", { threads: 1 });
  const x = inputValue(f32(1 << 29, 2));
  const [soft] = applyOp("softmax", [x], { axis: 1 });
  if (!soft) throw new Error("softmax has a result");
  const plan = makePlan([x], applyOp("softmax", [soft], { axis: 0 }));
  const refused = device.prepare(plan);
  await expect(refused).rejects.toThrow(OutOfMemoryError);
  await expect(refused).rejects.toThrow(/softmax f32\[536870912, 2\] -> f32\[536870912, 2\]/);
});
