// Pooling against the cases that the ONNX operator pages publish (MaxPool, AveragePool) and values worked out by hand.
import {
  averagePool1d,
  averagePool2d,
  globalAveragePool,
  globalMaxPool,
  grad,
  maxPool1d,
  maxPool2d,
  openDevice,
  setDefaultDevice,
  type Tensor,
  tensor,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const counting = (side: number): Tensor =>
  tensor(
    Float32Array.from({ length: side * side }, (_, i) => i + 1),
    [1, 1, side, side],
  );

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { threads: 1 })));
afterAll(() => setDefaultDevice(undefined));

const values = async (x: Tensor): Promise<number[]> => [...(await x.data())].map((v) => Math.round(v * 1e4) / 1e4);

describe("ONNX's published cases", () => {
  const x = counting(5);
  test("MaxPool precomputed: pads, strides, SAME_UPPER, dilations", async () => {
    expect(await values(maxPool2d(x, 5, { stride: 1, padding: 2 }))).toEqual([
      13, 14, 15, 15, 15, 18, 19, 20, 20, 20, 23, 24, 25, 25, 25, 23, 24, 25, 25, 25, 23, 24, 25, 25, 25,
    ]);
    expect(await values(maxPool2d(x, 2))).toEqual([7, 9, 17, 19]);
    expect(await values(maxPool2d(x, 3, { stride: 2, padding: "same" }))).toEqual([7, 9, 10, 17, 19, 20, 22, 24, 25]);
    expect(await values(maxPool2d(counting(4), 2, { stride: 1, dilation: 2 }))).toEqual([11, 12, 15, 16]);
  });
  test("AveragePool precomputed: pads, strides, SAME_UPPER", async () => {
    expect(await values(averagePool2d(x, 5, { stride: 1, padding: 2, countPadding: false }))).toEqual([
      7, 7.5, 8, 8.5, 9, 9.5, 10, 10.5, 11, 11.5, 12, 12.5, 13, 13.5, 14, 14.5, 15, 15.5, 16, 16.5, 17, 17.5, 18, 18.5,
      19,
    ]);
    expect(await values(averagePool2d(x, 2))).toEqual([4, 6, 14, 16]);
    expect(await values(averagePool2d(x, 3, { stride: 2, padding: "same", countPadding: false }))).toEqual([
      4, 5.5, 7, 11.5, 13, 14.5, 19, 20.5, 22,
    ]);
  });
  test("AveragePool precomputed with the padding counted, which is the default", async () => {
    const expected = [
      2.52, 3.6, 4.8, 4.08, 3.24, 4.56, 6.4, 8.4, 7.04, 5.52, 7.2, 10, 13, 10.8, 8.4, 6.96, 9.6, 12.4, 10.24, 7.92,
      6.12, 8.4, 10.8, 8.88, 6.84,
    ];
    expect(await values(averagePool2d(x, 5, { stride: 1, padding: 2 }))).toEqual(expected);
    expect(await values(averagePool2d(x, 5, { stride: 1, padding: 2, countPadding: true }))).toEqual(expected);
  });
});

describe("the gradient of a maximum", () => {
  const gradient = async (data: number[], size: number, stride: number): Promise<number[]> =>
    values(
      grad((x: Tensor) =>
        maxPool1d(x, size, { stride })
          .multiply(tensor([1, 10, 100]))
          .sum(),
      )(tensor([[data]])),
    );
  test("goes to the first of equals", async () => {
    expect(await gradient([5, 5, 1, 5, 0, 0], 2, 2)).toEqual([1, 0, 0, 10, 100, 0]);
  });
  test("adds up where windows share their largest element", async () => {
    expect(await gradient([1, 2, 9, 2, 1], 3, 1)).toEqual([0, 0, 111, 0, 0]);
  });
  test("goes to the first NaN", async () => {
    expect(await gradient([1, Number.NaN, 3, Number.NaN, 9, 9], 2, 2)).toEqual([0, 1, 0, 10, 100, 0]);
    expect(await gradient([Number.NaN, Number.NaN, 3, 1, 9, 9], 2, 2)).toEqual([1, 0, 10, 0, 100, 0]);
  });
});

