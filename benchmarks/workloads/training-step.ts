// One step of training: forward, gradient, and the update by Adam (a transformer: AdamW). Its result, for the check alone,
// are the losses of the first steps from the first parameters; what is timed goes on from there.
import { losses64 } from "./float64-training.ts";
import { multiplyAddsOf, type Network, parameterInputs, parametersOf } from "./networks.ts";
import { type Input, input, sizeOf, type Task } from "./task.ts";

export interface TrainingStep {
  readonly kind: "training-step";
  readonly network: Network;
  readonly batch: number;
}

/** Losses compared: before the first step, and after one and two, which a wrong gradient or update would not give. */
export const checkedLosses = 3;

/** Shapes of a batch and of its targets, whose last axis are the classes. */
const batchShapes = ({ network, batch }: TrainingStep): { readonly x: number[]; readonly targets: number[] } => {
  switch (network.type) {
    case "mlp":
      return { x: [batch, network.widths[0] ?? 0], targets: [batch, network.widths.at(-1) ?? 0] };
    case "cnn":
      return { x: [batch, 1, network.size, network.size], targets: [batch, network.classes] };
    case "transformer": {
      const shape = [batch, network.length, network.vocabulary];
      return { x: shape, targets: shape };
    }
  }
};

/** Rows with a single one, at places that repeat after a while. */
const oneHot = (shape: readonly number[], seed: number): Input => {
  const classes = shape.at(-1) ?? 1;
  const rows = sizeOf(shape) / classes;
  const picks = input([rows], seed, 0, classes).data;
  const data = new Float32Array(rows * classes);
  picks.forEach((pick, row) => {
    data[row * classes + Math.floor(pick)] = 1;
  });
  return { shape, data };
};

/** The class of each row of one-hot targets, for participants whose losses take numbers of classes. */
export const labelsOf = ({ shape, data }: Input): Int32Array<ArrayBuffer> => {
  const classes = shape.at(-1) ?? 1;
  return Int32Array.from({ length: data.length / classes }, (_, row) =>
    data.subarray(row * classes, (row + 1) * classes).indexOf(1),
  );
};

/** The inputs: a batch, its targets, then the first parameters in their order. */
export const trainingStepTask = (workload: TrainingStep): Task => {
  const { network, batch } = workload;
  const { x, targets } = batchShapes(workload);
  const parameters = parametersOf(network);
  const { forward, first } = multiplyAddsOf(network);
  const parameterBytes = 4 * parameters.reduce((size, { shape }) => size + sizeOf(shape), 0);
  return {
    measure: {
      unit: "GFLOP/s",
      // Forward, gradient of the weights, gradient of the inputs where there is anything before them.
      amount: 2 * batch * (3 * forward - first),
      roof: "multiply-add",
      // Parameters and two moments, read and written.
      bytes: 6 * parameterBytes,
    },
    inputs: () => [
      network.type === "transformer" ? oneHot(x, 17) : input(x, 17, 0, 1),
      oneHot(targets, 19),
      ...parameterInputs(parameters),
    ],
    outputShape: [checkedLosses],
    expected: (inputs) => {
      const losses = losses64(network, inputs, checkedLosses);
      return (index) => losses[index] ?? Number.NaN;
    },
    tolerance: { relative: 1e-3, absolute: 1e-5 },
  };
};
