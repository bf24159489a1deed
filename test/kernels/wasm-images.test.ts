// Work over images on strict WASM: the same bits on one, two and three threads, whichever rows a thread gets, and for depthwise
// convolution those of one chain of multiplies and adds over the taps.
import type { TensorType } from "@millrace/kernels";
import { describe, expect, test } from "vitest";
import { openWasmDevice } from "../../core/device/wasm/index.ts";
import { applyOp, inputValue } from "../../core/graph/node.ts";
import { makePlan } from "../../core/plan/make-plan.ts";
import { generator } from "./contract-runner.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });
const sizeOf = ({ shape }: TensorType): number => shape.reduce((size, axis) => size * axis, 1);

const run = async (
  threads: number,
  op: string,
  types: readonly TensorType[],
  attributes: Parameters<typeof applyOp>[2],
  data: readonly Float32Array[],
): Promise<ArrayLike<number>> => {
  using device = await openWasmDevice({ deterministic: true, threads });
  const args = types.map(inputValue);
  const plan = makePlan(args, applyOp(op, args, attributes));
  using executable = await device.prepare(plan);
  const type = plan.results[0]?.type ?? f32();
  const buffers = [...types, type].map((each) => device.allocate(each));
  data.forEach((values, i) => {
    const [buffer, own] = [buffers[i], types[i]];
    if (buffer && own) device.write(buffer, own, values);
  });
  await executable.run(buffers);
  const result = buffers.at(-1);
  if (!result) throw new Error("no result");
  return device.read(result, type);
};

const square = { strides: [1, 1], padding: [1, 1, 1, 1], dilations: [1, 1] };
const halved = { ...square, strides: [2, 2] };
const depthwise = { ...square, groups: 40, activation: "none" };
const pooled = { ...halved, size: [3, 3], function: "average", countPadding: false };

// Sizes at which a launch is worth more than one thread, of rows that do not divide by threads.
const calls = [
  { op: "convolution", types: [f32(2, 40, 27, 31), f32(40, 1, 3, 3)], attributes: depthwise },
  { op: "convolution", types: [f32(2, 40, 54, 62), f32(40, 1, 3, 3)], attributes: { ...depthwise, strides: [2, 2] } },
  {
    op: "convolution",
    types: [f32(2, 40, 27, 31), f32(40, 1, 5, 5)],
    attributes: { ...depthwise, padding: [2, 2, 2, 2] },
  },
  { op: "convolution", types: [f32(1, 24, 33, 35), f32(50, 24, 3, 3)], attributes: { ...depthwise, groups: 1 } },
  ...[1, 2].map((stride) => ({
    op: "convolutionWeightGradient",
    types: [f32(2, 40, 27, 31), stride === 1 ? f32(2, 40, 27, 31) : f32(2, 40, 14, 16)],
    attributes: { ...square, strides: [stride, stride], groups: 40, kernelSize: [3, 3] },
  })),
  { op: "pool", types: [f32(2, 40, 54, 62)], attributes: pooled },
  { op: "pool", types: [f32(2, 40, 54, 62)], attributes: { ...pooled, strides: [1, 1] } },
  { op: "pool", types: [f32(2, 40, 54, 62)], attributes: { ...pooled, function: "maximum" } },
  {
    op: "resize",
    types: [f32(3, 40, 31, 29)],
    attributes: { size: [53, 67], mode: "linear", coordinates: "halfPixel", rounding: "preferFloor" },
  },
] as const;

describe("on one, two and three threads the same bits come", () => {
  for (const { op, types, attributes } of calls)
    test(`of ${op} over [${types.map(({ shape }) => shape.join(", ")).join("] and [")}] ${JSON.stringify(attributes)}`, async () => {
      const random = generator(7);
      const data = types.map((type) => Float32Array.from({ length: sizeOf(type) }, () => random() * 2 - 1));
      const [one, ...others] = await Promise.all([1, 2, 3].map((threads) => run(threads, op, types, attributes, data)));
      for (const other of others) expect(other).toEqual(one);
    });
});

test("a depthwise convolution is one chain over its taps, in blocks of rows and beside them alike", async () => {
  const random = generator(11);
  for (const height of [3, 4, 9]) {
    const image = Float32Array.from({ length: height * 7 }, () => random() * 2 - 1);
    const weights = Float32Array.from({ length: 9 }, () => random() * 2 - 1);
    const attributes = { ...square, groups: 1, activation: "none" };
    const got = await run(1, "convolution", [f32(1, 1, height, 7), f32(1, 1, 3, 3)], attributes, [image, weights]);
    const want = Float32Array.from({ length: height * 7 }, (_, at) => {
      let sum = 0;
      for (let tap = 0; tap < 9; tap++) {
        const [y, x] = [Math.floor(at / 7) + Math.floor(tap / 3) - 1, (at % 7) + (tap % 3) - 1];
        const pixel = y >= 0 && y < height && x >= 0 && x < 7 ? (image[y * 7 + x] ?? Number.NaN) : 0;
        sum = Math.fround(sum + Math.fround(pixel * (weights[tap] ?? Number.NaN)));
      }
      return sum;
    });
    expect(got).toEqual(want);
  }
});
