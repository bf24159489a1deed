// Gradients against central finite differences in float64, on the reference device. Long because it is one table of calls,
// a line or two each, in which every op with a rule is looked for.

import {
  averagePool2d,
  concatenate,
  conv2d,
  convTranspose2d,
  cumulativeMaximum,
  cumulativeMinimum,
  cumulativeProduct,
  cumulativeSum,
  elementwise,
  fft,
  grad,
  inverseFft,
  inverseRealFft,
  maxPool2d,
  quantizedMatmul,
  randomKey,
  randomNormal,
  realFft,
  resize,
  scaledDotProductAttention,
  scatterAdd,
  scatterAddAlongAxis,
  scatterMax,
  scatterMin,
  scatterSet,
  sort,
  Tensor,
  takeAlongAxis,
  tensor,
  topK,
} from "@millrace/core";
import { ops } from "@millrace/kernels";
import { describe, expect, test } from "vitest";
import { openReferenceDevice } from "../../../core/device/reference/index.ts";
import { gradientRules, withoutGradient } from "../../../core/graph/gradient-rules.ts";
import { apply, applyOp } from "../../../core/graph/node.ts";
import { storageOf } from "../../../core/tensor/storage.ts";
import { generator } from "../../kernels/contract-runner.ts";
import { linearAlgebraRows } from "./linear-algebra.rows.ts";

const device = openReferenceDevice();

/** A weighting that makes every output element count differently. */
const weigh = (y: Tensor): Tensor => {
  const weights = tensor(
    Float32Array.from({ length: y.size }, (_, i) => Math.sin(1 + i)),
    y.shape,
  );
  return y.multiply(weights).sum();
};

const exact = async (x: Tensor): Promise<number[]> => {
  await x.evaluate(device);
  return [...(await x.data())];
};

/** Largest difference between the gradient and finite differences of a function of several tensors. */
const differs = async (
  fn: (inputs: Tensor[]) => Tensor,
  shapes: readonly (readonly number[])[],
  low: number,
  high: number,
): Promise<number> => {
  const random = generator(7);
  const values = shapes.map((shape) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (high - low) * random()),
  );
  const make = (data: readonly Float32Array[]): Tensor[] => data.map((item, i) => tensor(item, shapes[i] ?? []));
  const analytic = grad((inputs: Tensor[]) => weigh(fn(inputs)))(make(values));
  let worst = 0;
  for (const [i, value] of values.entries()) {
    const got = await exact(analytic[i] ?? tensor(0));
    for (let k = 0; k < value.length; k++) {
      const step = 2 ** -7;
      const at = async (offset: number): Promise<number> => {
        const moved = values.map((item) => item.slice());
        const own = moved[i];
        if (own) own[k] = (own[k] ?? 0) + offset;
        const loss = weigh(fn(make(moved)));
        await loss.evaluate(device);
        const [first = Number.NaN] = await readExact(loss);
        return first;
      };
      // Five points: the error is of the order of step^4.
      const [a, b, c, d] = [await at(-2 * step), await at(-step), await at(step), await at(2 * step)];
      const numeric = (a - 8 * b + 8 * c - d) / (12 * step);
      worst = Math.max(worst, Math.abs(numeric - (got[k] ?? Number.NaN)) / (1 + Math.abs(numeric)));
      if (Number.isNaN(numeric)) return Number.NaN;
    }
  }
  return worst;
};

const readExact = async (x: Tensor): Promise<Iterable<number>> => {
  const storage = storageOf(x.value.node);
  return storage ? device.readExact(storage.bufferOn(device)) : [];
};

const first = (inputs: Tensor[]): Tensor => inputs[0] ?? tensor(0);
const second = (inputs: Tensor[]): Tensor => inputs[1] ?? tensor(0);
const labels = tensor(Int32Array.of(1, 0, 2));

/** Attention of three queries to four keys, with one hidden from each, and one query from all. */
const attended = (
  [q, k, v]: Tensor[],
  options: { readonly causal?: boolean; readonly masked?: boolean } = {},
): Tensor =>
  scaledDotProductAttention(q ?? tensor(0), k ?? tensor(0), v ?? tensor(0), {
    ...options,
    mask: options.masked
      ? tensor([
          [1, 0, 1, 1],
          [0, 0, 0, 0],
          [1, 1, 0, 1],
        ]).to("bool")
      : undefined,
  });
/** The logarithms alone, which attention of tensors does not show. */
const attentionLogarithms = (inputs: Tensor[]): Tensor => {
  const values = inputs.map(({ value }) => value);
  const [, logarithms] = applyOp("attention", values, { scale: 0.6, causal: true });
  return logarithms ? new Tensor(logarithms) : tensor(Number.NaN);
};
const attentionShapes = [
  [3, 2],
  [4, 2],
  [4, 3],
];

