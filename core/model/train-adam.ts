// The training loop: one compiled step (preprocessing, forward, loss, gradient, Adam; state updated in place) fed with
// shuffled mini-batches. Everything that the next step depends on is in the checkpoint, so a resumed training gives the
// same bits as an unbroken one.

import type { StoredTensor } from "../bundle/safetensors.ts";
import { bitmapBytes, rowsWhere } from "../frame/validity.ts";
import { declareParameters, initialParameters } from "../nn/network.ts";
import type { NamedTensors } from "../preprocess/features.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { compile } from "../transform/index.ts";
import { randomStream, shuffle } from "../validate/random-stream.ts";
import { holdOutSplit } from "../validate/split.ts";
import { breather } from "./breath.ts";
import { decodeCheckpoint, encodeCheckpoint, type SavedTraining, savedFloats } from "./checkpoint.ts";
import { Batch } from "./resident.ts";
import {
  checkLoss,
  disposeTensors,
  readTensors,
  type TrainedParameters,
  type TrainingTask,
  tensorsOf,
} from "./training.ts";
import { type BatchArguments, firstStepState, modelObjective, type StepState, stepFunction } from "./training-step.ts";

/** The best epoch so far under early stopping. */
interface Best {
  readonly loss: number;
  /** Epochs since without a loss lower by the tolerance. */
  readonly waited: number;
  readonly parameters: TrainedParameters | undefined;
}

const tolerance = 1e-4;
/** Reports of a whole training, about. */
const reportCount = 400;

const stateGroups = ["parameters", "first", "second"] as const;

const saveState = async (state: StepState, best: Best): Promise<Map<string, StoredTensor>> => {
  const tensors = new Map<string, StoredTensor>();
  for (const group of stateGroups)
    for (const [name, data] of Object.entries(await readTensors(state.adam[group])))
      tensors.set(`${group}.${name}`, { shape: state.adam[group][name]?.shape ?? [], data });
  const rest = await readTensors({ powers: state.adam.powers, loss: state.loss });
  for (const [name, data] of Object.entries(rest)) tensors.set(name, { shape: [data.length], data });
  for (const [name, data] of Object.entries(best.parameters ?? {}))
    tensors.set(`best.${name}`, { shape: [data.length], data });
  return tensors;
};

const loadState = (task: TrainingTask, saved: SavedTraining): { state: StepState; best: Best } => {
  const declarations = declareParameters(task.network);
  const size = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);
  const group = (prefix: string): Record<string, Tensor> =>
    Object.fromEntries(
      declarations.map(({ name, shape }) => [
        name,
        tensor(savedFloats(saved, `${prefix}.${name}`, size(shape)), shape),
      ]),
    );
  const adam = { parameters: group("parameters"), first: group("first"), second: group("second") };
  const state = {
    adam: { ...adam, powers: tensor(savedFloats(saved, "powers", 2)) },
    loss: tensor(savedFloats(saved, "loss", 1), []),
  };
  const kept = [...saved.tensors.keys()].some((name) => name.startsWith("best."));
  const parameters = kept
    ? Object.fromEntries(declarations.map(({ name, shape }) => [name, savedFloats(saved, `best.${name}`, size(shape))]))
    : undefined;
  return {
    state,
    best: {
      loss: saved.numbers.bestLoss ?? Number.POSITIVE_INFINITY,
      waited: saved.numbers.waited ?? 0,
      parameters,
    },
  };
};

const firstState = (task: TrainingTask): StepState => {
  const zero = task.network.hiddenLayerSizes.length === 0;
  const values = initialParameters(task.network, task.seed, zero);
  const parameters = Object.fromEntries(
    declareParameters(task.network).map(({ name, shape }) => [name, tensor(values[name] ?? [], shape)]),
  );
  return firstStepState(parameters);
};

