// The training loop: one compiled step (preprocessing, forward, loss, gradient, Adam; state updated in place) fed with
// shuffled mini-batches. Everything that the next step depends on is in the checkpoint, so a resumed training gives the
// same bits as an unbroken one.
import type { NamedTensors } from "../preprocess/features.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { compile } from "../transform/compile.ts";
import { randomStream, shuffle } from "../validate/random-stream.ts";
import { disposeState, firstState, loadState, partsOf, saveState } from "./adam-state.ts";
import { breather } from "./breath.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import { Batch } from "./resident.ts";
import {
  checkLoss,
  disposeTensors,
  readTensors,
  type TrainedParameters,
  type TrainingTask,
  tensorsOf,
} from "./training.ts";
import { type BatchArguments, modelObjective, stepFunction } from "./training-step.ts";

/** By how much a validation loss must be lower to count as better; scikit-learn's `tol`. */
const tolerance = 1e-4;
/** Reports of a whole training, about; but one each 100 steps at least, since a report also waits for the device. */
const reportCount = 400;
const longestSilence = 100;

/** The objective's data part, summed over the rows of a batch. */
const batchLoss =
  (task: TrainingTask) =>
  (parameters: NamedTensors, preprocessing: NamedTensors, batch: BatchArguments): Tensor =>
    modelObjective(task, 0, parameters, preprocessing, batch).multiply(batch.weights.sum());

/** Trains a network by Adam. @throws DivergenceError, CheckpointError, DeviceLostError, or the signal's reason */
export const trainByAdam = async (task: TrainingTask): Promise<TrainedParameters> => {
  const { device, estimator, meter, checkpoint } = task;
  const { training, validation } = partsOf(task);
  const validationWeight = validation.reduce((sum, row) => sum + (task.rows.weights?.[row] ?? 1), 0);
  const batchRows = Math.min(estimator.batchSize, training.length);
  const batchCount = Math.ceil(training.length / batchRows);
  const { epochs } = estimator;
  const stepCount = batchCount * epochs;
  const reportEvery = Math.min(longestSilence, Math.max(1, Math.floor(stepCount / reportCount)));
  const patience = estimator.kind === "LogisticRegression" ? undefined : (estimator.patience ?? undefined);

  const saved = checkpoint?.resume && decodeCheckpoint(checkpoint.resume, task.fingerprint);
  let { state, best } = saved ? loadState(task, saved) : firstState(task);
  let stepsDone = saved?.position.step ?? 0;
  let lossSteps = saved?.numbers.lossSteps ?? 0;
  let firstBatch = saved?.position.batch ?? 0;

  using batch = new Batch(device, task.pipeline, task.rows, batchRows);
  const { inputs, labels, weights } = batch;
  const own: BatchArguments = { inputs, labels, weights };
  const preprocessing = tensorsOf(task.preprocessing);
  using rate = tensor(estimator.learningRate);
  using step = compile(stepFunction(task, estimator.l2), { device, donate: [0] });
  using judge = compile(batchLoss(task), { device });
  const stepCost = step.plan(state, preprocessing, rate, own).cost;
  const judgeCost = judge.plan(state.adam.parameters, preprocessing, own).cost;
  const breathe = breather(task.signal);

  let metered = performance.now();
  let meteredSteps = stepsDone;
  const secondsSince = (): number => {
    const before = metered;
    metered = performance.now();
    return (metered - before) / 1000;
  };
  const meterSteps = (): void => {
    meter.addPlan(stepCost, stepsDone - meteredSteps, secondsSince());
    meteredSteps = stepsDone;
  };
  const validate = async (): Promise<number> => {
    meterSteps();
    let sum = 0;
    for (let from = 0; from < validation.length; from += batchRows) {
      batch.fill(task.rows, validation, from);
      using loss = await judge(state.adam.parameters, preprocessing, own);
      sum += await loss.item();
      await breathe();
    }
    meter.addPlan(judgeCost, Math.ceil(validation.length / batchRows), secondsSince());
    return sum / validationWeight;
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
  const reportLoss = async (epoch: number): Promise<void> => {
    const loss = checkLoss((await state.loss.item()) / lossSteps, stepsDone);
    state.loss.dispose();
    state = { ...state, loss: tensor(0) };
    lossSteps = 0;
    task.report({ step: stepsDone, epoch, epochs, fraction: stepsDone / stepCount, loss });
  };
  const judgeEpoch = async (epoch: number): Promise<void> => {
    const loss = checkLoss(await validate(), stepsDone);
    const waited = loss > best.loss - tolerance ? best.waited + 1 : 0;
    const parameters = loss < best.loss ? await readTensors(state.adam.parameters) : best.parameters;
    best = { loss: Math.min(loss, best.loss), waited, parameters };
    const fraction = stepsDone / stepCount;
    task.report({ step: stepsDone, epoch: epoch + 1, epochs, fraction, validationLoss: loss });
  };
  const stopped = (): boolean => patience !== undefined && best.waited >= patience;

  try {
    const order = training.slice();
    for (let epoch = saved?.position.epoch ?? 0; epoch < epochs && !stopped(); epoch++) {
      order.set(training);
      shuffle(order, randomStream(task.seed, 0x10000 + epoch));
      for (let at = firstBatch; at < batchCount; at++) {
        batch.fill(task.rows, order, at * batchRows);
        state = await step(state, preprocessing, rate, own);
        stepsDone++;
        lossSteps++;
        if (stepsDone % reportEvery === 0 || stepsDone === stepCount) await reportLoss(epoch);
        if (at === batchCount - 1 && patience !== undefined) await judgeEpoch(epoch);
        await breathe();
        if (checkpoint?.due()) await save(epoch, at + 1);
      }
      firstBatch = 0;
    }
    meterSteps();
    const trained = best.parameters ?? (await readTensors(state.adam.parameters));
    for (const values of Object.values(trained)) if (!values.every(Number.isFinite)) checkLoss(Number.NaN, stepsDone);
    return trained;
  } finally {
    disposeState(state);
    disposeTensors(preprocessing);
  }
};
