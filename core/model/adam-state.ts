// The state of a training by Adam: how it begins, how it is kept in a checkpoint, how it is freed.
import type { StoredTensor } from "../bundle/safetensors.ts";
import { bitmapBytes, rowsWhere } from "../frame/validity.ts";
import { declareParameters, initialParameters } from "../nn/network.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { holdOutSplit } from "../validate/split.ts";
import { type SavedTraining, savedFloats } from "./checkpoint.ts";
import { disposeTensors, readTensors, type TrainedParameters, type TrainingTask } from "./training.ts";
import { firstStepState, type StepState } from "./training-step.ts";

/** The best epoch so far under early stopping. */
export interface Best {
  readonly loss: number;
  /** Epochs since without a loss lower by the tolerance. */
  readonly waited: number;
  readonly parameters: TrainedParameters | undefined;
}

const stateGroups = ["parameters", "first", "second"] as const;

/** Every tensor that the next step depends on. */
export const saveState = async (state: StepState, best: Best): Promise<Map<string, StoredTensor>> => {
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

/** A saved state as tensors again. @throws CheckpointError when a tensor is not there */
export const loadState = (task: TrainingTask, saved: SavedTraining): { state: StepState; best: Best } => {
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

/** The state before the first batch. A network without hidden layers begins at 0: its objective is convex. */
export const firstState = (task: TrainingTask): { state: StepState; best: Best } => {
  const zero = task.network.hiddenLayerSizes.length === 0;
  const values = initialParameters(task.network, task.seed, zero);
  const parameters = Object.fromEntries(
    declareParameters(task.network).map(({ name, shape }) => [name, tensor(values[name] ?? [], shape)]),
  );
  const best = { loss: Number.POSITIVE_INFINITY, waited: 0, parameters: undefined };
  return { state: firstStepState(parameters), best };
};

const haveTwoEach = (labels: Int32Array): boolean => {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return [...sizes.values()].every((size) => size >= 2);
};

/** Training and validation rows among the resident ones. */
export const partsOf = (task: TrainingTask): { training: Uint32Array; validation: Uint32Array } => {
  const { estimator, rows, seed } = task;
  const count = rows.rowCount;
  if (estimator.kind === "LogisticRegression" || !estimator.patience)
    return { training: rowsWhere(new Uint8Array(bitmapBytes(count)), count, false), validation: new Uint32Array(0) };
  const { labels } = rows;
  const fraction = estimator.validationFraction ?? 0.1;
  const shared = { kind: "HoldOut", fraction, seed } as const;
  const { heldOut } =
    labels instanceof Int32Array && haveTwoEach(labels)
      ? holdOutSplit(labels, { ...shared, stratify: true })
      : holdOutSplit(count, { ...shared, stratify: false });
  return { training: rowsWhere(heldOut, count, false), validation: rowsWhere(heldOut, count) };
};

/** Frees the tensors of a state. */
export const disposeState = ({ adam, loss }: StepState): void => {
  for (const group of stateGroups) disposeTensors(adam[group]);
  disposeTensors({ powers: adam.powers, loss });
};
