// A multi-layer perceptron on penguins, written by hand from layers, a loss, AdamW and a schedule.
import {
  adamState,
  adamWStep,
  argMax,
  compile,
  cosineSchedule,
  crossEntropyLoss,
  nn,
  randomKey,
  randomStream,
  shuffle,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from "@millrace/core";
import { flattenTree } from "../../../core/tensor/tree.ts";
import type { Example } from "./course.ts";
import { readPenguins, width } from "./penguins.ts";

const network = nn.sequential(
  nn.linear(width, 16, { weights: nn.heUniform }),
  nn.functionLayer((x) => x.relu()),
  nn.dropout(0.1),
  nn.linear(16, 3),
);
type Parameters = ReturnType<typeof network.initialise>;

const held = 86;
const schedule = cosineSchedule(0.01, { steps: 1000 });

const begin = (seed: number) => ({
  adam: adamState(network.initialise(seed)),
  key: randomKey(seed),
  step: zeros([]),
});

const train = (state: ReturnType<typeof begin>, measures: Tensor, species: Tensor, rows: Tensor) => {
  const [key, next] = nn.keysFrom(state.key, 2);
  const loss = (parameters: Parameters): Tensor =>
    crossEntropyLoss(network.apply(parameters, measures.gather(rows), { key }), species.gather(rows));
  const { value, gradient } = valueAndGrad(loss)(state.adam.parameters);
  const adam = adamWStep(state.adam, gradient, schedule(state.step), {
    weightDecay: 0.01,
    decays: (parameter) => parameter.rank > 1,
  });
  return { state: { adam, key: next ?? state.key, step: state.step.add(1) }, loss: value };
};

/** Its judge gives the share of 86 unseen penguins whose species it tells. */
export const perceptron: Example = (device, data, batchRows = 32) => {
  const { count, features, labels } = readPenguins(data);
  const order = shuffle(
    Uint32Array.from({ length: count }, (_, i) => i),
    randomStream(1, 0),
  );
  /** Penguins number `from` to `to` of the shuffled order. */
  const rowsOf = (from: number, to: number): Tensor => tensor(Int32Array.from(order.subarray(from, to)));
  const measures = tensor(features, [count, width]);
  const kinds = tensor(labels);
  const batches = Math.floor((count - held) / batchRows);
  const step = compile(train, { device, donate: [0] });
  const judge = compile(
    (parameters: Parameters, x: Tensor, y: Tensor, rows: Tensor) =>
      argMax(network.apply(parameters, x.gather(rows)))
        .equal(y.gather(rows))
        .to("f32")
        .mean(),
    { device },
  );
  let state = begin(3);
  let done = 0;
  return {
    async step() {
      const from = held + (done++ % batches) * batchRows;
      using rows = rowsOf(from, from + batchRows);
      const result = await step(state, measures, kinds, rows);
      state = result.state;
      using loss = result.loss;
      return await loss.item();
    },
    async judge() {
      using rows = rowsOf(0, held);
      using accuracy = await judge(state.adam.parameters, measures, kinds, rows);
      return { accuracy: await accuracy.item(), steps: await state.step.item() };
    },
    get weights() {
      return flattenTree(state.adam.parameters);
    },
    [Symbol.dispose]() {
      for (const own of [...flattenTree(state), measures, kinds]) own.dispose();
      step[Symbol.dispose]();
      judge[Symbol.dispose]();
    },
  };
};
