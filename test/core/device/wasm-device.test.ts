// The WASM device apart from its kernels: memory, threads, loss, closing.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import type { TensorType } from "@millrace/kernels";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeviceBuffer } from "../../../core/device/device.ts";
import { DeviceLostError, OutOfMemoryError, UnsupportedError } from "../../../core/device/error.ts";
import { createAllocator } from "../../../core/device/wasm/allocator.ts";
import { openWasmDevice, type WasmDevice } from "../../../core/device/wasm/index.ts";
import { applyOp, inputValue } from "../../../core/graph/node.ts";
import { makePlan } from "../../../core/plan/make-plan.ts";
import type { HostArray } from "../../../core/tensor/host-array.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

/** Runs one op on values and reads its first result. */
const runOp = async (
  device: WasmDevice,
  name: string,
  inputs: readonly { type: TensorType; data: HostArray }[],
  attributes: object,
): Promise<HostArray> => {
  const args = inputs.map((input) => inputValue(input.type));
  const plan = makePlan(args, applyOp(name, args, { ...attributes }));
  using executable = await device.prepare(plan);
  const types = [...inputs.map((input) => input.type), ...plan.results.map((result) => result.type)];
  const buffers = types.map((type) => device.allocate(type));
  inputs.forEach(({ type, data }, i) => {
    const buffer = buffers[i];
    if (buffer) device.write(buffer, type, data);
  });
  await executable.run(buffers);
  const [result] = plan.results;
  const buffer = buffers[inputs.length];
  if (!result || !buffer) throw new Error("the op has no result");
  const data = await device.read(buffer, result.type);
  for (const held of buffers) device.release(held);
  return data;
};

const ramp = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.37) * 3);

describe("memory", () => {
  let device: WasmDevice;
  beforeAll(async () => {
    device = await openWasmDevice({ threads: 1 });
  });
  afterAll(() => device[Symbol.dispose]());

  test("counts what tensors hold and forgets it when they are released, once", () => {
    expect(device.memory).toMatchObject({ liveBuffers: 0, liveBytes: 0 });
    const buffer = device.allocate(f32(10, 10));
    expect(device.memory).toMatchObject({ liveBuffers: 1, liveBytes: 400 });
    device.release(buffer);
    device.release(buffer);
    expect(device.memory).toMatchObject({ liveBuffers: 0, liveBytes: 0 });
  });

  test("keeps tensors' contents while memory grows under them", async () => {
    const small = device.allocate(f32(1000));
    device.write(small, f32(1000), ramp(1000));
    const reserved = device.memory.reservedBytes;
    const large = device.allocate(f32(8 << 20));
    expect(device.memory.reservedBytes).toBeGreaterThan(reserved);
    expect(await device.read(small, f32(1000))).toEqual(ramp(1000));
    device.release(small);
    device.release(large);
  });

  test("reads booleans as bytes of 0 and 1 though the device holds words", async () => {
    const type: TensorType = { dtype: "bool", shape: [5] };
    const buffer = device.allocate(type);
    device.write(buffer, type, Uint8Array.of(1, 0, 0, 1, 1));
    expect(await device.read(buffer, type)).toEqual(Uint8Array.of(1, 0, 0, 1, 1));
    device.release(buffer);
  });

  test("leaves nothing behind after a plan has run a thousand times and is disposed", async () => {
    const args = [inputValue(f32(64, 32)), inputValue(f32(32, 16))];
    const plan = makePlan(args, applyOp("matmul", args, { transposeA: false, transposeB: false, activation: "relu" }));
    const before = device.memory;
    {
      using executable = await device.prepare(plan);
      const buffers = [f32(64, 32), f32(32, 16), f32(64, 16)].map((type) => device.allocate(type));
      const held = device.memory;
      for (let i = 0; i < 1000; i++) await executable.run(buffers);
      expect(device.memory).toEqual(held);
      for (const buffer of buffers) device.release(buffer);
    }
    expect(device.memory).toEqual(before);
  });

  test("says what was asked for and what is held when there is no room", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 32 });
    const allocator = createAllocator(memory, 1024, 32 * 65_536);
    allocator.allocate(1_000_000);
    expect(() => allocator.allocate(1_500_000)).toThrow(OutOfMemoryError);
    expect(() => allocator.allocate(1_500_000)).toThrow(/1500000 bytes.*1000000 bytes are live in 1 buffers.*2097152/);
  });

  test("never gives two live blocks the same bytes and merges all that is given back", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 4096 });
    const allocator = createAllocator(memory, 1000, 4096 * 65_536);
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % below;
    };
    const live: { at: number; size: number }[] = [];
    for (let i = 0; i < 5000; i++) {
      if (live.length > 0 && random(100) < 48) {
        const [block] = live.splice(random(live.length), 1);
        if (block) allocator.release(block.at);
        continue;
      }
      const size = 1 + random(5000);
      const at = allocator.allocate(size);
      expect(at % 64).toBe(0);
      expect(at).toBeGreaterThanOrEqual(1000);
      for (const other of live) expect(at + size <= other.at || other.at + other.size <= at).toBe(true);
      live.push({ at, size });
    }
    for (const block of live) allocator.release(block.at);
    expect(allocator.liveBytes).toBe(0);
    expect(allocator.allocate(4 << 20)).toBe(1024);
  });

  test("refuses buffers of another device, released ones and types that do not fit", async () => {
    const other = await openWasmDevice({ threads: 1 });
    const foreign = other.allocate(f32(4));
    const gone = device.allocate(f32(4));
    device.release(gone);
    const own = device.allocate(f32(4));
    expect(() => device.write(foreign, f32(4), ramp(4))).toThrow(UnsupportedError);
    expect(() => device.write(gone, f32(4), ramp(4))).toThrow(/released/);
    expect(() => device.write(own, f32(5), ramp(5))).toThrow(/f32\[5\] does not fit a buffer of 16 bytes/);
    device.release(own);
    other[Symbol.dispose]();
  });
});

