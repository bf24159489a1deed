// What a loop asks of WebGPU while it trains and reads: counted on Dawn's null backend, which validates every call, and
// computed on SwiftShader.
import { adamState, adamStep, compile, full, grad, type Tensor, tensor } from "@millrace/core";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { WebGPUDevice } from "../../../core/device/webgpu/index.ts";
import { ArgumentError, type TensorType } from "../../../kernels/contract/index.ts";
import { createEntry, openGPU } from "./webgpu.fixture.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

const opened: WebGPUDevice[] = [];
const open = async (backend: "software" | "null") => {
  const gpu = await openGPU({ backend });
  opened.push(gpu.device);
  return gpu;
};
afterAll(() => {
  for (const device of opened) device[Symbol.dispose]();
});

type Weights = { readonly a: Tensor; readonly b: Tensor };
const lossOf =
  (x: Tensor, y: Tensor) =>
  ({ a, b }: Weights): Tensor =>
    x.matmul(a).relu().matmul(b).subtract(y).square().mean();
const begin = () =>
  adamState({
    a: tensor(
      Float32Array.from({ length: 8 * 16 }, (_, i) => Math.sin(i)),
      [8, 16],
    ),
    b: tensor(
      Float32Array.from({ length: 16 * 4 }, (_, i) => Math.cos(i)),
      [16, 4],
    ),
  });
const step = (state: ReturnType<typeof begin>, x: Tensor, y: Tensor) => ({
  state: adamStep(state, grad(lossOf(x, y))(state.parameters), full([], 0.01)),
  loss: lossOf(x, y)(state.parameters),
});
const batch = (i: number, width: number): Tensor =>
  tensor(
    Float32Array.from({ length: 4 * width }, (_, k) => Math.sin(i + k)),
    [4, width],
  );

describe("a training loop", () => {
  test("takes one encoder, one pass and one submit a step, and makes no bind group once it goes round", async () => {
    const { device, raw } = await open("null");
    using compiled = compile(step, { device, donate: [0] });
    let state = begin();
    const turn = async (i: number): Promise<void> => {
      using x = batch(i, 8);
      using y = batch(i, 4);
      const after = await compiled(state, x, y);
      state = after.state;
      after.loss.dispose();
    };
    for (let i = 0; i < 3; i++) await turn(i);
    const encoders = vi.spyOn(raw, "createCommandEncoder");
    const submits = vi.spyOn(raw.queue, "submit");
    const groups = vi.spyOn(raw, "createBindGroup");
    const buffers = vi.spyOn(raw, "createBuffer");
    let passes = 0;
    const called: string[] = [];
    const create = raw.createCommandEncoder.bind(raw);
    encoders.mockImplementation(() => {
      encoders.mockRestore();
      const encoder = create();
      const pass = encoder.beginComputePass.bind(encoder);
      encoder.beginComputePass = (descriptor) => {
        passes += 1;
        const begun = pass(descriptor);
        for (const name of ["setPipeline", "setBindGroup", "dispatchWorkgroups", "setImmediates"] as const) {
          const native = begun[name].bind(begun);
          Object.assign(begun, {
            [name]: (...args: unknown[]) => {
              called.push(name);
              return Reflect.apply(native, begun, args);
            },
          });
        }
        return begun;
      };
      return encoder;
    });
    await turn(3);
    expect(passes).toBe(1);
    // Each launch binds one group, its parameters in it, and sets its pipeline where that is another than before.
    const count = (name: string): number => called.filter((each) => each === name).length;
    const { dispatches } = compiled.plan(state, batch(3, 8), batch(3, 4)).cost;
    expect(count("dispatchWorkgroups")).toBeGreaterThanOrEqual(dispatches);
    expect(count("setBindGroup")).toBe(count("dispatchWorkgroups"));
    expect(count("setPipeline")).toBeLessThanOrEqual(count("dispatchWorkgroups"));
    expect(called).toHaveLength(count("setPipeline") + 2 * count("dispatchWorkgroups"));
    expect(submits).toHaveBeenCalledTimes(1);
    const again = vi.spyOn(raw, "createCommandEncoder");
    for (let i = 4; i < 54; i++) await turn(i);
    expect(again).toHaveBeenCalledTimes(50);
    expect(submits).toHaveBeenCalledTimes(51);
    expect(groups).not.toHaveBeenCalled();
    expect(buffers).not.toHaveBeenCalled();
  });
});