test("sequences pool along their last axis", async () => {
  const x = tensor([[[1, 5, 2, 8, 3]]]);
  expect(await maxPool1d(x, 2).toArray()).toEqual([[[5, 8]]]);
  expect(await averagePool1d(x, 2, { stride: 1 }).toArray()).toEqual([[[3, 3.5, 5, 5.5]]]);
  expect(await averagePool1d(x, 3, { padding: [1, 0], countPadding: false }).toArray()).toEqual([
    [[3, 13 / 3]].map((row) => row.map(Math.fround)),
  ]);
});

test("global pooling leaves one place a channel", async () => {
  const x = tensor([
    [
      [
        [1, 2],
        [3, 6],
      ],
      [
        [-1, -2],
        [-3, -4],
      ],
    ],
  ]);
  expect(await globalAveragePool(x).toArray()).toEqual([[[[3]], [[-2.5]]]]);
  expect(await globalMaxPool(x).toArray()).toEqual([[[[6]], [[-1]]]]);
});

describe("mistakes are told with what would do", () => {
  const x = counting(4);
  test.each([
    [
      "padding alone",
      () => maxPool2d(x, 2, { padding: 2 }),
      /the window at place 0 of the height holds padding alone; take padding of at most half/,
    ],
    ["a large window", () => averagePool2d(x, 5), /takes 5 places along the height, but the padded image has 4/],
    [
      "no size",
      () => maxPool2d(x, 0, { stride: 1 }),
      /window's sizes must be 2 whole numbers of at least 1, but are \[0, 0\]/,
    ],
    [
      "rank",
      () => maxPool2d(x.reshape([4, 4]), 2),
      /the image \[batch, channels, height, width\] must have four axes, but is f32\[4, 4\]/,
    ],
    ["dtype", () => maxPool2d(x.to("i32"), 2), /takes f32, but the image/],
    ["sequence", () => maxPool1d(x, 2), /maxPool1d: the sequence .* must have three axes, but is \[1, 1, 4, 4\]/],
    [
      "global",
      () => globalAveragePool(x.reshape([4, 4])),
      /globalAveragePool takes \[batch, channels, ...positions\], but got \[4, 4\]/,
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe("a last window that reaches past the end", () => {
  const x = counting(4);
  test("ONNX's maxpool_2d_ceil and averagepool_2d_ceil", async () => {
    expect(await values(maxPool2d(x, 3, { stride: 2, ceilMode: true }))).toEqual([11, 12, 15, 16]);
    expect(await values(averagePool2d(x, 3, { stride: 2, ceilMode: true, countPadding: false }))).toEqual([
      6, 7.5, 12, 13.5,
    ]);
  });
  test("counts the padding, but not what lies past it, as PyTorch", async () => {
    // 0 1 2, 3 4 5, 0: a third window would begin in the padding behind, and is not counted.
    const row = tensor([[[1, 2, 3, 4, 5]]]);
    expect(await values(averagePool1d(row, 3, { padding: 1, ceilMode: true }))).toEqual([1, 4]);
    expect(await values(averagePool1d(row, 2, { padding: [1, 0], ceilMode: true }))).toEqual([0.5, 2.5, 4.5]);
    expect(await values(averagePool1d(row, 2, { ceilMode: true }))).toEqual([1.5, 3.5, 5]);
    expect(await values(averagePool1d(row, 3, { stride: 4, padding: [0, 1], ceilMode: true }))).toEqual([2, 2.5]);
    expect(await values(maxPool1d(row, 2, { ceilMode: true }))).toEqual([2, 4, 5]);
  });
  test("hands its gradient back to the places that it holds", async () => {
    const gradient = grad((own: Tensor) => averagePool1d(own, 2, { ceilMode: true }).sum())(tensor([[[1, 2, 3]]]));
    expect(await values(gradient)).toEqual([0.5, 0.5, 1]);
  });
});
