// A profile counts what the plan says, times it, changes no result and leaves nothing behind.
import { type AnyOp, op } from "@millrace/kernels";
import { describe, expect, test } from "vitest";
import type { Device } from "../../../core/device/device.ts";
import { openDevice } from "../../../core/device/open-device.ts";
import { applyOp, inputValue } from "../../../core/graph/node.ts";
import { makePlan } from "../../../core/plan/make-plan.ts";
import { describeProfile, measureRoof, profiled, traceProfile } from "../../../core/profile/index.ts";
import { type Tensor, tensor } from "../../../core/tensor/tensor.ts";
import { compile, grad } from "../../../core/transform/index.ts";
import { openGPU } from "../device/webgpu.fixture.ts";

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["reference", () => openDevice("reference")],
  ["wasm", () => openDevice("wasm", { threads: 1, deterministic: true })],
  ["wasm, two threads", () => openDevice("wasm", { threads: 2 })],
  ["webgpu on SwiftShader", () => openDevice("webgpu", { software: true })],
];

const waves = (rows: number, columns: number): Tensor =>
  tensor(
    Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
    [rows, columns],
  );

const loss = (weights: Tensor, x: Tensor): Tensor => x.matmul(weights).tanh().square().mean();
/** One step of descent that overwrites its weights. */
const descend = (weights: Tensor, x: Tensor): Tensor => weights.subtract(grad(loss)(weights, x).multiply(0.1));

const train = async (device: Device, steps: number, around: (run: () => Promise<void>) => Promise<unknown>) => {
  using step = compile(descend, { device, donate: [0] });
  using x = waves(9, 5);
  let weights = waves(5, 3);
  const plan = step.plan(weights, x);
  // Prepared before the profile begins, as in a program that is looked at while it runs.
  weights = await step(weights, x);
  const result = await around(async () => {
    for (let i = 1; i < steps; i++) weights = await step(weights, x);
  });
  const values = [...(await weights.data())];
  weights.dispose();
  return { plan, values, result };
};

describe.each(devices)("on %s", (_, open) => {
  test("counts are those of the plan, times are measured, results have the same bits, memory is given back", async () => {
    using device = await open();
    await measureRoof(device);
    const plain = await train(device, 4, (run) => run());
    const before = device.memory.liveBuffers;
    let profile: Awaited<ReturnType<typeof profiled>> | undefined;
    const watched = await train(device, 4, async (run) => {
      profile = await profiled(device, run);
    });
    expect(watched.values).toEqual(plain.values);
    expect(device.memory.liveBuffers).toBe(before);
    if (!profile) throw new Error("the profile was made");
    const { cost, steps } = watched.plan;
    const sum = (of: "calls" | "flops" | "bytes"): number | undefined =>
      profile?.kernels.reduce((total, kernel) => total + kernel[of], 0);
    expect([profile.runs, sum("calls"), sum("flops"), sum("bytes")]).toEqual([
      3,
      3 * steps.length,
      3 * cost.flops,
      3 * cost.bytes,
    ]);
    expect(profile.kernels.map(({ name }) => name)).toContain("matmul");
    expect(profile.events.map(({ name }) => name)).toEqual(
      [0, 1, 2].flatMap(() => steps.map((step) => expect.stringContaining(step.op.name === "map" ? "" : step.op.name))),
    );
    const timed = profile.kernels.reduce((total, { milliseconds = 0 }) => total + milliseconds, 0);
    expect(timed).toBeGreaterThan(0);
    expect(timed).toBeLessThanOrEqual(profile.milliseconds);
    expect(profile.clock).toBe(device.kind === "webgpu" ? "device" : "host");
    for (const { roofShare, bound } of profile.kernels)
      if (device.kind === "reference") expect([roofShare, bound]).toEqual([undefined, undefined]);
      else if (roofShare !== undefined) expect(roofShare).toBeGreaterThan(0);
    expect(profile.kernels.some(({ roofShare }) => roofShare !== undefined)).toBe(device.kind !== "reference");
  });

  test("calls that overlap keep their own temporaries", async () => {
    using device = await open();
    using f = compile((x: Tensor) => x.matmul(x).softmax().matmul(x).sum({ axis: 0 }), { device });
    const inputs = [1, 2, 3].map((scale) => tensor([scale, 0.5, -scale, 0.25], [2, 2]));
    const apart: number[][] = [];
    for (const x of inputs) apart.push([...(await (await f(x)).data())]);
    let together: number[][] = [];
    await profiled(
      device,
      async () => {
        together = await Promise.all(inputs.map(async (x) => [...(await (await f(x)).data())]));
      },
      { roof: false },
    );
    expect(together).toEqual(apart);
  });
});

