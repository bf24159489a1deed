// f16 and u8 through the public door on every device: each op of f16 is the op in float64 on the same numbers, rounded; u8
// is moved, compared and converted.
import {
  argMax,
  compile,
  concatenate,
  conv2d,
  type Device,
  describePlan,
  flip,
  full,
  layerNorm,
  logSumExp,
  openDevice,
  range,
  sort,
  type Tensor,
  take,
  tensor,
  topK,
  variance,
  zeros,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { numbers } from "../plain.ts";

const devices: readonly (readonly [string, () => Promise<Device>])[] = [
  ["reference", () => openDevice("reference")],
  ["wasm strict", () => openDevice("wasm", { deterministic: true, threads: 1 })],
  ["wasm relaxed, two threads", () => openDevice("wasm", { threads: 2 })],
  ["webgpu on SwiftShader", () => openDevice("webgpu", { software: true })],
];

const halves = (shape: readonly number[], phase = 0): Tensor =>
  tensor(
    numbers(
      shape.reduce((a, b) => a * b, 1),
      phase,
    ),
    shape,
    "f16",
  );
const bytes = (shape: readonly number[], seed = 7): Tensor =>
  tensor(
    Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * i * 31 + seed * i) & 255),
    shape,
  );

/** Ops of f16, as chains of one op each but where they say otherwise. */
const ops: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
  add: (x, y) => x.add(y),
  "a number": (x) => x.multiply(0.1),
  divide: (x, y) => x.divide(y),
  exp: (x) => x.exp(),
  maximum: (x, y) => x.maximum(y),
  where: (x, y) => x.greater(0).where(x, y),
  sum: (x) => x.sum({ axis: 0 }),
  mean: (x) => x.mean(),
  max: (x) => x.max({ axis: 1 }),
  variance: (x) => variance(x, { axis: 1 }),
  "log of a sum": (x) => logSumExp(x, { axis: 1 }),
  softmax: (x) => x.softmax(),
  "layer norm": (x) => layerNorm(x),
  matmul: (x, y) => x.matmul(y, { transposeB: true }),
  "matmul, a transposed": (x, y) => x.matmul(y, { transposeA: true }),
  transpose: (x) => x.transpose(),
  reshape: (x) => x.reshape([-1]),
  slice: (x) => x.slice([1, 1], [2, 2]),
  pad: (x) => x.pad([1, 0], [0, 1], 0.5),
  concatenate: (x, y) => concatenate([x, y], 1),
  broadcast: (x) => x.reshape([1, ...x.shape]).broadcastTo([3, ...x.shape]),
  gather: (x) => x.gather(tensor(Int32Array.of(2, 0, 2))),
  flip: (x) => flip(x, [1]),
  sort: (x) => sort(x),
  "top k": (x) => topK(x, 2).values,
  conv2d: (x, y) => conv2d(x.reshape([1, 1, ...x.shape]), y.slice([0, 0], [2, 2]).reshape([1, 1, 2, 2])),
};

