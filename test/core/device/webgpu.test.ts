// The WebGPU device: memory, replay, faults and loss, on SwiftShader.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ArgumentError, type Attributes, map, op, type TensorType, type WebGPULaunch } from "@millrace/kernels";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Fallback } from "../../../core/device/device.ts";
import { DeviceFaultError, DeviceLostError, OutOfMemoryError, UnsupportedError } from "../../../core/device/error.ts";
import { openWebGPUDevice } from "../../../core/device/webgpu/index.ts";
import { applyOp, inputValue, type Value } from "../../../core/graph/node.ts";
import { makePlan } from "../../../core/plan/make-plan.ts";
import type { Plan } from "../../../core/plan/plan.ts";
import { createEntry, type GPUSource, type OpenedGPU, openGPU } from "./webgpu.fixture.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

const opened: OpenedGPU[] = [];
const open = async (source: GPUSource = { backend: "software" }): Promise<OpenedGPU> => {
  const gpu = await openGPU(source);
  opened.push(gpu);
  return gpu;
};
afterEach(() => {
  for (const { device } of opened.splice(0)) device[Symbol.dispose]();
});

/** p - rate * g with p donated: a training step in little. */
const stepPlan = (type: TensorType): Plan => {
  const [parameter, gradient, rate] = [inputValue(type), inputValue(type), inputValue(f32())];
  const [scaled] = applyOp("multiply", [gradient, rate], {});
  const [next] = applyOp("subtract", [parameter, scaled as Value], {});
  return makePlan([parameter, gradient, rate], [next as Value], { donated: [0] });
};

