// Convolutions against the cases that the ONNX operator pages publish (Conv, ConvTranspose), a plain loop written here, and
// each other on every device.
import {
  averagePool2d,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  grad,
  maxPool2d,
  openDevice,
  resize,
  setDefaultDevice,
  Tensor,
  tensor,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inputValue } from "../../../core/graph/node.ts";
import { simplify } from "../../../core/graph/simplify.ts";
import { generator } from "../../kernels/contract-runner.ts";

const random = generator(3);
const draw = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => Math.fround(2 * random() - 1)),
    shape,
  );
const counting = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
    shape,
  );
const ones = (...shape: number[]): Tensor => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape);

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { threads: 1 })));
afterAll(() => setDefaultDevice(undefined));

describe("ONNX's published cases", () => {
  test("Conv with padding", async () => {
    const y = conv2d(counting(1, 1, 5, 5), ones(1, 1, 3, 3), { padding: 1 });
    expect(y.shape).toEqual([1, 1, 5, 5]);
    expect([...(await y.data())]).toEqual([
      12, 21, 27, 33, 24, 33, 54, 63, 72, 51, 63, 99, 108, 117, 81, 93, 144, 153, 162, 111, 72, 111, 117, 123, 84,
    ]);
  });
  test("Conv without padding", async () => {
    const y = conv2d(counting(1, 1, 5, 5), ones(1, 1, 3, 3));
    expect([...(await y.data())]).toEqual([54, 63, 72, 99, 108, 117, 144, 153, 162]);
  });
  test("Conv with strides, with padding on all sides, on none, and on two", async () => {
    const x = counting(1, 1, 7, 5);
    const w = ones(1, 1, 3, 3);
    expect([...(await conv2d(x, w, { padding: 1, stride: 2 }).data())]).toEqual([
      12, 27, 24, 63, 108, 81, 123, 198, 141, 112, 177, 124,
    ]);
    expect([...(await conv2d(x, w, { stride: 2 }).data())]).toEqual([54, 72, 144, 162, 234, 252]);
    expect([...(await conv2d(x, w, { stride: 2, padding: { top: 1, bottom: 1 } }).data())]).toEqual([
      21, 33, 99, 117, 189, 207, 171, 183,
    ]);
  });
  test('Conv with auto_pad SAME, where the padding is even on both sides: "same"', async () => {
    const y = conv2d(counting(1, 1, 5, 5), ones(1, 1, 3, 3), { padding: "same", stride: 2 });
    expect([...(await y.data())]).toEqual([12, 27, 24, 63, 108, 81, 72, 117, 84]);
  });
  test("ConvTranspose", async () => {
    const y = convTranspose2d(counting(1, 1, 3, 3), ones(1, 2, 3, 3));
    const plane = [0, 1, 3, 3, 2, 3, 8, 15, 12, 7, 9, 21, 36, 27, 15, 9, 20, 33, 24, 13, 6, 13, 21, 15, 8];
    expect(y.shape).toEqual([1, 2, 5, 5]);
    expect([...(await y.data())]).toEqual([...plane, ...plane]);
  });
  test("ConvTranspose with dilations", async () => {
    const x = tensor([
      [
        [
          [3, 8, 1],
          [9, 5, 7],
          [3, 2, 6],
        ],
      ],
    ]);
    const w = tensor([
      [
        [
          [7, 2],
          [1, 9],
        ],
      ],
    ]);
    expect([...(await convTranspose2d(x, w, { dilation: 2 }).data())]).toEqual([
      21, 56, 13, 16, 2, 63, 35, 67, 10, 14, 24, 22, 76, 76, 21, 9, 5, 88, 45, 63, 3, 2, 33, 18, 54,
    ]);
  });
});

describe("conv1d", () => {
  test("slides along the last axis, and adds the bias", async () => {
    // [1, 2, 3, 4] against [1, 0, -1]: differences of next-but-one neighbours.
    const y = conv1d(tensor([[[1, 2, 4, 8]]]), tensor([[[1, 0, -1]], [[0, 1, 0]]]), {
      padding: "same",
      bias: tensor([0, 10]),
    });
    expect(await y.toArray()).toEqual([
      [
        [-2, -3, -6, 4],
        [11, 12, 14, 18],
      ],
    ]);
  });
  test("takes strides, dilation and padding of one side", async () => {
    const y = conv1d(tensor([[[1, 2, 3, 4, 5]]]), tensor([[[1, 10]]]), { stride: 2, dilation: 2, padding: [1, 0] });
    expect(await y.toArray()).toEqual([[[20, 42]]]);
  });
});