describe.each(devices)("%s", (_, open) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device[Symbol.dispose]());

  test.each(Object.entries(ops))("%s of f16 is that of the numbers, rounded once", async (_name, op) => {
    const exact = await openDevice("reference");
    for (const shape of [
      [3, 5],
      [4, 8],
      [33, 6],
    ]) {
      const [x, y] = [halves(shape), halves(shape, 1)];
      const got = op(x, y);
      expect(got.dtype).toBe("f16");
      const want = await op(
        tensor(await halves(shape).data(), shape, "f32"),
        tensor(await y.data(), shape, "f32"),
      ).data(exact);
      const found = await got.data(device);
      expect(found.length).toBe(want.length);
      for (const [i, value] of found.entries()) {
        const rounded = Math.f16round(want[i] ?? Number.NaN);
        // One unit in the last place: the device's f32 may lie on the other side of a middle.
        expect(Math.abs(value - rounded), `${shape} [${i}]: ${value} for ${rounded}`).toBeLessThanOrEqual(
          2 ** -10 * Math.abs(rounded) + 2 ** -20,
        );
      }
    }
  });

  test("u8 moves, compares and converts exactly", async () => {
    for (const shape of [
      [3, 5],
      [4, 8],
      [1, 1],
      [0, 3],
    ]) {
      const rows = shape[0] ?? 0;
      const x = bytes(shape);
      const data = [...(await bytes(shape).data())];
      const at = (r: number, c: number): number => data[r * (shape[1] ?? 0) + c] ?? Number.NaN;
      const columns = [...Array(shape[1]).keys()];
      const turned = x.transpose();
      expect(turned.dtype).toBe("u8");
      expect([...(await turned.data(device))]).toEqual(
        columns.flatMap((c) => [...Array(rows).keys()].map((r) => at(r, c))),
      );
      const twice = await concatenate([x, flip(bytes(shape), [1])], 1).data(device);
      expect(twice).toBeInstanceOf(Uint8Array);
      expect([...twice]).toEqual(
        [...Array(rows).keys()].flatMap((r) => [
          ...columns.map((c) => at(r, c)),
          ...columns.map((c) => at(r, c)).reverse(),
        ]),
      );
      expect([...(await bytes(shape).greater(99).data(device))]).toEqual(data.map((value) => Number(value > 99)));
      expect([...(await bytes(shape).to("f32").divide(255).multiply(300).to("u8").data(device))]).toEqual(
        data.map((value) => Math.min(255, Math.trunc(Math.fround(Math.fround(value / 255) * 300)))),
      );
    }
    expect(await take(bytes([5]), tensor(Int32Array.of(4, 0, 9))).toArray()).toEqual(
      await Promise.all([4, 0].map((i) => bytes([5]).slice([i], [1]).reshape([]).item())).then((found) => [
        ...found,
        0,
      ]),
    );
  });

  test("empty tensors, filled ones and ranges of f16 and u8", async () => {
    for (const dtype of ["f16", "u8"] as const) {
      expect([...(await zeros([0, 3], dtype).data(device))]).toEqual([]);
      expect([...(await full([5], 7, dtype).data(device))]).toEqual([7, 7, 7, 7, 7]);
      expect(await range(5, dtype).toArray()).toEqual([0, 1, 2, 3, 4]);
      expect([...(await range(3, dtype).reshape([3, 1]).broadcastTo([3, 3]).data(device))]).toEqual([
        0, 0, 0, 1, 1, 1, 2, 2, 2,
      ]);
    }
  });

  test("a compiled step keeps f16 state in its own memory", async () => {
    using step = compile((state: { w: Tensor; n: Tensor }) => ({ w: state.w.multiply(0.5), n: state.n }), {
      device,
      donate: [0],
    });
    let state = { w: tensor([1, 2, 3, 4, 5], [5], "f16"), n: tensor(Uint8Array.of(1, 2, 3)) };
    state = await step(state);
    const before = device.memory.liveBytes;
    for (let i = 0; i < 10; i++) state = await step(state);
    expect(device.memory.liveBytes).toBe(before);
    expect(await state.w.toArray()).toEqual([1, 2, 3, 4, 5].map((x) => x / 2 ** 11));
    expect(await state.n.toArray()).toEqual([1, 2, 3]);
  });
});

test("a fused chain of f16 gives the bits that its steps give one by one", async () => {
  using device = await openDevice("wasm", { deterministic: true });
  const [x, y] = [halves([1001]), halves([1001], 2)];
  const steps: readonly ((z: Tensor) => Tensor)[] = [
    (z) => z.exp(),
    (z) => z.multiply(y),
    (z) => z.add(1e-3),
    (z) => z.tanh(),
    (z) => z.divide(3),
  ];
  const fused = await steps.reduce((z, step) => step(z), x).data(device);
  let apart = x;
  for (const step of steps) apart = await step(apart).evaluate(device);
  expect([...fused]).toEqual([...(await apart.data())]);
});

test("elements that are only moved are not rounded again between the moves", () => {
  const program = compile((x: Tensor) => flip(x.transpose().reshape([6]).reshape([3, 2]).transpose(), [0]));
  const steps = describePlan(program.plan(halves([3, 2])));
  expect(steps.match(/toF16/g)).toHaveLength(1);
  expect(steps.match(/toF32/g)).toHaveLength(1);
});

test("typed arrays are their own dtype, lists are what they are told to be", async () => {
  expect(tensor(Uint8Array.of(0, 2)).dtype).toBe("u8");
  expect(tensor(Uint8ClampedArray.of(255)).dtype).toBe("u8");
  expect(tensor(Float16Array.of(1)).dtype).toBe("f16");
  expect(tensor([true]).dtype).toBe("bool");
  expect(await tensor(Uint8Array.of(0, 2), [2], "bool").toArray()).toEqual([false, true]);
  expect(await tensor([0, 256, 0.5], [3], "bool").toArray()).toEqual([false, true, true]);
  expect(await tensor([0.1, 70_000], [2], "f16").toArray()).toEqual([Math.f16round(0.1), Number.POSITIVE_INFINITY]);
  expect(await tensor([300, -1, 2.9, Number.NaN]).to("u8").toArray()).toEqual([255, 0, 2, 0]);
  expect(await argMax(tensor([1, 9, 9], [3], "f16")).item()).toBe(1);
  expect(await tensor(new Float32Array(1000).fill(100), [1000], "f16").mean().item()).toBe(100);
});
