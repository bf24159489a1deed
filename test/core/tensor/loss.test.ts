// Losses against PyTorch's definitions in plain float64 loops, and their gradients against differences of those.
import {
  absoluteErrorLoss,
  binaryCrossEntropyLoss,
  contrastiveLoss,
  cosineEmbeddingLoss,
  cosineSimilarity,
  crossEntropyLoss,
  focalLoss,
  grad,
  hingeLoss,
  huberLoss,
  openDevice,
  quantileLoss,
  setDefaultDevice,
  squaredErrorLoss,
  type Tensor,
  tensor,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { differences, expectClose, mean, numbers, rowsOf, sum } from "../plain.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { deterministic: true })));
afterAll(() => setDefaultDevice(undefined));

const logSoftmax = (row: readonly number[]): number[] => {
  const total = Math.log(sum(row.map(Math.exp)));
  return row.map((value) => value - total);
};

describe("cross-entropy", () => {
  const logits = numbers(4 * 3).map((value) => 3 * value);
  const labels = [2, 0, -1, 1];
  const plain = (values: readonly number[], smoothing: number): number[] =>
    rowsOf(values, 3).map((row, i) => {
      const label = labels[i] ?? -1;
      if (label < 0) return 0;
      const logarithms = logSoftmax(row);
      return -(1 - smoothing) * (logarithms[label] ?? 0) - smoothing * mean(logarithms);
    });
  const [x, y] = [tensor(logits).reshape([4, 3]), tensor(Int32Array.from(labels))];

  test.each([0, 0.1])(
    "with label smoothing %d leaves out label -1, of the mean's count too",
    async (labelSmoothing) => {
      const expected = plain(logits, labelSmoothing);
      await expectClose(crossEntropyLoss(x, y, { labelSmoothing, reduction: "none" }), expected);
      await expectClose(crossEntropyLoss(x, y, { labelSmoothing, reduction: "sum" }), [sum(expected)]);
      await expectClose(crossEntropyLoss(x, y, { labelSmoothing }), [sum(expected) / 3]);
      await expectClose(
        grad((own: Tensor) => crossEntropyLoss(own, y, { labelSmoothing }))(x),
        differences((own) => sum(plain(own, labelSmoothing)) / 3, logits),
        1e-5,
      );
    },
  );
  test("takes logits of any rank with labels of one axis less", async () => {
    await expectClose(
      crossEntropyLoss(x.reshape([2, 2, 3]), y.reshape([2, 2]), { reduction: "none" }),
      plain(logits, 0),
    );
    expect(() => crossEntropyLoss(x, y.reshape([2, 2]))).toThrow(/need labels \[4\], but they are \[2, 2\]/);
    expect(() => crossEntropyLoss(x, y, { labelSmoothing: 2 })).toThrow(/from 0 to 1, but is 2/);
  });
});

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe.each<{
  name: string;
  loss: (x: Tensor, y: Tensor) => Tensor;
  plain: (x: number, y: number) => number;
  targets: (value: number) => number;
}>([
  {
    name: "binary cross-entropy",
    loss: (x, y) => binaryCrossEntropyLoss(x, y, { reduction: "none" }),
    plain: (x, y) => -y * Math.log(sigmoid(x)) - (1 - y) * Math.log(1 - sigmoid(x)),
    targets: (value) => Math.abs(value),
  },
  {
    name: "binary cross-entropy with a weight of positives",
    loss: (x, y) => binaryCrossEntropyLoss(x, y, { reduction: "none", positiveWeight: 3 }),
    plain: (x, y) => -3 * y * Math.log(sigmoid(x)) - (1 - y) * Math.log(1 - sigmoid(x)),
    targets: (value) => Math.abs(value),
  },
  {
    name: "focal loss",
    loss: (x, y) => focalLoss(x, y, { reduction: "none" }),
    plain: (x, y) =>
      y === 1
        ? -0.25 * (1 - sigmoid(x)) ** 2 * Math.log(sigmoid(x))
        : -0.75 * sigmoid(x) ** 2 * Math.log(1 - sigmoid(x)),
    targets: (value) => (value > 0 ? 1 : 0),
  },
  {
    name: "focal loss without weights",
    loss: (x, y) => focalLoss(x, y, { reduction: "none", alpha: -1, gamma: 1.5 }),
    plain: (x, y) =>
      y === 1 ? -((1 - sigmoid(x)) ** 1.5) * Math.log(sigmoid(x)) : -(sigmoid(x) ** 1.5) * Math.log(1 - sigmoid(x)),
    targets: (value) => (value > 0 ? 1 : 0),
  },
  {
    name: "squared error",
    loss: (x, y) => squaredErrorLoss(x, y, { reduction: "none" }),
    plain: (x, y) => (x - y) ** 2,
    targets: (value) => value,
  },
  {
    name: "absolute error",
    loss: (x, y) => absoluteErrorLoss(x, y, { reduction: "none" }),
    plain: (x, y) => Math.abs(x - y),
    targets: (value) => value,
  },
  {
    name: "Huber's loss",
    loss: (x, y) => huberLoss(x, y, { reduction: "none", delta: 0.7 }),
    plain: (x, y) => (Math.abs(x - y) < 0.7 ? 0.5 * (x - y) ** 2 : 0.7 * (Math.abs(x - y) - 0.35)),
    targets: (value) => value,
  },
  {
    name: "hinge loss",
    loss: (x, y) => hingeLoss(x, y, { reduction: "none" }),
    plain: (x, y) => Math.max(0, 1 - x * y),
    targets: (value) => (value > 0 ? 1 : -1),
  },
  {
    name: "quantile loss",
    loss: (x, y) => quantileLoss(x, y, 0.9, { reduction: "none" }),
    plain: (x, y) => Math.max(0.9 * (y - x), -0.1 * (y - x)),
    targets: (value) => value,
  },
])("$name", ({ loss, plain, targets }) => {
  const x = numbers(21).map((value) => 4 * value);
  const y = numbers(21, 1).map(targets);
  const own = (values: readonly number[]): number[] => values.map((value, i) => plain(value, y[i] ?? 0));

  test("is its formula, element by element", async () => {
    await expectClose(loss(tensor(x), tensor(y)), own(x), 1e-5);
  });
  test("has its formula's gradient", async () => {
    const gradient = grad((values: Tensor) => loss(values, tensor(y)).sum())(tensor(x));
    await expectClose(
      gradient,
      differences((values) => sum(own(values)), x),
      2e-5,
    );
  });
  test("refuses to broadcast", () => {
    expect(() => loss(tensor(x), tensor(y).reshape([21, 1]))).toThrow(
      /must have one shape, but have \[21\] and \[21, 1\]/,
    );
  });
});

test("logits of any size give finite losses and gradients", async () => {
  const x = tensor([-1000, -50, 0, 50, 1000]);
  const y = tensor([0, 0, 1, 1, 1]);
  await expectClose(binaryCrossEntropyLoss(x, y, { reduction: "none" }), [0, 0, Math.LN2, 0, 0]);
  await expectClose(binaryCrossEntropyLoss(x.negate(), y, { reduction: "none" }), [1000, 50, Math.LN2, 50, 1000]);
  await expectClose(grad((own: Tensor) => binaryCrossEntropyLoss(own, y, { reduction: "sum" }))(x), [0, 0, -0.5, 0, 0]);
  const focal = await grad((own: Tensor) => focalLoss(own, y))(x).data();
  expect(focal.every(Number.isFinite)).toBe(true);
});

const dot = (x: readonly number[], y: readonly number[]): number => sum(x.map((own, i) => own * (y[i] ?? 0)));
const cosine = (x: readonly number[], y: readonly number[]): number =>
  dot(x, y) / Math.sqrt((dot(x, x) + 1e-12) * (dot(y, y) + 1e-12));

describe("losses of pairs of vectors", () => {
  const [x, y] = [numbers(5 * 4), numbers(5 * 4, 2)];
  const [tx, ty] = [tensor(x).reshape([5, 4]), tensor(y).reshape([5, 4])];
  const cosines = rowsOf(x, 4).map((row, i) => cosine(row, rowsOf(y, 4)[i] ?? []));

  test("cosine similarity, 0 for zeros", async () => {
    await expectClose(cosineSimilarity(tx, ty), cosines);
    await expectClose(cosineSimilarity(tensor([0, 0]), tensor([1, 2])), [0]);
  });
  test("cosine embedding", async () => {
    const targets = [1, -1, 1, -1, -1];
    const expected = cosines.map((own, i) => ((targets[i] ?? 0) > 0 ? 1 - own : Math.max(0, own - 0.1)));
    await expectClose(cosineEmbeddingLoss(tx, ty, tensor(targets), { margin: 0.1 }), [mean(expected)]);
  });
  test("InfoNCE, with its gradient", async () => {
    const plain = (values: readonly number[]): number =>
      mean(
        rowsOf(values, 4).map(
          (row, i) => -(logSoftmax(rowsOf(y, 4).map((key) => cosine(row, key) / 0.2))[i] ?? Number.NaN),
        ),
      );
    await expectClose(contrastiveLoss(tx, ty, { temperature: 0.2 }), [plain(x)]);
    await expectClose(
      grad((own: Tensor) => contrastiveLoss(own, ty, { temperature: 0.2 }))(tx),
      differences(plain, x),
      2e-5,
    );
  });
});

test("weights of classes count in the loss and in the mean's count", async () => {
  const rows = [
    [2, 0, 1],
    [0, 3, 1],
    [1, 1, 1],
    [5, 0, 0],
  ];
  const [labels, weights] = [
    [0, 2, 1, -1],
    [1, 0.25, 2],
  ];
  const losses = rows.map((row, i) => {
    const label = labels[i] ?? -1;
    return label < 0 ? 0 : (weights[label] ?? 0) * (Math.log(sum(row.map(Math.exp))) - (row[label] ?? 0));
  });
  const given = [tensor(rows), tensor(Int32Array.from(labels)), tensor(weights)] as const;
  const loss = (reduction: "none" | "sum" | "mean") =>
    crossEntropyLoss(given[0], given[1], { classWeights: given[2], reduction });
  await expectClose(loss("none"), losses);
  await expectClose(loss("sum"), [sum(losses)]);
  await expectClose(loss("mean"), [sum(losses) / (1 + 2 + 0.25)]);
  expect(() => crossEntropyLoss(given[0], given[1], { classWeights: tensor([1, 2]) })).toThrow(
    /classWeights must be \[3\], one a class, but are \[2\]/,
  );
});
