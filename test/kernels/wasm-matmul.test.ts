// The strict WASM matrix product against its arithmetic done step by step in f32: one chain of multiply and add for each
// element in ascending depth, whatever the blocking, the kernel variant and the number of threads.
import type { TensorType } from "@millrace/kernels";
import { describe, expect, test } from "vitest";
import { openWasmDevice, type WasmDevice } from "../../core/device/wasm/index.ts";
import { applyOp, inputValue } from "../../core/graph/node.ts";
import { makePlan } from "../../core/plan/make-plan.ts";
import { generator } from "./contract-runner.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

const multiply = async (
  device: WasmDevice,
  [m, k, n]: readonly [number, number, number],
  transposeA: boolean,
  data: readonly [Float32Array, Float32Array, Float32Array],
): Promise<ArrayLike<number>> => {
  const types = [transposeA ? f32(k, m) : f32(m, k), f32(k, n), f32(n)];
  const args = types.map(inputValue);
  const attributes = { transposeA, transposeB: false, activation: "relu" };
  using executable = await device.prepare(makePlan(args, applyOp("matmul", args, attributes)));
  const buffers = [...types, f32(m, n)].map((type) => device.allocate(type));
  data.forEach((values, i) => {
    const [buffer, type] = [buffers[i], types[i]];
    if (buffer && type) device.write(buffer, type, values);
  });
  await executable.run(buffers);
  const result = buffers[3];
  if (!result) throw new Error("no result");
  return device.read(result, f32(m, n));
};

/** relu(bias + the sum), every operation rounded to f32, in ascending depth. */
const chained = (
  [m, k, n]: readonly [number, number, number],
  transposeA: boolean,
  [a, b, bias]: readonly [Float32Array, Float32Array, Float32Array],
): Float32Array =>
  Float32Array.from({ length: m * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = bias[column] ?? 0;
    for (let p = 0; p < k; p++) {
      const left = a[transposeA ? p * m + row : row * k + p] ?? 0;
      sum = Math.fround(sum + Math.fround(left * (b[p * n + column] ?? 0)));
    }
    return Math.max(sum, 0);
  });

describe("the deterministic matrix product", () => {
  const shapes = [
    { shape: [1, 70, 40] as const, of: "one row" },
    { shape: [7, 70, 40] as const, of: "few rows, the last alone" },
    { shape: [16, 33, 900] as const, of: "few rows over several strips" },
    { shape: [17, 33, 20] as const, of: "in place, overlapping at the edge" },
    { shape: [20, 260, 1100] as const, of: "packed in shallow blocks, with edges" },
    { shape: [100, 1030, 24] as const, of: "three blocks of depth" },
    { shape: [130, 20, 530] as const, of: "several tiles either way" },
  ];
  for (const { shape, of } of shapes) {
    for (const transposeA of [false, true]) {
      test(`of ${shape.join(" x ")} (${of}${transposeA ? ", a transposed" : ""}) has the bits of its chain on 1 and 2 threads`, async () => {
        const random = generator(shape[0] + shape[1]);
        const [m, k, n] = shape;
        const fill = (size: number): Float32Array => Float32Array.from({ length: size }, () => random() * 2 - 1);
        const data = [fill(m * k), fill(k * n), fill(n)] as const;
        const want = chained(shape, transposeA, data);
        for (const threads of [1, 2]) {
          using device = await openWasmDevice({ deterministic: true, threads });
          expect(device.deterministic).toBe(true);
          expect(await multiply(device, shape, transposeA, data)).toEqual(want);
        }
      });
    }
  }
});
