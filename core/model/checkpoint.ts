// A training's state as bytes: one safetensors file with every tensor of it and its place in the order of batches.
import { BundleError } from "../bundle/error.ts";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../bundle/safetensors.ts";
import { CheckpointError } from "./error.ts";

/** Where a training is. `epoch` and `batch` name the next batch to run; `step` counts the batches run. */
export interface TrainingPosition {
  readonly epoch: number;
  readonly batch: number;
  readonly step: number;
}

/** Position and state handed to whoever keeps checkpoints. */
export interface TrainingCheckpoint {
  readonly position: TrainingPosition & { readonly phase: "train" };
  readonly state: Uint8Array;
}

/** How a training is told to keep its place. */
export interface CheckpointOptions {
  /** Asked after each step; cheap. */
  readonly due: () => boolean;
  /** Awaited before training goes on. */
  readonly save: (checkpoint: TrainingCheckpoint) => Promise<void>;
  /** The state of the checkpoint to go on from. */
  readonly resume?: Uint8Array | undefined;
}

/** A state to keep: numbers and tensors by name. */
export interface SavedTraining {
  /** Identifies data, split, options and seed: a state goes on only where it came from. */
  readonly fingerprint: string;
  readonly position: TrainingPosition;
  /** Plain numbers beside the tensors. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const format = "millrace.checkpoint.1";

/** Bytes of a training's state. */
export const encodeCheckpoint = ({ fingerprint, position, numbers, tensors }: SavedTraining): Uint8Array => {
  const exact = Object.entries(numbers).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)]);
  return writeSafetensors({
    tensors,
    metadata: new Map([
      ["format", format],
      ["fingerprint", fingerprint],
      ["position", JSON.stringify(position)],
      ["numbers", JSON.stringify(Object.fromEntries(exact))],
    ]),
  });
};

const parse = (text: string | undefined, what: string): Record<string, number> => {
  const value: unknown = JSON.parse(text ?? "null");
  if (typeof value !== "object" || value === null)
    throw new CheckpointError(`the checkpoint has no ${what}; start the training anew`);
  return Object.fromEntries(Object.entries(value).map(([name, own]) => [name, Number(own)]));
};

/**
 * Reads a state back.
 * @param fingerprint of the training that wants to go on
 * @throws CheckpointError when the bytes are no checkpoint, or one of another training
 */
export const decodeCheckpoint = (bytes: Uint8Array, fingerprint: string): SavedTraining => {
  try {
    const { tensors, metadata } = readSafetensors(bytes);
    if (metadata.get("format") !== format) throw new CheckpointError(`these bytes are no ${format}`);
    if (metadata.get("fingerprint") !== fingerprint)
      throw new CheckpointError(
        "the checkpoint is of another training: its rows, split, pipeline, estimator or seed are not these",
      );
    const { epoch = 0, batch = 0, step = 0 } = parse(metadata.get("position"), "position");
    const numbers = parse(metadata.get("numbers"), "numbers");
    return { fingerprint, position: { epoch, batch, step }, numbers, tensors };
  } catch (error) {
    if (error instanceof BundleError || error instanceof SyntaxError)
      throw new CheckpointError(`the checkpoint cannot be read: ${error.message}`);
    throw error;
  }
};

/** A tensor of a saved state. @throws CheckpointError when it is not there or of another size */
export const savedFloats = (saved: SavedTraining, name: string, size: number): Float32Array => {
  const data = saved.tensors.get(name)?.data;
  if (!(data instanceof Float32Array) || data.length !== size)
    throw new CheckpointError(`the checkpoint lacks the tensor "${name}" of ${size} numbers`);
  return data;
};

/** A float64 tensor of a saved state. @throws CheckpointError */
export const savedDoubles = (saved: SavedTraining, name: string, size: number): Float64Array => {
  const data = saved.tensors.get(name)?.data;
  if (!(data instanceof Float64Array) || data.length !== size)
    throw new CheckpointError(`the checkpoint lacks the tensor "${name}" of ${size} numbers`);
  return data;
};