const normalised =
  (name: string, center: boolean) =>
  (inputs: Tensor[]): Tensor =>
    new Tensor(
      apply(
        name,
        inputs.map((input) => input.value),
        { center, epsilon: 0.1 },
      ),
    );

/** Three rows of 40 weights in two groups. */
const halves = {
  codes: tensor(
    Uint32Array.from({ length: 24 }, (_, i) => (i + 1) * 0x1f3a5c7d),
    [3, 8],
  ),
  scales: tensor([
    [0.05, 0.1],
    [0.02, 0.03],
    [0.01, 0.02],
  ]),
  zeros: tensor(Uint32Array.of(0x87, 0x36, 0xf0), [3, 1]),
};

type Row = readonly [
  name: string,
  fn: (inputs: Tensor[]) => Tensor,
  shapes: readonly (readonly number[])[],
  low?: number,
  high?: number,
];

const rows: readonly Row[] = [
  ...["add", "subtract", "multiply", "divide", "power", "maximum", "minimum", "atan2", "remainder"].map(
    (name): Row => [name, (x) => elementwise(name, first(x), second(x)), [[2, 3], [3]], 0.5, 2],
  ),
  ...["negate", "absolute", "exp", "sin", "cos", "tanh", "sigmoid", "relu", "erf", "expm1", "atan"].map(
    (name): Row => [name, (x) => elementwise(name, first(x)), [[5]]],
  ),
  ...["log", "sqrt", "log1p"].map((name): Row => [name, (x) => elementwise(name, first(x)), [[5]], 0.5, 2]),
  ["select", (x) => first(x).greater(0.2).where(first(x).square(), second(x)), [[4], [1]]],
  [
    "quantizedMatmul",
    (x) => quantizedMatmul(first(x), halves, { bias: second(x), activation: "tanh" }),
    [[2, 40], [3]],
  ],
  ["map", (x) => first(x).broadcastTo([3, 4]), [[4]]],
  [
    "matmul",
    (x) => first(x).matmul(second(x)),
    [
      [2, 3],
      [3, 4],
    ],
  ],
  [
    "matmul",
    (x) => first(x).matmul(second(x), { transposeA: true }),
    [
      [3, 2],
      [3, 4],
    ],
  ],
  [
    "matmul",
    (x) => first(x).matmul(second(x), { transposeB: true }),
    [
      [2, 3],
      [4, 3],
    ],
  ],
  [
    "matmul",
    (x) => first(x).matmul(second(x), { transposeA: true, transposeB: true }),
    [
      [3, 2],
      [4, 3],
    ],
  ],
  [
    "matmul",
    (x) => first(x).matmul(second(x)).add(first(x).sum()),
    [
      [2, 2, 3],
      [3, 2],
    ],
  ],
  [
    "matmul",
    (x) => first(x).matmul(second(x)).tanh(),
    [
      [3, 2],
      [2, 2, 4],
    ],
  ],
  [
    "convolution",
    ([x, w, b]) =>
      conv2d(x ?? tensor(0), w ?? tensor(0), { ...(b && { bias: b }), padding: 1, stride: [2, 1], groups: 2 }).tanh(),
    [[2, 2, 4, 3], [4, 1, 3, 2], [4]],
  ],
  [
    "convolutionInputGradient",
    (x) => convTranspose2d(first(x), second(x), { stride: 2, padding: 1, outputPadding: 1, dilation: [1, 2] }),
    [
      [1, 2, 3, 2],
      [2, 2, 2, 3],
    ],
  ],
  [
    "convolutionWeightGradient",
    (x) =>
      grad((w: Tensor) =>
        conv2d(second(x), w, { stride: [1, 2], padding: { left: 1 } })
          .square()
          .sum(),
      )(first(x)),
    [
      [2, 2, 2, 2],
      [1, 2, 3, 4],
    ],
  ],
  ["pool", (x) => maxPool2d(first(x), [2, 3], { stride: 1, padding: { left: 1 }, dilation: [2, 1] }), [[1, 2, 4, 4]]],
  ["pool", (x) => averagePool2d(first(x), 3, { stride: 2, padding: 1 }), [[2, 1, 4, 5]]],
  ["pool", (x) => averagePool2d(first(x), 3, { stride: 2, padding: 1, countPadding: false }), [[1, 1, 4, 5]]],
  [
    "poolGradient",
    (x) => grad((y: Tensor) => maxPool2d(y, 2, { stride: 1 }).multiply(second(x)).square().sum())(first(x)),
    [
      [1, 2, 3, 4],
      [1, 2, 2, 3],
    ],
  ],
  [
    "poolGradient",
    (x) => grad((y: Tensor) => averagePool2d(y, 2, { stride: 1 }).square().sum())(first(x)),
    [[1, 2, 3, 4]],
  ],
  ...linearAlgebraRows,
  ["resize", (x) => resize(first(x), [5, 3]), [[1, 2, 3, 4]]],
  ["resize", (x) => resize(first(x), [5, 6], { mode: "bilinear" }), [[2, 1, 3, 4]]],
  [
    "resizeGradient",
    (x) =>
      grad((y: Tensor) => resize(y, [4, 7], { mode: "bilinear", coordinates: "alignCorners" }).square().sum())(
        first(x),
      ),
    [[1, 1, 3, 4]],
  ],
  ["fft", (x) => fft(first(x)), [[2, 4, 2]]],
  ["fft", (x) => inverseFft(first(x)), [[5, 2]]],
  ["fft", (x) => realFft(first(x)), [[2, 6]]],
  ["fft", (x) => inverseRealFft(first(x), 5), [[3, 2]]],
  ["reduce", (x) => first(x).sum({ axis: [0, 2] }), [[2, 3, 2]]],
  ["reduce", (x) => first(x).product({ axis: 1 }), [[2, 4]]],
  ["reduce", (x) => first(x).max({ axis: 0 }), [[5, 2]]],
  ["reduce", (x) => first(x).min(), [[5]]],
  ["scan", (x) => cumulativeSum(first(x), { axis: 1 }), [[2, 3, 2]]],
  ["scan", (x) => cumulativeSum(first(x), { exclusive: true, reverse: true }), [[5]]],
  ["scan", (x) => cumulativeProduct(first(x)), [[2, 4]]],
  ["scan", (x) => cumulativeProduct(first(x), { axis: 0, exclusive: true }), [[4, 2]]],
  ["scan", (x) => cumulativeProduct(first(x).multiply(tensor([1, 1, 0, 1, 0])), { reverse: true }), [[5]]],
  ["scan", (x) => cumulativeMaximum(first(x), { axis: 0 }), [[5, 2]]],
  ["scan", (x) => cumulativeMinimum(first(x), { reverse: true }), [[2, 5]]],
  ["scan", (x) => cumulativeMaximum(first(x), { exclusive: true }).slice([1], [4]), [[5]]],
  ["sort", (x) => sort(first(x), { axis: 0, descending: true }), [[5, 2]]],
  ["topK", (x) => topK(first(x), 2).values, [[3, 4]]],
  [
    "scatter",
    (x) => scatterSet(first(x), tensor(Int32Array.of(2, 0, 2, 7)), second(x)),
    [
      [3, 2],
      [4, 2],
    ],
  ],
  ["scatter", (x) => scatterMax(first(x), tensor(Int32Array.of(2, 0, 2, 7), [2, 2]), second(x)), [[3], [2, 2]]],
  [
    "scatter",
    (x) => scatterMin(first(x), tensor(Int32Array.of(2, 0, 2)), second(x)),
    [
      [3, 2],
      [3, 2],
    ],
  ],
  ["takeAlong", (x) => takeAlongAxis(first(x), tensor(Int32Array.of(2, 0, 0, 1, 1, 2), [3, 2]), 0), [[3, 2]]],
  [
    "scatterAddAlong",
    (x) => scatterAddAlongAxis(tensor(Int32Array.of(2, 0, 5, 1, 1, 2), [2, 3]), first(x), 3),
    [[2, 3]],
  ],
  ["softmax", (x) => first(x).softmax(), [[2, 4]]],
  ["softmax", (x) => first(x).logSoftmax(), [[2, 4]]],
  ["crossEntropy", (x) => first(x).crossEntropy(labels), [[3, 4]]],
  [
    "crossEntropyGradient",
    (x) => grad((logits: Tensor) => logits.crossEntropy(labels).multiply(second(x)).sum())(first(x)),
    [[3, 4], [3]],
  ],
  ...[true, false].flatMap((center): Row[] => [
    ["normalise", normalised("normalise", center), [[3, 5]]],
    ["normalise", normalised("normalise", center), [[2, 4], [4], [4]]],
    [
      "normaliseGradient",
      normalised("normaliseGradient", center),
      [
        [3, 5],
        [3, 5],
      ],
    ],
    ["normaliseGradient", normalised("normaliseGradient", center), [[2, 4], [2, 4], [4]]],
  ]),
  ...[{}, { causal: true }, { masked: true }, { causal: true, masked: true }].flatMap((options): Row[] => [
    ["attention", (x) => attended(x, options), attentionShapes],
    [
      "attentionGradient",
      (x) => {
        const parts = grad((y: Tensor[]) =>
          attended(y, options)
            .multiply(x[3] ?? tensor(0))
            .sum(),
        )(x.slice(0, 3));
        return concatenate(parts.map((part) => part.reshape([-1])));
      },
      [...attentionShapes, [3, 3]],
    ],
  ]),
  ["attention", (x) => attended(x).multiply(attentionLogarithms(x).reshape([3, 1])), attentionShapes],
  ["attention", ([x = tensor(0)]) => scaledDotProductAttention(x, x, x.square(), { causal: true }), [[2, 3, 2]]],
  [
    "attention",
    ([q, x]) => attended([q, x, x].map((y) => y ?? tensor(0))),
    [
      [2, 1, 3, 2],
      [4, 2],
    ],
  ],
  ["gather", (x) => first(x).gather(tensor(Int32Array.of(0, 2, 2))), [[3, 2]]],
  ["scatterAdd", (x) => scatterAdd(tensor(Int32Array.of(0, 2, 2, 5)), first(x), 4), [[4, 2]]],
  ["identity", (x) => new Tensor(apply("identity", [first(x).square().value, second(x).value])), [[3], [2]]],
  ["reshape", (x) => first(x).reshape([3, -1]), [[2, 3]]],
  ["transpose", (x) => first(x).transpose([2, 0, 1]), [[2, 3, 2]]],
  ["slice", (x) => first(x).slice([1, 0], [2, 2]), [[4, 3]]],
  ["pad", (x) => first(x).pad([1, 0], [0, 2], 3), [[2, 2]]],
  [
    "concatenate",
    (x) => concatenate([first(x), second(x)], 1),
    [
      [2, 2],
      [2, 3],
    ],
  ],
  ["toF32", (x) => first(x).multiply(first(x).to("f32")), [[3]]],
];