describe("reading", () => {
  test("many reads on their way while steps go on each see the state of their moment, in any order of asking", async () => {
    const { device, raw } = await open("software");
    using add = compile((x: Tensor) => x.add(1), { device });
    const submits = vi.spyOn(raw.queue, "submit");
    let x = tensor(new Float32Array(1000));
    const reads: Promise<Float32Array>[] = [];
    for (let i = 0; i < 20; i++) {
      x = await add(x);
      reads.push(x.data() as Promise<Float32Array>);
    }
    // Each step and each read was submitted although no read was awaited: a few turns of promises are enough.
    for (let i = 0; i < 10; i++) await null;
    expect(submits).toHaveBeenCalledTimes(40);
    const order: number[] = [];
    const values = await Promise.all(
      reads.map((read, i) =>
        read.then((data) => {
          order.push(i);
          return data;
        }),
      ),
    );
    expect(values.map((data) => data[999])).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test("staging buffers are used again", async () => {
    const { device, raw } = await open("software");
    const buffer = device.allocate(f32(1000));
    device.write(buffer, f32(1000), new Float32Array(1000).fill(3));
    const created = vi.spyOn(raw, "createBuffer");
    for (let i = 0; i < 5; i++) await device.read(buffer, f32(1000));
    expect(created).toHaveBeenCalledTimes(1);
    await Promise.all(Array.from({ length: 4 }, () => device.read(buffer, f32(1000))));
    expect(created).toHaveBeenCalledTimes(4);
    await Promise.all(Array.from({ length: 4 }, () => device.read(buffer, f32(1000))));
    expect(created).toHaveBeenCalledTimes(4);
  });
});

describe("the pool of buffers", () => {
  const openWith = async (poolBytes: number): Promise<WebGPUDevice> => {
    const { openWebGPUDevice } = await import("../../../core/device/webgpu/index.ts");
    const device = await openWebGPUDevice({ gpu: createEntry(["backend=null"]), poolBytes });
    opened.push(device);
    return device;
  };

  test("keeps at most poolBytes, and frees first what waited longest", async () => {
    const device = await openWith(3 * 4096);
    const sizes = [1024, 1024, 1024].map((count) => device.allocate(f32(count)));
    const large = device.allocate(f32(2048));
    expect(device.memory.reservedBytes).toBe(5 * 4096);
    for (const buffer of sizes) device.release(buffer);
    expect(device.memory.reservedBytes).toBe(5 * 4096);
    device.release(large);
    // Two of the three small ones waited longest.
    expect(device.memory.reservedBytes).toBe(3 * 4096);
    device.allocate(f32(2048));
    device.allocate(f32(1024));
    expect(device.memory.reservedBytes).toBe(3 * 4096);
    device.allocate(f32(1024));
    expect(device.memory.reservedBytes).toBe(4 * 4096);
  });

  test("keeps nothing where poolBytes is 0, and refuses what is no number of bytes", async () => {
    const device = await openWith(0);
    device.release(device.allocate(f32(1024)));
    expect(device.memory).toEqual({ liveBuffers: 0, liveBytes: 0, reservedBytes: 0 });
    await expect(openWith(-1)).rejects.toThrow(ArgumentError);
    await expect(openWith(Number.NaN)).rejects.toThrow(/poolBytes must be a number of bytes from 0, but is NaN/);
  });
});

test("a step with an operand past the binding limit is refused with its op, the size and the limit", async () => {
  const { device } = await open("null");
  const most = device.traits.limits.maxStorageBufferBindingSize ?? 0;
  const rows = Math.ceil((most + 4) / 4 / 1024);
  using spread = compile((x: Tensor) => x.add(tensor(new Float32Array(1024))).sum({ axis: 0 }), { device });
  using outer = compile((x: Tensor, y: Tensor) => x.matmul(y), { device });
  const x = tensor(new Float32Array(rows), [rows, 1]);
  const y = tensor(new Float32Array(1024), [1, 1024]);
  await expect(outer(x, y)).rejects.toThrow(
    new RegExp(
      `matmul .*takes f32\\[${rows}, 1024\\], whose ${rows * 4096} bytes are past this GPU's limit of ${most}`,
    ),
  );
  expect(await spread(tensor(new Float32Array(1024), [1, 1024]))).toBeDefined();
});
