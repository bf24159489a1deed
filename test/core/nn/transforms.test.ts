// Layers under the transforms: many models as one by batch, and directional derivatives by jvp.
import {
  batch,
  crossEntropyLoss,
  grad,
  jvp,
  mapTrees,
  nn,
  openDevice,
  setDefaultDevice,
  stack,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectClose, numbers } from "../plain.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { deterministic: true })));
afterAll(() => setDefaultDevice(undefined));

const [rows, time, width] = [2, 3, 4];
const images = tensor(numbers(rows * 2 * 3 * 3)).reshape([rows, 2, 3, 3]);
const series = tensor(numbers(rows * time * width, 1)).reshape([rows, time, width]);
const labels = tensor(
  Int32Array.from({ length: rows * time }, (_, i) => i % width),
  [rows, time],
);
const convolution = nn.conv2d(2, 4, 2);
const batchNorm = nn.batchNorm(4);
const [lstm, gru] = [nn.lstm(width, width), nn.gru(width, width)];
const block = nn.transformerEncoderBlock({ width, heads: 2, causal: true });
const decoder = nn.transformerDecoderBlock({ width, heads: 2 });

/** The tensors of a tree, in its order. */
const leaves = (tree: object): Tensor[] => {
  const found: Tensor[] = [];
  mapTrees((leaf) => {
    found.push(leaf);
    return leaf;
  }, tree);
  return found;
};

interface Subject {
  readonly name: string;
  /** The loss of parameters that begin at a seed. */
  readonly loss: (parameters: never) => Tensor;
  readonly begin: (seed: number) => object;
}
const subject = <P extends object>(name: string, begin: (seed: number) => P, loss: (own: P) => Tensor): Subject => ({
  name,
  loss,
  begin,
});

describe.each([
  subject("a convolution", convolution.initialise, (own) => convolution.apply(own, images).square().mean()),
  subject("a batch normalisation", batchNorm.initialise, (own) => {
    const x = images
      .reshape([rows, 2, 9])
      .slice([0, 0, 0], [rows, 2, 8])
      .reshape([rows * 2, 4, 2]);
    const { value } = batchNorm.train(own, x, batchNorm.initialState());
    return value.subtract(0.3).square().multiply(x).mean();
  }),
  subject("an LSTM", lstm.initialise, (own) => crossEntropyLoss(lstm.apply(own, series).value, labels)),
  subject("a GRU", gru.initialise, (own) => crossEntropyLoss(gru.apply(own, series).value, labels)),
  subject("an encoder block", block.initialise, (own) => crossEntropyLoss(block.apply(own, series), labels)),
  subject("a decoder block", decoder.initialise, (own) =>
    crossEntropyLoss(decoder.apply(own, series, { context: series }), labels, { labelSmoothing: 0.1 }),
  ),
])("$name", ({ begin, loss: anyLoss }) => {
  // Each subject's loss takes what its own `begin` gives.
  const loss = anyLoss as (parameters: object) => Tensor;

  test("as a batch of three models gives each model's loss and gradient", async () => {
    const models = [1, 2, 3].map(begin);
    const [first = {}, ...others] = models;
    const stacked = mapTrees((own, ...more) => stack([own, ...more]), first, ...others);
    const many = batch((own: object) => valueAndGrad(loss)(own))(stacked);
    const values = await many.value.data();
    for (const [i, model] of models.entries()) {
      const { value, gradient } = valueAndGrad(loss)(model);
      await expectClose(value, [values[i] ?? Number.NaN]);
      const own = mapTrees(
        (x) => x.slice([i, ...x.shape.slice(1).map(() => 0)], [1, ...x.shape.slice(1)]),
        many.gradient,
      );
      const expected = await Promise.all(leaves(gradient).map((x) => x.data()));
      for (const [at, leaf] of leaves(own).entries()) await expectClose(leaf, [...(expected[at] ?? [])], 1e-5);
    }
  });
  test("has the directional derivative that its gradient says, and that differences say", async () => {
    const model = begin(4);
    const direction = mapTrees((x) => tensor(numbers(x.size, 3)).reshape(x.shape), model);
    const { tangent } = jvp(loss)(model, direction);
    const products = mapTrees((g, d) => g.multiply(d).sum(), grad(loss)(model), direction);
    const byGradient = leaves(products).reduce((sum, own) => sum.add(own));
    const at = await tangent.item();
    expect(Math.abs((await byGradient.item()) - at)).toBeLessThan(1e-5 * (1 + Math.abs(at)));
    const step = 1e-2;
    const moved = (sign: number): Promise<number> =>
      loss(mapTrees((x, d) => x.add(d.multiply(sign * step)), model, direction)).item();
    // In float32 a difference over 0.02 is good to about 1e-4 and its curvature's share.
    expect(Math.abs(((await moved(1)) - (await moved(-1))) / (2 * step) - at)).toBeLessThan(2e-3 * (1 + Math.abs(at)));
  });
});