describe("gradients agree with finite differences in float64", () => {
  test.each(rows.map(([name, fn, shapes, low = -1, high = 1]) => ({ name, fn, shapes, low, high })))(
    "$name of $shapes",
    async ({ fn, shapes, low, high }) => {
      expect(await differs(fn, shapes, low, high)).toBeLessThan(2e-6);
    },
  );

  test("of a gradient: the second derivative of a small network's loss", async () => {
    const inner = (x: Tensor[]): Tensor => {
      const loss = (w: Tensor): Tensor =>
        tensor([
          [0.3, -0.2],
          [0.5, 0.9],
        ])
          .matmul(w)
          .tanh()
          .matmul(w)
          .crossEntropy(tensor(Int32Array.of(1, 0)))
          .mean();
      return grad(loss)(first(x));
    };
    expect(await differs(inner, [[2, 2]], -1, 1)).toBeLessThan(2e-6);
  });
});

test("every op has a gradient rule or a stated reason for none, and no rule is left untested", () => {
  // Finite differences see the steps of f16, so its cast has a test of its own below.
  const tested = new Set([...rows.map(([name]) => name), "toF16"]);
  const missing = [...ops.keys()].filter((name) => !(name in gradientRules) && !(name in withoutGradient));
  expect(missing).toEqual([]);
  expect(Object.keys(gradientRules).filter((name) => !tested.has(name))).toEqual([]);
});