test("a product of two large matrices is nearer to the roof than one of two small ones", async () => {
  using device = await openDevice("wasm", { threads: 1 });
  const shareOf = async (size: number): Promise<number> => {
    using x = waves(size, size);
    using f = compile((y: Tensor) => y.matmul(y), { device });
    (await f(x)).dispose();
    const profile = await profiled(device, async () => (await f(x)).dispose());
    return profile.kernels[0]?.roofShare ?? 0;
  };
  const [small, large] = [await shareOf(8), await shareOf(384)];
  expect(large).toBeGreaterThan(small);
  expect(large).toBeGreaterThan(0.1);
  expect(large).toBeLessThan(1.5);
});

test("a GPU without timestamps is timed by whole runs, and the table says so", async () => {
  const { device } = await openGPU({ backend: "software", withoutTimestamps: true });
  using f = compile((x: Tensor) => x.matmul(x).softmax(), { device });
  const profile = await profiled(device, () => f(waves(4, 4)), { roof: false });
  expect(profile.clock).toBe("runs");
  expect(profile.events).toHaveLength(1);
  expect(profile.events[0]).toMatchObject({ name: "run", step: "a plan of 2 steps" });
  expect(profile.kernels.map(({ name, calls, milliseconds }) => [name, calls, milliseconds])).toEqual([
    ["matmul", 1, undefined],
    ["softmax", 1, undefined],
  ]);
  expect(describeProfile(profile)).toContain("this GPU has no timestamps: runs were timed whole, kernels were not");
  device[Symbol.dispose]();
});

const halve: AnyOp = op({
  name: "halve",
  inputs: ["x"],
  outputs: ([x]) => (x ? [x] : []),
  work: () => ({ flops: 4, bytes: 32 }),
  own: { reference: ([x]) => (x ? [{ type: x.type, data: Float64Array.from(x.data, (v) => v / 2) }] : []) },
});

test("a step that fell back is named in the kernels, the table and the trace", async () => {
  using device = await openDevice("wasm", { threads: 1 });
  device.onFallback = () => {};
  const type = { dtype: "f32", shape: [4] } as const;
  const x = inputValue(type);
  const plan = makePlan([x], applyOp("softmax", [x], { axis: 0 }));
  using executable = await device.prepare({ ...plan, steps: plan.steps.map((step) => ({ ...step, op: halve })) });
  const buffers = [device.allocate(type), device.allocate(type)];
  if (buffers[0]) device.write(buffers[0], type, Float32Array.of(2, 4, 6, 8));
  const profile = await profiled(device, () => executable.run(buffers), { roof: false });
  expect(buffers[1] && [...(await device.read(buffers[1], type))]).toEqual([1, 2, 3, 4]);
  expect(profile.kernels).toMatchObject([{ name: "halve", calls: 1, fallsBack: true, roofShare: undefined }]);
  expect(profile.fallbacks.map(({ op: name }) => name)).toEqual(["halve"]);
  const table = describeProfile(profile);
  expect(table).toMatch(/^halve \(on the reference device\) +1 /m);
  expect(table).toContain("has no kernel for halve f32[4] -> f32[4]: it runs on the reference device");
  expect(traceProfile(profile).traceEvents.filter(({ tid }) => tid === 2)).toMatchObject([
    { ph: "M", args: { name: "reference (fallback)" } },
    { ph: "X", name: "halve", cat: "fallback" },
  ]);
});

test("the trace is one span a step, in order and without overlap, named and sized", async () => {
  using device = await openDevice("wasm", { threads: 1 });
  using f = compile((x: Tensor) => x.matmul(x).softmax().sum({ axis: 1 }), { device });
  const profile = await profiled(device, () => f(waves(16, 16)), { roof: false });
  const trace: ReturnType<typeof traceProfile> = JSON.parse(JSON.stringify(traceProfile(profile)));
  const spans = trace.traceEvents.filter(({ ph }) => ph === "X");
  expect(spans.map(({ name, args }) => [name, args.step])).toEqual([
    ["matmul", "matmul f32[16, 16] f32[16, 16] -> f32[16, 16]"],
    ["softmax", "softmax f32[16, 16] -> f32[16, 16]"],
    ["reduce", "reduce f32[16, 16] -> f32[16]"],
  ]);
  spans.forEach(({ ts = -1, dur = -1 }, i) => {
    expect(ts).toBeGreaterThanOrEqual(0);
    expect(dur).toBeGreaterThan(0);
    expect(ts + dur).toBeLessThanOrEqual(spans[i + 1]?.ts ?? 1000 * profile.milliseconds);
  });
  expect(trace.traceEvents.filter(({ ph }) => ph === "M").map(({ args }) => args.name)).toEqual([
    "Millrace",
    device.name,
  ]);
});

test("a device is profiled by one at a time, and again after a failure", async () => {
  using device = await openDevice("reference");
  await expect(profiled(device, () => profiled(device, () => {}))).rejects.toThrow(
    "reference (float64) is being profiled already; end that profile before you begin another",
  );
  await expect(profiled(device, () => Promise.reject(new Error("its own failure")))).rejects.toThrow("its own failure");
  const profile = await profiled(device, () => tensor([1, 2]).exp().data(device));
  expect(profile.kernels.map(({ name, calls }) => [name, calls])).toEqual([["map(exp)", 1]]);
});
