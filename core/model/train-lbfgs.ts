// Logistic regression to its optimum: L-BFGS over all rows at once. Value and gradient come from one compiled function on
// the device, the quasi-Newton algebra is float64 on the host.
import { sizeOf } from "@millrace/kernels";
import type { StoredTensor } from "../bundle/safetensors.ts";
import { declareParameters } from "../nn/network.ts";
import { type Evaluation, type LbfgsState, lbfgsIteration, startLbfgs } from "../optim/lbfgs.ts";
import { tensor } from "../tensor/tensor.ts";
import { compile } from "../transform/compile.ts";
import { breather } from "./breath.ts";
import { decodeCheckpoint, encodeCheckpoint, type SavedTraining, savedDoubles } from "./checkpoint.ts";
import { Batch } from "./resident.ts";
import { checkLoss, disposeTensors, type TrainedParameters, type TrainingTask, tensorsOf } from "./training.ts";
import { type BatchArguments, gradientFunction } from "./training-step.ts";

const saveState = (state: LbfgsState): Map<string, StoredTensor> => {
  const size = state.point.length;
  const tensors = new Map<string, StoredTensor>([
    ["point", { shape: [size], data: state.point }],
    ["gradient", { shape: [size], data: state.gradient }],
    ["value", { shape: [1], data: Float64Array.of(state.value) }],
  ]);
  state.steps.forEach((data, i) => {
    tensors.set(`step.${i}`, { shape: [size], data });
  });
  state.changes.forEach((data, i) => {
    tensors.set(`change.${i}`, { shape: [size], data });
  });
  return tensors;
};

const loadState = (saved: SavedTraining, size: number): LbfgsState => {
  const pairs = [...saved.tensors.keys()].filter((name) => name.startsWith("step.")).length;
  const list = (prefix: string): Float64Array[] =>
    Array.from({ length: pairs }, (_, i) => savedDoubles(saved, `${prefix}.${i}`, size));
  return {
    point: savedDoubles(saved, "point", size),
    gradient: savedDoubles(saved, "gradient", size),
    value: savedDoubles(saved, "value", 1)[0] ?? Number.NaN,
    steps: list("step"),
    changes: list("change"),
    iteration: saved.position.epoch,
    converged: saved.numbers.converged === 1,
  };
};

/** Trains logistic regression by L-BFGS. @throws DivergenceError, CheckpointError, or the signal's reason */
export const trainByLbfgs = async (task: TrainingTask): Promise<TrainedParameters> => {
  const { device, estimator, meter, checkpoint } = task;
  const declarations = declareParameters(task.network);
  const size = declarations.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  /** The flat vector's parts by parameter. */
  const parts = <T>(vector: Float64Array, make: (values: Float32Array, shape: readonly number[]) => T) => {
    let offset = 0;
    return Object.fromEntries(
      declarations.map(({ name, shape }): [string, T] => {
        const values = Float32Array.from(vector.subarray(offset, offset + sizeOf(shape)));
        offset += values.length;
        return [name, make(values, shape)];
      }),
    );
  };
  using batch = new Batch(device, task.pipeline, task.rows, task.rows.rowCount);
  batch.fill(
    task.rows,
    Uint32Array.from({ length: task.rows.rowCount }, (_, row) => row),
    0,
  );
  const batchArguments: BatchArguments = { inputs: batch.inputs, labels: batch.labels, weights: batch.weights };
  const preprocessing = tensorsOf(task.preprocessing);
  using evaluate = compile(gradientFunction(task, estimator.l2), { device });
  const breathe = breather(task.signal);
  let evaluations = 0;
  const objective = async (point: Float64Array): Promise<Evaluation> => {
    const began = performance.now();
    const parameters = parts(point, (values, shape) => tensor(values, shape));
    const { value, gradient } = await evaluate(parameters, preprocessing, batchArguments);
    const flat = new Float64Array(size);
    let offset = 0;
    for (const { name, shape } of declarations) {
      flat.set((await gradient[name]?.data()) ?? [], offset);
      offset += sizeOf(shape);
    }
    const loss = await value.item();
    const { cost } = evaluate.plan(parameters, preprocessing, batchArguments);
    disposeTensors({ ...gradient, value });
    disposeTensors(parameters);
    meter.addPlan(cost, 1, (performance.now() - began) / 1000);
    evaluations++;
    await breathe();
    return { value: loss, gradient: flat };
  };
  try {
    const saved = checkpoint?.resume && decodeCheckpoint(checkpoint.resume, task.fingerprint);
    let state = saved ? loadState(saved, size) : await startLbfgs(new Float64Array(size), objective);
    checkLoss(state.value, 0);
    while (state.iteration < estimator.epochs && !state.converged) {
      state = await lbfgsIteration(state, objective);
      const { iteration } = state;
      const loss = checkLoss(state.value, iteration);
      const fraction = state.converged ? 1 : iteration / estimator.epochs;
      task.report({ step: iteration, epoch: iteration, epochs: estimator.epochs, fraction, loss });
      if (checkpoint?.due()) {
        meter.flush();
        const position = { epoch: iteration, batch: 0, step: iteration };
        const numbers = { converged: Number(state.converged), evaluations };
        const { fingerprint } = task;
        const bytes = encodeCheckpoint({ fingerprint, position, numbers, tensors: saveState(state) });
        await checkpoint.save({ position: { phase: "train", ...position }, state: bytes });
      }
    }
    return parts(state.point, (values) => values);
  } finally {
    disposeTensors(preprocessing);
  }
};