test("the gradient of a conversion to f16 is the gradient of its result, in f16 and back", async () => {
  const loss = (x: Tensor): Tensor =>
    x
      .to("f16")
      .to("f32")
      .multiply(tensor([0.1, 1e-9, 1e6]))
      .sum();
  const gradient = grad(loss)(tensor([1, 2, 3]));
  expect(gradient.dtype).toBe("f32");
  expect(await gradient.toArray()).toEqual([Math.f16round(0.1), 0, Number.POSITIVE_INFINITY]);
  const whole = grad((x: Tensor) => x.multiply(x).sum())(tensor([1, 2, 3], [3], "f16"));
  expect(whole.dtype).toBe("f16");
  expect(await whole.toArray()).toEqual([2, 4, 6]);
});

test("a value that the loss does not depend on gets zeros", async () => {
  const [, unused] = grad(([x]: Tensor[]) => (x ?? tensor(0)).sum())([tensor([1, 2]), tensor([3, 4])]);
  expect(await unused?.toArray()).toEqual([0, 0]);
});

test("a tensor read from outside the function is a constant for its gradient, even when it is the argument itself", async () => {
  const x = tensor([2, 3]);
  const gradient = grad((y: Tensor) => y.multiply(x).sum())(x);
  await gradient.evaluate(device);
  expect(await gradient.toArray()).toEqual([2, 3]);
});

test("the gradient of a loss that is not one number is refused", () => {
  expect(() => grad((x: Tensor) => x.exp())(tensor([1, 2]))).toThrow(/one f32 number.*f32\[2\]/);
  expect(() => grad((x: Tensor) => x.to("f32").sum())(tensor(Int32Array.of(1)))).toThrow(
    /f32 and f16 tensors only.*i32\[1\]/,
  );
  expect(randomNormal(randomKey(1), [2]).shape).toEqual([2]);
});
