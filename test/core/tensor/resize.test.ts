// Resizing against the cases that the ONNX operator page publishes (Resize) and PyTorch's conventions worked out by hand.
import { batch, grad, openDevice, resize, setDefaultDevice, type Tensor, tensor } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { threads: 1 })));
afterAll(() => setDefaultDevice(undefined));

const values = async (x: Tensor): Promise<number[]> => [...(await x.data())].map((v) => Math.round(v * 1e5) / 1e5);
const square = tensor([
  [
    [
      [1, 2],
      [3, 4],
    ],
  ],
]);

describe("ONNX's published cases", () => {
  test("nearest: upsample_sizes, downsample_sizes", async () => {
    expect(await values(resize(square, [4, 6]))).toEqual([
      1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4,
    ]);
    expect(
      await values(
        resize(
          tensor([
            [
              [
                [1, 2, 3, 4],
                [5, 6, 7, 8],
              ],
            ],
          ]),
          [1, 3],
        ),
      ),
    ).toEqual([1, 2, 4]);
  });
  test("nearest: upsample_sizes_nearest_floor_align_corners", async () => {
    const x = tensor(
      Float32Array.from({ length: 16 }, (_, i) => i + 1),
      [1, 1, 4, 4],
    );
    const rows = [
      [1, 1, 1, 2, 2, 3, 3, 4],
      [5, 5, 5, 6, 6, 7, 7, 8],
      [9, 9, 9, 10, 10, 11, 11, 12],
      [13, 13, 13, 14, 14, 15, 15, 16],
    ];
    const y = resize(x, [8, 8], { coordinates: "alignCorners", rounding: "floor" });
    expect(await values(y)).toEqual([0, 0, 0, 1, 1, 2, 2, 3].flatMap((row) => rows[row] ?? []));
  });
  test("linear: upsample_scales, and with align_corners", async () => {
    expect(await values(resize(square, [4, 4], { mode: "bilinear" }))).toEqual([
      1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4,
    ]);
    expect(await values(resize(square, [4, 4], { mode: "bilinear", coordinates: "alignCorners" }))).toEqual([
      1, 1.33333, 1.66667, 2, 1.66667, 2, 2.33333, 2.66667, 2.33333, 2.66667, 3, 3.33333, 3, 3.33333, 3.66667, 4,
    ]);
  });
});

test("PyTorch's nearest is asymmetric and rounds down", async () => {
  // floor(o * 5 / 3) = 0, 1, 3
  const y = resize(tensor([[[[10, 11, 12, 13, 14]]]]), [1, 3], { coordinates: "asymmetric", rounding: "floor" });
  expect(await values(y)).toEqual([10, 11, 13]);
});

test("one pixel fills any size, and the size that it has changes nothing", async () => {
  expect(await values(resize(tensor([[[[7]]]]), [2, 2], { mode: "bilinear" }))).toEqual([7, 7, 7, 7]);
  for (const coordinates of ["halfPixel", "alignCorners", "asymmetric"] as const)
    for (const mode of ["nearest", "bilinear"] as const)
      expect(await values(resize(square, [2, 2], { mode, coordinates }))).toEqual([1, 2, 3, 4]);
});

test("mistakes are told with what would do", () => {
  expect(() => resize(square, [0, 4])).toThrow(
    /from 1 to 16383 pixels high and wide, but these are \[2, 2\] and \[0, 4\]/,
  );
  expect(() => resize(square.reshape([2, 2]), [4, 4])).toThrow(/must have four axes, but is f32\[2, 2\]/);
  expect(() => resize(square.to("i32"), [4, 4])).toThrow(/resize takes f32, but the image/);
});

describe("bicubic and antialiased", () => {
  const ramp = Float32Array.from({ length: 16 }, (_, i) => i + 1);
  test("ONNX's resize_upsample_scales_cubic, its first row, and resize_downsample_sizes_linear_antialias", async () => {
    const up = await values(resize(tensor(ramp, [1, 1, 4, 4]), [8, 8], { mode: "bicubic" }));
    expect(up.slice(0, 8)).toEqual([0.47266, 0.76953, 1.24609, 1.875, 2.28125, 2.91016, 3.38672, 3.68359]);
    const down = resize(tensor(ramp, [1, 1, 4, 4]), [3, 3], { mode: "bilinear", antialias: true });
    expect(await values(down)).toEqual([
      2.36364, 3.59091, 4.81818, 7.27273, 8.5, 9.72727, 12.18182, 13.40909, 14.63636,
    ]);
  });
  test("a linear ramp stays one inside, and a batch and a gradient pass through", async () => {
    const half = (x: Tensor): Tensor => resize(x, [4, 2], { mode: "bicubic", antialias: true });
    const x = tensor(
      Float32Array.from({ length: 2 * 2 * 8 * 4 }, (_, i) => Math.sin(i)),
      [2, 1, 2, 8, 4],
    );
    expect(await values(batch(half)(x))).toEqual([
      ...(await values(half(x.slice([0, 0, 0, 0, 0], [1, 1, 2, 8, 4]).reshape([1, 2, 8, 4])))),
      ...(await values(half(x.slice([1, 0, 0, 0, 0], [1, 1, 2, 8, 4]).reshape([1, 2, 8, 4])))),
    ]);
    // Each output's weights add up to 1, so the gradient of the sum adds up to the number of outputs.
    const gradient = await values(grad((own: Tensor) => half(own).sum())(tensor(ramp, [1, 1, 4, 4])));
    expect(gradient.reduce((sum, value) => sum + value, 0)).toBeCloseTo(8, 3);
  });
});
