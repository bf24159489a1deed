// A convolutional network on scikit-learn's handwritten digits: two convolutions with pooling, dropout, two products, Adam
// on mini-batches that are looked up on the device. The table stays there; a step is given the numbers of its rows alone.
import {
  adamState,
  adamStep,
  argMax,
  compile,
  cosineSchedule,
  crossEntropyLoss,
  holdOut,
  holdOutSplit,
  maxPool2d,
  nn,
  randomKey,
  randomStream,
  rowsWhere,
  shuffle,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "@millrace/core";
import { flattenTree } from "../../../core/tensor/tree.ts";
import type { Example } from "./course.ts";

const [side, classes] = [8, 10];

/** Images f32 [count, 1, 8, 8] from 0 to 1, and digits. @param text digits.csv: a line of names, then 64 pixels 0..16 and the digit */
export const readDigits = (text: string): { count: number; pixels: Float32Array; labels: Int32Array } => {
  const rows = text.trimEnd().split("\n").slice(1);
  const numbers = rows.map((row) => row.split(",").map(Number));
  return {
    count: rows.length,
    pixels: Float32Array.from(numbers.flatMap((row) => row.slice(0, side * side).map((ink) => ink / 16))),
    labels: Int32Array.from(numbers, (row) => row[side * side] ?? -1),
  };
};

const relu = nn.functionLayer((x) => x.relu());
const network = nn.sequential(
  nn.conv2d(1, 16, 3, { padding: 1 }),
  relu,
  nn.functionLayer((x) => maxPool2d(x, 2)),
  nn.conv2d(16, 32, 3, { padding: 1 }),
  relu,
  nn.functionLayer((x) => maxPool2d(x, 2)),
  nn.functionLayer((x) => x.reshape([x.shape[0] ?? 0, -1])),
  nn.dropout(0.25),
  nn.linear(32 * 2 * 2, 64, { weights: nn.heUniform }),
  relu,
  nn.linear(64, classes),
);
type Parameters = ReturnType<typeof network.initialise>;

const schedule = cosineSchedule(2e-3, { steps: 1000 });

const begin = (seed: number) => ({
  adam: adamState(network.initialise(seed)),
  key: randomKey(seed),
  step: zeros([]),
});

const train = (state: ReturnType<typeof begin>, images: Tensor, digits: Tensor, rows: Tensor) => {
  const [key, next] = nn.keysFrom(state.key, 2);
  const loss = (parameters: Parameters): Tensor =>
    crossEntropyLoss(network.apply(parameters, images.gather(rows), { key }), digits.gather(rows));
  const { value, gradient } = valueAndGrad(loss)(state.adam.parameters);
  const adam = adamStep(state.adam, gradient, schedule(state.step));
  return { state: { adam, key: next ?? state.key, step: state.step.add(1) }, loss: value };
};

const hits = (parameters: Parameters, images: Tensor, digits: Tensor, rows: Tensor): Tensor =>
  argMax(network.apply(parameters, images.gather(rows)))
    .equal(digits.gather(rows))
    .to("f32")
    .mean();

/** Its judge gives the share of a quarter of the digits, kept apart by class, that it reads right. */
export const digitsNetwork: Example = (device, data, batchRows = 32) => {
  const { count, pixels, labels } = readDigits(data);
  const split = holdOutSplit(labels, holdOut({ fraction: 0.25, seed: 1 }));
  const seen = rowsWhere(split.heldOut, count, false);
  const unseen = tensor(Int32Array.from(rowsWhere(split.heldOut, count)));
  const images = tensor(pixels, [count, 1, side, side]);
  const digits = tensor(labels);
  const step = compile(train, { device, donate: [0] });
  const judge = compile(hits, { device });
  const stream = randomStream(1, 1);
  let state = begin(1);
  let at = seen.length;
  return {
    async step() {
      if (at + batchRows > seen.length) {
        shuffle(seen, stream);
        at = 0;
      }
      using rows = tensor(Int32Array.from(seen.subarray(at, at + batchRows)));
      at += batchRows;
      const result = await step(state, images, digits, rows);
      state = result.state;
      using loss = result.loss;
      return await loss.item();
    },
    async judge() {
      using accuracy = await judge(state.adam.parameters, images, digits, unseen);
      return { accuracy: await accuracy.item(), rows: unseen.size };
    },
    get weights() {
      return flattenTree(state.adam.parameters);
    },
    [Symbol.dispose]() {
      for (const own of [...flattenTree(state), images, digits, unseen]) own.dispose();
      step[Symbol.dispose]();
      judge[Symbol.dispose]();
    },
  };
};