/** Training and validation rows among the resident ones. */
const partsOf = (task: TrainingTask): { training: Uint32Array; validation: Uint32Array } => {
  const { estimator, rows, seed } = task;
  const count = rows.rowCount;
  if (estimator.kind !== "MLPClassifier" || !estimator.patience)
    return { training: rowsWhere(new Uint8Array(bitmapBytes(count)), count, false), validation: new Uint32Array(0) };
  const sizes = new Map<number, number>();
  for (const label of rows.labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const stratify = [...sizes.values()].every((size) => size >= 2);
  const fraction = estimator.validationFraction ?? 0.1;
  const { heldOut } = holdOutSplit(stratify ? rows.labels : count, { kind: "HoldOut", fraction, stratify, seed });
  return { training: rowsWhere(heldOut, count, false), validation: rowsWhere(heldOut, count) };
};

/** Trains a network by Adam. @throws DivergenceError, CheckpointError, DeviceLostError, or the signal's reason */
export const trainByAdam = async (task: TrainingTask): Promise<TrainedParameters> => {
  const { device, estimator, meter, checkpoint } = task;
  const { training, validation } = partsOf(task);
  const batchRows = Math.min(estimator.batchSize, training.length);
  const batchCount = Math.ceil(training.length / batchRows);
  const reportEvery = Math.max(1, Math.floor((batchCount * estimator.epochs) / reportCount));
  const patience = estimator.kind === "MLPClassifier" ? (estimator.patience ?? undefined) : undefined;

  using batch = new Batch(device, task.pipeline, batchRows);
  const batchArguments: BatchArguments = { inputs: batch.inputs, labels: batch.labels, weights: batch.weights };
  const preprocessing = tensorsOf(task.preprocessing);
  using rate = tensor(estimator.learningRate);
  using step = compile(stepFunction(task, estimator.l2), { device, donate: [0] });
  using judge = compile(
    (parameters: NamedTensors, constants: NamedTensors, own: BatchArguments): Tensor =>
      modelObjective(task, 0, parameters, constants, own).multiply(own.weights.sum()),
    { device },
  );

  const saved = checkpoint?.resume && decodeCheckpoint(checkpoint.resume, task.fingerprint);
  let { state, best } = saved
    ? loadState(task, saved)
    : { state: firstState(task), best: { loss: Number.POSITIVE_INFINITY, waited: 0, parameters: undefined } };
  let stepsDone = saved?.position.step ?? 0;
  let lossSteps = saved?.numbers.lossSteps ?? 0;
  let firstBatch = saved?.position.batch ?? 0;
  const stepCost = step.plan(state, preprocessing, rate, batchArguments).cost;
  const breathe = breather(task.signal);

  const validate = async (): Promise<number> => {
    let sum = 0;
    for (let from = 0; from < validation.length; from += batchRows) {
      batch.fill(task.rows, validation, from);
      using loss = await judge(state.adam.parameters, preprocessing, batchArguments);
      sum += await loss.item();
      await breathe();
    }
    return sum / validation.length;
  };
  let metered = performance.now();
  let meteredSteps = stepsDone;
  const meterSteps = (): void => {
    const now = performance.now();
    meter.addPlan(stepCost, stepsDone - meteredSteps, (now - metered) / 1000);
    metered = now;
    meteredSteps = stepsDone;
  };
  const save = async (epoch: number, nextBatch: number): Promise<void> => {
    if (!checkpoint) return;
    meterSteps();
    meter.flush();
    const whole = nextBatch === batchCount;
    const position = { epoch: whole ? epoch + 1 : epoch, batch: whole ? 0 : nextBatch, step: stepsDone };
    const numbers = { lossSteps, bestLoss: best.loss, waited: best.waited };
    const tensors = await saveState(state, best);
    const bytes = encodeCheckpoint({ fingerprint: task.fingerprint, position, numbers, tensors });
    await checkpoint.save({ position: { phase: "train", ...position }, state: bytes });
  };

  const order = training.slice();
  let stopped = patience !== undefined && best.waited >= patience;
  for (let epoch = saved?.position.epoch ?? 0; epoch < estimator.epochs && !stopped; epoch++) {
    order.set(training);
    shuffle(order, randomStream(task.seed, 0x10000 + epoch));
    for (let at = firstBatch; at < batchCount; at++) {
      batch.fill(task.rows, order, at * batchRows);
      state = await step(state, preprocessing, rate, batchArguments);
      stepsDone++;
      lossSteps++;
      const last = at === batchCount - 1;
      if (stepsDone % reportEvery === 0 || (last && epoch === estimator.epochs - 1)) {
        const loss = checkLoss((await state.loss.item()) / lossSteps, stepsDone);
        state.loss.dispose();
        state = { ...state, loss: tensor(0) };
        lossSteps = 0;
        const fraction = stepsDone / (batchCount * estimator.epochs);
        task.report({ step: stepsDone, epoch, epochs: estimator.epochs, fraction, loss });
      }
      if (last && patience !== undefined) {
        const loss = checkLoss(await validate(), stepsDone);
        const waited = loss > best.loss - tolerance ? best.waited + 1 : 0;
        const better = loss < best.loss;
        const parameters = better ? await readTensors(state.adam.parameters) : best.parameters;
        best = { loss: Math.min(loss, best.loss), waited, parameters };
        const fraction = stepsDone / (batchCount * estimator.epochs);
        task.report({ step: stepsDone, epoch: epoch + 1, epochs: estimator.epochs, fraction, validationLoss: loss });
        stopped = waited >= patience;
      }
      await breathe();
      if (checkpoint?.due()) await save(epoch, at + 1);
    }
    firstBatch = 0;
  }
  meterSteps();
  const trained = best.parameters ?? (await readTensors(state.adam.parameters));
  for (const values of Object.values(trained)) if (!values.every(Number.isFinite)) checkLoss(Number.NaN, stepsDone);
  for (const group of stateGroups) disposeTensors(state.adam[group]);
  disposeTensors({ powers: state.adam.powers, loss: state.loss, ...preprocessing });
  return trained;
};