test("groups keep to themselves: two groups are two convolutions beside one another", async () => {
  const [x, w] = [draw(2, 4, 5, 6), draw(6, 2, 3, 3)];
  const both = await conv2d(x, w, { groups: 2 }).data();
  const halves = await Promise.all(
    [0, 1].map((g) => conv2d(x.slice([0, 2 * g, 0, 0], [2, 2, 5, 6]), w.slice([3 * g, 0, 0, 0], [3, 2, 3, 3])).data()),
  );
  const expected = [0, 1].flatMap((n) => halves.flatMap((half) => [...half.slice(n * 36, n * 36 + 36)]));
  expect([...both]).toEqual(expected);
});

test("a convolution and its transpose are adjoint: <conv(x), y> = <x, convTranspose(y)>", async () => {
  const options = { stride: [2, 3], padding: { top: 1, left: 2, right: 1 }, dilation: [2, 1] } as const;
  const [x, w] = [draw(2, 3, 11, 12), draw(5, 3, 3, 4)];
  const forward = conv2d(x, w, options);
  const y = draw(...forward.shape);
  const missing = [(11 + 1 - 5) % 2, (12 + 3 - 4) % 3] as const;
  const back = convTranspose2d(y, w, { ...options, outputPadding: missing });
  expect(back.shape).toEqual(x.shape);
  const [left, right] = [await forward.multiply(y).sum().item(), await back.multiply(x).sum().item()];
  expect(Math.abs(left - right)).toBeLessThan(1e-4 * (1 + Math.abs(left)));
});

test("an activation that alone reads a convolution is computed in it", () => {
  const x = inputValue({ dtype: "f32", shape: [1, 2, 4, 4] });
  const relu = conv2d(new Tensor(x), draw(3, 2, 3, 3)).relu();
  const [root] = simplify([relu.value]);
  expect(root?.node.kind === "op" && [root.node.op.name, root.node.attributes.activation]).toEqual([
    "convolution",
    "relu",
  ]);
});

test("gradients on WASM and WebGPU agree with those of the reference", async () => {
  const shapes = [[2, 4, 9, 8], [6, 4, 3, 3], [6]];
  const values = await Promise.all(shapes.map((shape) => draw(...shape).data()));
  const loss = ([x = tensor(0), w = x, b = x]: Tensor[]): Tensor =>
    conv2d(x, w, { bias: b, stride: 2, padding: 1 }).relu().square().sum();
  const on = async (kind: "reference" | "wasm" | "webgpu"): Promise<number[]> => {
    using device = await openDevice(kind, kind === "webgpu" ? { software: true } : {});
    const all: number[] = [];
    const inputs = values.map((data, i) => tensor(data, shapes[i] ?? []));
    for (const part of grad(loss)(inputs)) all.push(...(await part.data(device)));
    return all;
  };
  const want = await on("reference");
  for (const kind of ["wasm", "webgpu"] as const)
    for (const [i, value] of (await on(kind)).entries())
      expect(Math.abs(value - (want[i] ?? Number.NaN))).toBeLessThan(1e-4 * (1 + Math.abs(want[i] ?? 0)));
});

test("threads do not change a bit of a convolution, its gradients, a pooling or a resize", async () => {
  const shapes = [
    [3, 12, 31, 30],
    [20, 12, 3, 3],
    [12, 1, 3, 3],
  ];
  const values = await Promise.all(shapes.map((shape) => draw(...shape).data()));
  const network = ([x = tensor(0), w = x, depthwise = x]: Tensor[]): Tensor => {
    const small = maxPool2d(conv2d(x, depthwise, { groups: 12, padding: 1 }), 3, { stride: 2, padding: 1 });
    const wide = resize(conv2d(small, w, { stride: 2, padding: 1 }).tanh(), [13, 15], { mode: "bilinear" });
    return averagePool2d(wide, 2).square().sum();
  };
  const on = async (threads: number): Promise<Float32Array[]> => {
    using device = await openDevice("wasm", { deterministic: true, threads });
    const inputs = values.map((data, i) => tensor(data, shapes[i] ?? []));
    return await Promise.all(grad(network)(inputs).map(async (part) => Float32Array.from(await part.data(device))));
  };
  expect(await on(2)).toEqual(await on(1));
});