describe("threads", () => {
  test("give the same bits as one thread, for every number of them", async () => {
    const [m, k, n] = [150, 600, 130];
    const inputs = [
      { type: f32(m, k), data: ramp(m * k) },
      { type: f32(k, n), data: ramp(k * n).reverse() },
    ];
    const long = [{ type: f32(300_000), data: ramp(300_000) }];
    const places = {
      type: { dtype: "i32", shape: [300, 1000] } as const,
      data: Int32Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 79),
    };
    const results: HostArray[][] = [];
    for (const threads of [1, 2, 3]) {
      using device = await openWasmDevice({ threads });
      results.push([
        await runOp(device, "matmul", inputs, { transposeA: false, transposeB: false, activation: "tanh" }),
        await runOp(device, "reduce", long, { function: "sum", axes: [0], keepDimensions: false }),
        await runOp(device, "exp", long, {}),
        await runOp(device, "scan", long, { function: "sum", axis: 0, exclusive: false, reverse: true }),
        await runOp(device, "scan", [{ type: f32(3000, 100), data: ramp(300_000) }], {
          function: "product",
          axis: 0,
          exclusive: true,
          reverse: false,
        }),
        await runOp(device, "sort", long, { descending: true }),
        await runOp(device, "scatterAddAlong", [places, { type: f32(300, 1000), data: ramp(300_000) }], { size: 77 }),
        await runOp(device, "softmax", [{ type: f32(3000, 100), data: ramp(300_000) }], { logarithm: false }),
      ]);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test("lose no share of the work in twenty thousand forks of many sizes", async () => {
    using device = await openWasmDevice({ threads: 3 });
    const size = 64 * 1024;
    const type: TensorType = { dtype: "u32", shape: [size] };
    const from = device.allocate(type);
    const to = device.allocate(type);
    device.write(
      from,
      type,
      Uint32Array.from({ length: size }, (_, i) => i + 1),
    );
    for (let round = 0; round < 100; round++) {
      const units = 1 + ((round * 7) % 64);
      device.write(to, type, new Uint32Array(size));
      using copies = device.prepareLaunch("roofCopy", [from, to], { units, grain: 1 + (round % 3), repeats: 200 });
      await copies.run();
      const got = await device.read(to, type);
      expect(got.subarray(0, units * 1024)).toEqual(Uint32Array.from({ length: units * 1024 }, (_, i) => i + 1));
      expect(got.subarray(units * 1024).every((word) => word === 0)).toBe(true);
    }
  });

  test("work inside a worker thread, where a server runs its kernels", async () => {
    const index = new URL("../../../core/device/wasm/index.ts", import.meta.url).href;
    const script = `import { parentPort } from "node:worker_threads";
      import { openWasmDevice } from ${JSON.stringify(index)};
      using device = await openWasmDevice({ threads: 2 });
      using empty = device.prepareLaunch("roofEmpty", [0], { units: 64, repeats: 1000 });
      await empty.run();
      parentPort.postMessage(device.name);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), {
      execArgv: ["--conditions=millrace-source"],
    });
    const answer = await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    expect(answer).toMatch(/2 threads/);
    await worker.terminate();
  });

  test("work after having slept", async () => {
    using device = await openWasmDevice({ threads: 2 });
    const input = [{ type: f32(200_000), data: ramp(200_000) }];
    const first = await runOp(device, "exp", input, {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await runOp(device, "exp", input, {})).toEqual(first);
  });
});

describe("loss", () => {
  test("a kernel that traps, in whatever thread, loses the device with a typed error", async () => {
    using device = await openWasmDevice({ threads: 2 });
    using bad = device.prepareLaunch("roofCopy", [0xffff_0000, 0xffff_0000], { units: 64, grain: 1 });
    await expect(bad.run()).rejects.toThrow(DeviceLostError);
    expect(() => device.allocate(f32(1))).toThrow(DeviceLostError);
  });

  test("a closed device refuses further work", async () => {
    const device = await openWasmDevice({ threads: 2 });
    const buffer: DeviceBuffer = device.allocate(f32(4));
    device[Symbol.dispose]();
    expect(() => device.write(buffer, f32(4), ramp(4))).toThrow(DeviceLostError);
    await expect(device.read(buffer, f32(4))).rejects.toThrow(/closed/);
  });

  test.each(["device[Symbol.dispose]();", ""])("a process that opened threads ends by itself (%s)", async (ending) => {
    const index = fileURLToPath(new URL("../../../core/device/wasm/index.ts", import.meta.url));
    const script = `import { openWasmDevice } from ${JSON.stringify(index)};
      const device = await openWasmDevice({ threads: 3 });
      using empty = device.prepareLaunch("roofEmpty", [0], { units: 64, repeats: 100 });
      await empty.run();
      console.log(device.name);
      ${ending}`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--conditions=millrace-source", "--input-type=module", "--eval", script],
      { timeout: 20_000 },
    );
    expect(stdout).toMatch(/^wasm \(.*3 threads\)/);
  });
});
