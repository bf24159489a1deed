// A product with a constant B on WASM lays B out once, and so does a convolution its constant weights: the bits are those of
// the plain one, whatever is bound or written later, and the memory that it takes is given back.
import type { TensorType } from "@millrace/kernels";
import { describe, expect, test } from "vitest";
import { openWasmDevice, type WasmDevice } from "../../core/device/wasm/index.ts";
import { applyOp, inputValue } from "../../core/graph/node.ts";
import { makePlan } from "../../core/plan/make-plan.ts";
import { generator } from "./contract-runner.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });
const random = generator(5);
const fill = (size: number): Float32Array => Float32Array.from({ length: size }, () => random() * 2 - 1);
const sizeOf = (type: TensorType): number => type.shape.reduce((size, axis) => size * axis, 1);

/** sum over depth in ascending order, each operation rounded to f32. */
const chained = (m: number, k: number, n: number, turned: boolean, a: Float32Array, b: Float32Array): Float32Array =>
  Float32Array.from({ length: m * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let p = 0; p < k; p++)
      sum = Math.fround(
        sum + Math.fround((a[row * k + p] ?? 0) * ((turned ? b[column * k + p] : b[p * n + column]) ?? 0)),
      );
    return sum;
  });

const planOf = (types: readonly TensorType[], transposeB: boolean, constant: readonly number[]) => {
  const args = types.map((type) => inputValue(type));
  return makePlan(args, applyOp("matmul", args, { transposeA: false, transposeB, activation: "none" }), { constant });
};

const bufferOf = (device: WasmDevice, type: TensorType, data: Float32Array) => {
  const buffer = device.allocate(type);
  device.write(buffer, type, data);
  return buffer;
};

describe("a product whose B is constant", () => {
  for (const [m, k, n] of [
    [3, 700, 40],
    [4, 9000, 24],
    [7, 64, 515],
    [101, 530, 20],
  ] as const)
    for (const turned of [false, true])
      for (const threads of [1, 2])
        test(`of ${m} x ${k} x ${n}${turned ? ", b transposed," : ""} on ${threads} thread(s) follows what is bound and written`, async () => {
          using device = await openWasmDevice({ deterministic: true, threads });
          const types = [f32(m, k), turned ? f32(n, k) : f32(k, n)] as const;
          const [a, first, second, third] = [fill(m * k), fill(k * n), fill(k * n), fill(k * n)];
          const [x, b, other] = [
            bufferOf(device, types[0], a),
            bufferOf(device, types[1], first),
            bufferOf(device, types[1], second),
          ];
          const c = device.allocate(f32(m, n));
          const before = device.memory.liveBytes;
          const executable = await device.prepare(planOf(types, turned, [1]));
          // Strips of B are kept beside it.
          expect(device.memory.liveBytes - before).toBeGreaterThan(4 * sizeOf(types[1]));
          const product = async (bound: typeof b): Promise<ArrayLike<number>> => {
            await executable.run([x, bound, c]);
            return device.read(c, f32(m, n));
          };
          expect(await product(b)).toEqual(chained(m, k, n, turned, a, first));
          expect(await product(other)).toEqual(chained(m, k, n, turned, a, second));
          device.write(other, types[1], third);
          expect(await product(other)).toEqual(chained(m, k, n, turned, a, third));
          expect(await product(other)).toEqual(chained(m, k, n, turned, a, third));
          expect(await product(b)).toEqual(chained(m, k, n, turned, a, first));
          executable[Symbol.dispose]();
          expect(device.memory.liveBytes).toBe(before);
        });

  test("repeats one B for a batch, or takes one for each", async () => {
    using device = await openWasmDevice({ deterministic: true, threads: 2 });
    for (const shared of [true, false]) {
      const [m, k, n] = [5, 70, 72];
      const types = [f32(3, m, k), shared ? f32(k, n) : f32(3, k, n)] as const;
      const [a, b] = [fill(3 * m * k), fill(sizeOf(types[1]))];
      const buffers = [bufferOf(device, types[0], a), bufferOf(device, types[1], b), device.allocate(f32(3, m, n))];
      using executable = await device.prepare(planOf(types, false, [1]));
      await executable.run(buffers);
      const [, , c] = buffers;
      if (!c) throw new Error("no result");
      const result = await device.read(c, f32(3, m, n));
      const want = [0, 1, 2].flatMap((i) => [
        ...chained(
          m,
          k,
          n,
          false,
          a.subarray(i * m * k, (i + 1) * m * k),
          shared ? b : b.subarray(i * k * n, (i + 1) * k * n),
        ),
      ]);
      expect([...result]).toEqual(want);
    }
  });
});

describe("a convolution whose weights are constant", () => {
  for (const [groups, channels, outputs, size, window] of [
    [1, 60, 85, 7, 3],
    [1, 1030, 13, 5, 1],
    [3, 48, 36, 9, 3],
    // Too few weights, and too many places, for strips.
    [1, 8, 8, 6, 3],
    [1, 64, 64, 32, 1],
  ] as const)
    test(`of ${channels} channels to ${outputs} in ${groups} group(s) at ${size} x ${size} has the bits of any other`, async () => {
      using device = await openWasmDevice({ deterministic: true, threads: 2 });
      const types = [f32(2, groups * channels, size, size), f32(groups * outputs, channels, window, window)] as const;
      const padding = new Array<number>(4).fill(window >> 1);
      const attributes = { strides: [1, 1], padding, dilations: [1, 1], groups, activation: "none" };
      const args = types.map((type) => inputValue(type));
      const result = applyOp("convolution", args, attributes);
      const out = f32(2, groups * outputs, size, size);
      const [x, weights, others] = [fill(sizeOf(types[0])), fill(sizeOf(types[1])), fill(sizeOf(types[1]))];
      const buffers = [bufferOf(device, types[0], x), bufferOf(device, types[1], weights), device.allocate(out)];
      const [, second, third] = buffers;
      if (!second || !third) throw new Error("three buffers were made");
      const before = device.memory.liveBytes;
      using plain = await device.prepare(makePlan(args, result));
      const plainBytes = device.memory.liveBytes - before;
      using kept = await device.prepare(makePlan(args, result, { constant: [1] }));
      const keeps = device.memory.liveBytes - before - 2 * plainBytes >= 4 * sizeOf(types[1]);
      expect(keeps).toBe(sizeOf(types[1]) / groups >= 4096 && size < 32);
      for (const data of [weights, others]) {
        device.write(second, types[1], data);
        await plain.run(buffers);
        const want = await device.read(third, out);
        await kept.run(buffers);
        expect(await device.read(third, out)).toEqual(want);
      }
    });
});
