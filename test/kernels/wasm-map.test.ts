// Map modules emitted at run time: which programs share one, what they write, and that they stay inside their outputs.
import { type MapProgram, ops, type TensorType } from "@millrace/kernels";
import { wasmKernels } from "@millrace/kernels/wasm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWasmDevice, type WasmDevice } from "../../core/device/wasm/index.ts";
import type { Plan } from "../../core/plan/plan.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });
const instruction = (name: string, args: number[]) => ({
  function: name,
  arguments: args,
  dtype: "f32" as const,
  value: null,
});
const scaleAndAdd = (...shape: number[]): MapProgram => ({
  instructions: [instruction("multiply", [0, 1]), instruction("add", [3, 2])],
  outputs: [4, 3],
  shape,
});

const mapOp = ops.get("map");
if (!mapOp) throw new Error("there is no map");

const keyOf = (inputs: readonly TensorType[], program: MapProgram): string => {
  const kernel = wasmKernels.of(mapOp)?.[0];
  const lowered = kernel?.lower({
    inputs,
    outputs: mapOp.outputs(inputs, program),
    attributes: program,
    device: { kind: "wasm", features: new Set(), limits: {}, threads: 1 },
  });
  const called = lowered?.launches[0]?.function;
  return called === undefined || typeof called === "string" ? "" : called.key;
};

describe("modules", () => {
  test("are shared by programs of one form at any sizes", () => {
    const small = keyOf([f32(3, 5), f32(5), f32()], scaleAndAdd(3, 5));
    expect(keyOf([f32(400, 7), f32(7), f32()], scaleAndAdd(400, 7))).toBe(small);
    expect(small.length).toBeGreaterThan(0);
  });

  test("differ where an input is walked differently, a constant or a function differs", () => {
    const keys = [
      keyOf([f32(3, 5), f32(5), f32()], scaleAndAdd(3, 5)),
      keyOf([f32(3, 5), f32(3, 1), f32()], scaleAndAdd(3, 5)),
      keyOf([f32(3, 5), f32(3, 5), f32()], scaleAndAdd(3, 5)),
      ...[2, -2, 0, "-0", "NaN", "Infinity"].map((value) =>
        keyOf([f32(9)], {
          instructions: [{ ...instruction("constant", []), value }, instruction("multiply", [0, 1])],
          outputs: [2],
          shape: [9],
        }),
      ),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("results", () => {
  let device: WasmDevice;
  beforeAll(async () => {
    device = await openWasmDevice({ threads: 2 });
  });
  afterAll(() => device[Symbol.dispose]());

  /** A plan of one map over external slots; outputs may name an input's slot. */
  const planOf = (inputs: readonly TensorType[], program: MapProgram, outputSlots: readonly number[]): Plan => {
    const outputs = mapOp.outputs(inputs, program);
    const slotCount = Math.max(inputs.length - 1, ...outputSlots) + 1;
    const slots = Array.from({ length: slotCount }, () => ({ kind: "external" as const, byteLength: 4 }));
    return {
      steps: [
        {
          op: mapOp,
          attributes: program,
          inputs: inputs.map((type, slot) => ({ slot, type })),
          outputs: outputs.map((type, i) => ({ slot: outputSlots[i] ?? 0, type })),
          aliases: outputSlots.map((slot) => (slot < inputs.length ? slot : -1)),
          work: { flops: 0, bytes: 0 },
        },
      ],
      slots,
      externals: slots.map((_, i) => i),
      arguments: [],
      results: [],
      cost: { flops: 0, bytes: 0, dispatches: 1, temporaryBytes: 0, byKernel: new Map() },
    };
  };

  test.each([1, 2, 3, 4, 5, 15, 16, 17, 1023, 1024, 1025, 2051])(
    "of %i elements are whole and nothing behind them is touched",
    async (size) => {
      const room = f32(size + 8);
      const buffers = [f32(size), f32(size), f32(), room, room].map((type) => device.allocate(type));
      const [x, y, z, first, second] = buffers;
      if (!x || !y || !z || !first || !second) throw new Error("no buffers");
      const xs = Float32Array.from({ length: size }, (_, i) => i - 3);
      const ys = Float32Array.from({ length: size }, (_, i) => 2 * i);
      device.write(x, f32(size), xs);
      device.write(y, f32(size), ys);
      device.write(z, f32(), Float32Array.of(0.5));
      for (const buffer of [first, second]) device.write(buffer, room, new Float32Array(size + 8).fill(77));
      using executable = await device.prepare(planOf([f32(size), f32(size), f32()], scaleAndAdd(size), [3, 4]));
      await executable.run(buffers);
      const behind = new Array<number>(8).fill(77);
      expect(Array.from(await device.read(second, room))).toEqual([...xs.map((v, i) => v * (ys[i] ?? 0)), ...behind]);
      expect(Array.from(await device.read(first, room))).toEqual([
        ...xs.map((v, i) => v * (ys[i] ?? 0) + 0.5),
        ...behind,
      ]);
      for (const buffer of buffers) device.release(buffer);
    },
  );

  test("may take over the memory of their inputs, two at once", async () => {
    const size = 50_003;
    const buffers = [f32(size), f32(size), f32()].map((type) => device.allocate(type));
    const [x, y, z] = buffers;
    if (!x || !y || !z) throw new Error("no buffers");
    const xs = Float32Array.from({ length: size }, (_, i) => (i % 100) - 3);
    const ys = Float32Array.from({ length: size }, (_, i) => i % 7);
    device.write(x, f32(size), xs);
    device.write(y, f32(size), ys);
    device.write(z, f32(), Float32Array.of(1));
    using executable = await device.prepare(planOf([f32(size), f32(size), f32()], scaleAndAdd(size), [0, 1]));
    await executable.run(buffers);
    expect(await device.read(x, f32(size))).toEqual(xs.map((v, i) => v * (ys[i] ?? 0) + 1));
    expect(await device.read(y, f32(size))).toEqual(xs.map((v, i) => v * (ys[i] ?? 0)));
    for (const buffer of buffers) device.release(buffer);
  });

  test("follow other buffers bound at the next run", async () => {
    const types = [f32(40), f32(40), f32(), f32(40), f32(40)];
    using executable = await device.prepare(planOf([f32(40), f32(40), f32()], scaleAndAdd(40), [3, 4]));
    for (const factor of [1, 5]) {
      const buffers = types.map((type) => device.allocate(type));
      buffers.slice(0, 3).forEach((buffer, i) => {
        device.write(buffer, types[i] ?? f32(), new Float32Array(i === 2 ? 1 : 40).fill(factor));
      });
      await executable.run(buffers);
      const [, , , first] = buffers;
      if (first) expect(await device.read(first, f32(40))).toEqual(new Float32Array(40).fill(factor * factor + factor));
      for (const buffer of buffers.slice(1)) device.release(buffer);
    }
  });
});
