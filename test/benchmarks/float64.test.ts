// The float64 truth of the training steps: its gradients against differences of its own losses, which need none.
import { expect, test } from "vitest";
import { float64Operations, Tape, variable } from "../../benchmarks/workloads/float64-tape.ts";
import { losses64 } from "../../benchmarks/workloads/float64-training.ts";
import { applyNetwork } from "../../benchmarks/workloads/network-functions.ts";
import { multiplyAddsOf, type Network, namedParameters, parametersOf } from "../../benchmarks/workloads/networks.ts";
import { type TrainingStep, trainingStepTask } from "../../benchmarks/workloads/training-step.ts";

const networks: readonly Network[] = [
  { type: "mlp", widths: [5, 4, 3] },
  { type: "cnn", size: 8, channels: [2, 3], hidden: 5, classes: 3 },
  { type: "transformer", layers: 2, width: 8, heads: 2, length: 4, vocabulary: 6 },
];

const stepOf = (network: Network): TrainingStep => ({ kind: "training-step", network, batch: 2 });

/** The loss at parameters, and their gradients. */
const lossAndGradients = (
  network: Network,
  x: Float64Array,
  targets: Float64Array,
  values: readonly Float64Array[],
) => {
  const declared = parametersOf(network);
  const tape = new Tape();
  const variables = values.map((value, i) => variable(value, declared[i]?.shape));
  const logits = applyNetwork(float64Operations(tape), network, namedParameters(declared, variables), variable(x));
  const classes = trainingStepTask(stepOf(network)).inputs()[1]?.shape.at(-1) ?? 0;
  const loss = tape.crossEntropy(logits, targets, classes);
  tape.backward(loss);
  return { loss: loss.value[0] ?? Number.NaN, gradients: variables.map((own) => own.gradient) };
};

test.each(networks.map((network) => [network.type, network] as const))(
  "the gradient of each parameter of a %s is the slope of the loss",
  (_, network) => {
    const [x = new Float64Array(), targets = new Float64Array(), ...values] = trainingStepTask(stepOf(network))
      .inputs()
      .map(({ data }) => Float64Array.from(data));
    const { gradients } = lossAndGradients(network, x, targets, values);
    for (const [i, value] of values.entries())
      for (const at of [0, value.length >> 1, value.length - 1]) {
        const moved = (by: number): number => {
          const changed = Float64Array.from(value);
          changed[at] = (changed[at] ?? 0) + by;
          return lossAndGradients(network, x, targets, values.with(i, changed)).loss;
        };
        const slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        expect(gradients[i]?.[at], `parameter ${i}, element ${at}`).toBeCloseTo(slope, 7);
      }
  },
);

test("losses of a training step fall from the first on", () => {
  for (const network of networks) {
    const [first = 0, second = 0, third = 0] = losses64(network, trainingStepTask(stepOf(network)).inputs(), 3);
    expect(second).toBeLessThan(first);
    expect(third).toBeLessThan(second);
  }
});

test("the work of the MLP step is that of its eight products", () => {
  // Forward 784 x 256, 256 x 128, 128 x 10; the same for the weights' gradients; the inputs' of the latter two.
  const forward = 784 * 256 + 256 * 128 + 128 * 10;
  expect(multiplyAddsOf({ type: "mlp", widths: [784, 256, 128, 10] })).toEqual({ forward, first: 784 * 256 });
  const workload: TrainingStep = {
    kind: "training-step",
    network: { type: "mlp", widths: [784, 256, 128, 10] },
    batch: 128,
  };
  expect(trainingStepTask(workload).measure.amount).toBe(2 * 128 * (3 * forward - 784 * 256));
});