describe("mistakes are told with what would do", () => {
  test.each([
    ["three axes", () => conv2d(ones(1, 5, 5), ones(1, 1, 3, 3)), /four axes, but is f32\[1, 5, 5\]/],
    [
      "channels",
      () => conv2d(ones(1, 3, 5, 5), ones(4, 2, 3, 3)),
      /image of 3 channels in 1 group needs weights \[outputs, 3,/,
    ],
    [
      "groups",
      () => conv2d(ones(1, 3, 5, 5), ones(4, 1, 3, 3), { groups: 2 }),
      /3 channels and 4 outputs do not divide into 2/,
    ],
    [
      "no groups",
      () => conv2d(ones(1, 3, 5, 5), ones(4, 3, 3, 3), { groups: 0 }),
      /groups must be a whole number of at least 1, but is 0/,
    ],
    [
      "a large window",
      () => conv2d(ones(1, 1, 4, 4), ones(1, 1, 3, 3), { dilation: 2 }),
      /takes 5 places along the height, but the padded image has 4; pad it/,
    ],
    [
      "stride",
      () => conv2d(ones(1, 1, 4, 4), ones(1, 1, 3, 3), { stride: 0 }),
      /strides must be 2 whole numbers of at least 1, but are \[0, 0\]/,
    ],
    [
      "padding",
      () => conv2d(ones(1, 1, 4, 4), ones(1, 1, 3, 3), { padding: -1 }),
      /padding \[top, bottom, left, right\] must be 4 whole numbers/,
    ],
    [
      "bias",
      () => conv2d(ones(1, 1, 4, 4), ones(2, 1, 3, 3), { bias: ones(3) }),
      /bias must be f32\[2\], but is f32\[3\]/,
    ],
    [
      "dtype",
      () => conv2d(ones(1, 1, 4, 4).to("i32"), ones(2, 1, 3, 3)),
      /takes f32, but the image .* is i32\[1, 1, 4, 4\]; convert/,
    ],
    [
      "sequence",
      () => conv1d(ones(4, 4), ones(2, 1, 3)),
      /the sequence \[batch, channels, length\] must have three axes, but is \[4, 4\]/,
    ],
    [
      "output padding",
      () => convTranspose2d(ones(1, 1, 4, 4), ones(1, 1, 3, 3), { outputPadding: 1 }),
      /outputPadding must be a whole number from 0 to stride - 1 = 0, but is 1/,
    ],
    [
      "too much cut",
      () => convTranspose2d(ones(1, 1, 1, 1), ones(1, 1, 3, 3), { padding: 2 }),
      /padding cuts 1 more places than there are/,
    ],
    [
      "transposed bias",
      () => convTranspose2d(ones(1, 1, 4, 4), ones(1, 2, 3, 3), { bias: ones(3) }),
      /bias must be f32\[2\]/,
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});

test("a transposed convolution over a sequence adds up windows at their strides", async () => {
  // ONNX's ConvTranspose in one dimension, x = 0 1 2 and ones of 3: 0 1 3 3 2 for each output.
  const y = convTranspose1d(
    tensor([[[0, 1, 2]]]),
    tensor([
      [
        [1, 1, 1],
        [1, 1, 1],
      ],
    ]),
  );
  expect(await y.toArray()).toEqual([
    [
      [0, 1, 3, 3, 2],
      [0, 1, 3, 3, 2],
    ],
  ]);
  const options = { stride: 2, padding: [1, 0], outputPadding: 1, bias: tensor([10]) } as const;
  const strided = convTranspose1d(tensor([[[1, 2, 3]]]), tensor([[[1, 10, 100]]]), options);
  // At strides of 2: 1 10 102 20 203 30 300 and a place more; the first is cut.
  expect(await strided.toArray()).toEqual([[[20, 112, 30, 213, 40, 310, 10]]]);
  expect(() => convTranspose1d(tensor([[1]]), tensor([[[1]]]))).toThrow(/convTranspose1d: the sequence .* three axes/);
});