describe("opening", () => {
  test("a software adapter is refused unless it is asked for by name", async () => {
    await expect(openWebGPUDevice()).rejects.toThrow(UnsupportedError);
    await expect(openWebGPUDevice()).rejects.toThrow(/only GPU adapter here is software.*software: true/);
  });

  test("an environment without adapters is told which device to use", async () => {
    const gpu = createEntry(["adapter=no such adapter"]);
    await expect(openWebGPUDevice({ gpu, software: true })).rejects.toThrow(
      /no GPU adapter here; use the "wasm" device/,
    );
  });

  test("the adapter's own limits are taken, which are above WebGPU's least", async () => {
    const { device } = await open();
    expect(device.name).toMatch(/^webgpu \(SwiftShader/);
    expect(device.traits.limits.maxComputeWorkgroupStorageSize).toBe(32_768);
    expect(device.traits.limits.maxStorageBufferBindingSize).toBe(2 ** 30);
    expect(device.traits.features.has("subgroups")).toBe(true);
    expect(device.maximumMapBuffers).toBe(12);
  });
});

describe("memory", () => {
  test("tensors of every dtype come back as they were written, empty ones too", async () => {
    const { device } = await open();
    const cases = [
      [{ dtype: "f32", shape: [3] }, new Float32Array([1.5, Number.NaN, Number.NEGATIVE_INFINITY])],
      [{ dtype: "i32", shape: [2] }, new Int32Array([-(2 ** 31), 7])],
      [{ dtype: "u32", shape: [1, 1] }, new Uint32Array([2 ** 32 - 1])],
      [{ dtype: "bool", shape: [5] }, new Uint8Array([1, 0, 0, 1, 1])],
      [{ dtype: "f32", shape: [] }, new Float32Array([0.25])],
      [{ dtype: "f32", shape: [0, 4] }, new Float32Array()],
    ] as const;
    for (const [type, data] of cases) {
      const buffer = device.allocate(type);
      device.write(buffer, type, data);
      expect(await device.read(buffer, type)).toEqual(data);
    }
  });

  test("what is released is counted out at once and its memory serves the next tensor of that size", async () => {
    const { device } = await open();
    const buffers = [1, 2, 3].map(() => device.allocate(f32(1000)));
    expect(device.memory).toMatchObject({ liveBuffers: 3, liveBytes: 12_000 });
    const { reservedBytes } = device.memory;
    for (const buffer of buffers) device.release(buffer);
    expect(device.memory).toMatchObject({ liveBuffers: 0, liveBytes: 0, reservedBytes });
    for (let i = 0; i < 3; i++) device.allocate(f32(1000));
    expect(device.memory.reservedBytes).toBe(reservedBytes);
  });

  test("the pool holds no more than 256 MiB", async () => {
    const { device } = await open({ backend: "null" });
    const size = 2 ** 24;
    const buffers = Array.from({ length: 8 }, () => device.allocate(f32(size)));
    expect(device.memory.reservedBytes).toBe(8 * 4 * size);
    for (const buffer of buffers) device.release(buffer);
    expect(device.memory.reservedBytes).toBe(256 * 2 ** 20);
  });

  test("a tensor past the binding limit is refused with the limit", async () => {
    const { device } = await open();
    expect(() => device.allocate(f32(2 ** 28 + 1))).toThrow(OutOfMemoryError);
    expect(() => device.allocate(f32(2 ** 28 + 1))).toThrow(/1073741828 bytes is past this GPU's limit of 1073741824/);
    expect(device.memory.liveBuffers).toBe(0);
  });

  test("a released buffer and another device's buffer are refused by name", async () => {
    const [{ device }, { device: other }] = [await open(), await open()];
    const buffer = device.allocate(f32(2));
    device.release(buffer);
    expect(() => device.write(buffer, f32(2), new Float32Array(2))).toThrow("this buffer was released");
    await expect(device.read(other.allocate(f32(2)), f32(2))).rejects.toThrow(/belongs to the device webgpu/);
    expect(() => device.write(device.allocate(f32(2)), f32(2), new Float32Array(3))).toThrow(ArgumentError);
  });

  test("work queued before a release still sees the buffer", async () => {
    const { device } = await open();
    const type = f32(1000);
    using executable = await device.prepare(stepPlan(type));
    const [parameter, gradient, rate] = [device.allocate(type), device.allocate(type), device.allocate(f32())];
    device.write(parameter, type, new Float32Array(1000).fill(1));
    device.write(gradient, type, new Float32Array(1000).fill(2));
    device.write(rate, f32(), new Float32Array([0.25]));
    await executable.run([parameter, gradient, rate]);
    device.release(gradient);
    const reused = device.allocate(type);
    device.write(reused, type, new Float32Array(1000).fill(99));
    expect(await device.read(parameter, type)).toEqual(new Float32Array(1000).fill(0.5));
  });
});

describe("replay", () => {
  test("a thousand steps take one submit each, make one set of bind groups, and leave no buffer behind", async () => {
    const { device, raw } = await open();
    const type = f32(4, 8);
    using executable = await device.prepare(stepPlan(type));
    const [parameter, gradient, rate] = [device.allocate(type), device.allocate(type), device.allocate(f32())];
    device.write(parameter, type, new Float32Array(32).fill(10));
    device.write(gradient, type, new Float32Array(32).fill(1));
    device.write(rate, f32(), new Float32Array([0.0078125]));
    const submits = vi.spyOn(raw.queue, "submit");
    const groups = vi.spyOn(raw, "createBindGroup");
    const before = device.memory;
    for (let step = 0; step < 1000; step++) await executable.run([parameter, gradient, rate]);
    expect(submits).toHaveBeenCalledTimes(1000);
    expect(groups).toHaveBeenCalledTimes(1);
    expect(device.memory).toEqual(before);
    expect(await device.read(parameter, type)).toEqual(new Float32Array(32).fill(10 - 1000 * 0.0078125));
  });

  test("a caller never gets more than 256 runs ahead of the GPU", async () => {
    const { device, raw } = await open();
    using executable = await device.prepare(stepPlan(f32(4)));
    const buffers = [device.allocate(f32(4)), device.allocate(f32(4)), device.allocate(f32())];
    const done: (() => void)[] = [];
    vi.spyOn(raw.queue, "onSubmittedWorkDone").mockImplementation(
      () => new Promise((resolve) => done.push(() => resolve(undefined))),
    );
    let runs = 0;
    const loop = (async () => {
      for (; runs < 400; runs++) await executable.run(buffers);
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(runs).toBe(255);
    for (let i = 0; i < 8; i++) {
      for (const finish of done.splice(0)) finish();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await loop;
    expect(runs).toBe(400);
  });

  test("new external buffers make bind groups only for the launches that bind them", async () => {
    const { device, raw } = await open({ backend: "null" });
    const type = f32(8, 8);
    const [x, w] = [inputValue(type), inputValue(type)];
    const plain = { transposeA: false, transposeB: false, activation: "none" };
    let value: Value = x;
    for (let layer = 0; layer < 5; layer++) [value = x] = applyOp("matmul", [value, w], plain);
    using executable = await device.prepare(makePlan([x, w], [value]));
    const [input, weights, result, other] = [1, 2, 3, 4].map(() => device.allocate(type));
    if (!input || !weights || !result || !other) throw new Error("four buffers were allocated");
    const groups = vi.spyOn(raw, "createBindGroup");
    await executable.run([input, weights, result]);
    expect(groups).toHaveBeenCalledTimes(5);
    await executable.run([other, weights, result]);
    expect(groups).toHaveBeenCalledTimes(6);
    await executable.run([input, weights, result]);
    expect(groups).toHaveBeenCalledTimes(6);
  });

  test("one source is compiled once a device, however many plans use it", async () => {
    const { device } = await open({ backend: "null" });
    for (const size of [10, 20, 30]) {
      const x = inputValue(f32(size, 4));
      (await device.prepare(makePlan([x], applyOp("relu", [x], {}))))[Symbol.dispose]();
    }
    expect(device.pipelines).toBe(1);
  });

  test("a disposed executable gives its temporaries back", async () => {
    const { device } = await open({ backend: "null" });
    const x = inputValue(f32(64, 64));
    const [weights = x] = applyOp("softmax", [x], { logarithm: false });
    const plan = makePlan([x], applyOp("softmax", [weights], { logarithm: false }));
    expect(plan.cost.temporaryBytes).toBe(4 * 64 * 64);
    for (let i = 0; i < 3; i++) (await device.prepare(plan))[Symbol.dispose]();
    expect(device.memory.reservedBytes).toBe(4 * 64 * 64);
  });

  test("a disposed executable refuses to run, since its temporaries may be another's by now", async () => {
    const { device } = await open({ backend: "null" });
    const executable = await device.prepare(stepPlan(f32(4)));
    executable[Symbol.dispose]();
    const buffers = [device.allocate(f32(4)), device.allocate(f32(4)), device.allocate(f32())];
    await expect(executable.run(buffers)).rejects.toThrow("this executable was disposed; prepare the plan again");
  });

  test("the same memory under two names is refused when one of them is written", async () => {
    const { device } = await open();
    const type = f32(4);
    using executable = await device.prepare(stepPlan(type));
    const [parameter, rate] = [device.allocate(type), device.allocate(f32())];
    await expect(executable.run([parameter, parameter, rate])).rejects.toThrow(
      /buffers 0 and 1 of this run are the same memory and one of them is written/,
    );
    const [x, y] = [inputValue(type), inputValue(type)];
    using sum = await device.prepare(makePlan([x, y], applyOp("add", [x, y], {})));
    device.write(parameter, type, new Float32Array([1, 2, 3, 4]));
    const result = device.allocate(type);
    await sum.run([parameter, parameter, result]);
    expect(await device.read(result, type)).toEqual(new Float32Array([2, 4, 6, 8]));
  });

  test("a run with a buffer too few says how many the plan binds", async () => {
    const { device } = await open({ backend: "null" });
    using executable = await device.prepare(stepPlan(f32(4)));
    await expect(executable.run([])).rejects.toThrow("this plan binds 3 buffers, but got 0");
  });
});

describe("faults", () => {
  const planOf = (launch: Partial<WebGPULaunch>): Plan => {
    const broken = op<Attributes>({
      name: "broken",
      inputs: ["x"],
      outputs: (inputs) => inputs,
      work: () => ({ flops: 0, bytes: 0 }),
      own: {
        reference: (inputs) => inputs,
        webgpu: launch.source
          ? [
              {
                device: "webgpu",
                name: "broken",
                lower: () => ({
                  launches: [{ source: "", bindings: [{ input: 0 }, { output: 0 }], workgroups: [1, 1, 1], ...launch }],
                }),
              },
            ]
          : [],
      },
    });
    const work = { flops: 0, bytes: 0 };
    const [input, output] = [0, 1].map((slot) => ({ slot, type: f32(4) }));
    if (!input || !output) throw new Error("two operands were made");
    return {
      steps: [{ op: broken, attributes: {}, inputs: [input], outputs: [output], aliases: [-1], work }],
      slots: [0, 1].map(() => ({ kind: "external", byteLength: 16 })),
      externals: [0, 1],
      arguments: [input],
      results: [output],
      cost: { ...work, dispatches: 1, temporaryBytes: 0, byKernel: new Map() },
    };
  };

  test("an op without a WebGPU kernel is named, and told once", async () => {
    const { device } = await open({ backend: "null" });
    const told: Fallback[] = [];
    device.onFallback = (fallback) => told.push(fallback);
    for (let i = 0; i < 2; i++) (await device.prepare(planOf({})))[Symbol.dispose]();
    expect(told.map(({ op, step }) => ({ op, step }))).toEqual([{ op: "broken", step: "broken f32[4] -> f32[4]" }]);
    expect(device.fallbacks).toEqual(told);
  });

  test("a kernel that does not compile is refused at prepare, with the compiler's own words", async () => {
    const { device } = await open({ backend: "null" });
    const source = "@group(0) @binding(0) var<storage, read> x: array<f32>;\nfn main( {}";
    const refused = device.prepare(planOf({ source }));
    await expect(refused).rejects.toThrow(DeviceFaultError);
    await expect(refused).rejects.toThrow(/Error while parsing WGSL/);
    await device.read(device.allocate(f32(1)), f32(1));
  });

  test("a map with more buffers than the GPU binds says how to plan it", async () => {
    const { device } = await open({ backend: "null" });
    const inputs = Array.from({ length: 40 }, () => inputValue(f32(4)));
    const attributes = { instructions: [], outputs: [0], shape: [4] };
    expect(
      map.outputs(
        inputs.map((input) => input.type),
        attributes,
      ),
    ).toHaveLength(1);
    const plan = makePlan(inputs, applyOp("map", inputs, attributes));
    await expect(device.prepare(plan)).rejects.toThrow(UnsupportedError);
    await expect(device.prepare(plan)).rejects.toThrow(/map binds 41 buffers, but this GPU allows \d+/);
  });

  test("work that the GPU refuses is told by the next call, once", async () => {
    const { device, raw } = await open();
    const buffer = device.allocate(f32(1));
    device.write(buffer, f32(1), new Float32Array([3]));
    raw.createBuffer({ size: 4, usage: 0x01 | 0x02 });
    await expect(device.read(buffer, f32(1))).rejects.toThrow(DeviceFaultError);
    expect(await device.read(buffer, f32(1))).toEqual(new Float32Array([3]));
  });

  test("a lost device settles `lost` and fails every later call with DeviceLostError", async () => {
    const { device, raw } = await open();
    const type = f32(4);
    const executable = await device.prepare(stepPlan(type));
    const buffers = [device.allocate(type), device.allocate(type), device.allocate(f32())] as const;
    const reading = device.read(buffers[0], type);
    raw.destroy();
    await expect(reading).rejects.toThrow(DeviceLostError);
    expect(await device.lost).toBeInstanceOf(DeviceLostError);
    expect(() => device.allocate(type)).toThrow(DeviceLostError);
    expect(() => device.write(buffers[0], type, new Float32Array(4))).toThrow(/open another and resume/);
    await expect(device.read(buffers[0], type)).rejects.toThrow(DeviceLostError);
    await expect(executable.run(buffers)).rejects.toThrow(DeviceLostError);
    await expect(device.prepare(stepPlan(type))).rejects.toThrow(DeviceLostError);
  });

  test("a closed device says that it was closed", async () => {
    const { device } = await open();
    const buffer = device.allocate(f32(4));
    device[Symbol.dispose]();
    expect(device.memory).toEqual({ liveBuffers: 0, liveBytes: 0, reservedBytes: 0 });
    await expect(device.read(buffer, f32(4))).rejects.toThrow("this GPU device was closed");
  });
});

describe("the process", () => {
  test("survives the garbage collector with a device at work, and ends although a device is open", async () => {
    const program = new URL("webgpu-exit.program.ts", import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--expose-gc", "--conditions=millrace-source", program],
      { timeout: 30_000 },
    );
    const lines = stdout.trim().split("\n");
    expect(lines.filter((line) => line === "3")).toHaveLength(20);
    expect(lines).toContain("this GPU device was closed");
    expect(lines.at(-1)).toBe("end");
  });
});
