// The first steps of training in float64, on the tape.
import { float64Operations, Tape, variable } from "./float64-tape.ts";
import { adamSettings, applyNetwork, weightDecayOf } from "./network-functions.ts";
import { type Network, namedParameters, parametersOf } from "./networks.ts";
import type { Input } from "./task.ts";

/** Losses before the first step, after it, and so on: `count` of them. */
export const losses64 = (network: Network, inputs: readonly Input[], count: number): Float64Array => {
  const { rate, beta1, beta2, epsilon } = adamSettings;
  const declared = parametersOf(network);
  const [x, targets, ...first] = inputs.map(({ data }) => Float64Array.from(data));
  if (x === undefined || targets === undefined) throw new Error("a training step has a batch and its targets");
  const classes = inputs[1]?.shape.at(-1) ?? 0;
  const states = first.map((value) => ({
    value,
    mean: new Float64Array(value.length),
    square: new Float64Array(value.length),
  }));
  const losses = new Float64Array(count);
  for (let step = 0; step < count; step++) {
    const tape = new Tape();
    const variables = states.map(({ value }, i) => variable(value, declared[i]?.shape));
    const logits = applyNetwork(float64Operations(tape), network, namedParameters(declared, variables), variable(x));
    const loss = tape.crossEntropy(logits, targets, classes);
    losses[step] = loss.value[0] ?? Number.NaN;
    if (step === count - 1) break;
    tape.backward(loss);
    for (const [i, { value, mean, square }] of states.entries()) {
      const gradient = variables[i]?.gradient ?? new Float64Array();
      const decay = 1 - rate * weightDecayOf(network, declared[i]?.shape ?? []);
      gradient.forEach((own, at) => {
        const m = beta1 * (mean[at] ?? 0) + (1 - beta1) * own;
        const v = beta2 * (square[at] ?? 0) + (1 - beta2) * own * own;
        mean[at] = m;
        square[at] = v;
        const update = m / (1 - beta1 ** (step + 1)) / (Math.sqrt(v / (1 - beta2 ** (step + 1))) + epsilon);
        value[at] = (value[at] ?? 0) * decay - rate * update;
      });
    }
  }
  return losses;
};
