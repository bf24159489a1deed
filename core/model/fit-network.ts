// Fits a network over resident rows: what is trained batch by batch.
import type { BundleContent } from "../bundle/content.ts";
import type { StoredTensor } from "../bundle/safetensors.ts";
import type { Device } from "../device/device.ts";
import { declareParameters } from "../nn/network.ts";
import { pipelineParameters } from "../preprocess/features.ts";
import type { FittedPipeline } from "../preprocess/fitted.ts";
import type { SMOTE } from "../sample/smote.ts";
import type { TrainingRows } from "../validate/partition.ts";
import { canonicalJson, sha256 } from "../validate/sha256.ts";
import { solverOf } from "./check-network.ts";
import type { CheckpointOptions } from "./checkpoint.ts";
import type { Answers } from "./fit-matrix.ts";
import { modelGraph, networkOf } from "./model-graph.ts";
import { inOwnUnit, learnable } from "./network/target-scale.ts";
import { residentRows } from "./resident.ts";
import type { NetworkEstimator } from "./specification.ts";
import { trainByAdam } from "./train-adam.ts";
import { trainByLbfgs } from "./train-lbfgs.ts";
import type { TrainingReport, TrainingTask } from "./training.ts";
import type { UsageMeter } from "./usage.ts";

/** What every way of fitting is given besides its estimator. */
export interface FitRoom {
  readonly pipeline: FittedPipeline;
  readonly training: TrainingRows;
  readonly seed: number;
  readonly device: Device;
  readonly signal: AbortSignal | undefined;
  readonly checkpoint: CheckpointOptions | undefined;
  readonly meter: UsageMeter;
  readonly report: (report: TrainingReport) => void;
  /** Called with each chunk of rows that was encoded. */
  readonly onEncoded: (rows: number) => void | Promise<void>;
  /** Called when all rows are encoded, before training. */
  readonly beforeTraining: () => Promise<void>;
  readonly oversampling: SMOTE | undefined;
}

/** The part of a bundle that a fit decides. */
export type FittedParts = Pick<BundleContent, "graph" | "parameters" | "state">;

/** @throws DivergenceError, CheckpointError, DeviceLostError, or the signal's reason */
export const fitNetwork = async (
  estimator: NetworkEstimator,
  { classes, codes, target }: Answers,
  room: FitRoom,
): Promise<FittedParts> => {
  const { pipeline, training, seed, device, signal, checkpoint, meter, report } = room;
  const network = networkOf(estimator, pipeline, classes.length);
  const answers = codes ?? target;
  if (!answers) throw new TypeError(`${estimator.kind} was given nothing to learn`);
  const encoded = await residentRows(pipeline, training, answers, room.onEncoded);
  const { labels, ...scale } = learnable(encoded.labels);
  const rows = { ...encoded, labels };
  await room.beforeTraining();
  const split = training.kept ? [training.split.hash, sha256(training.kept)] : training.split.hash;
  const identity = { pipeline, network, estimator, split, seed, classes, rows: rows.rowCount };
  const preprocessing = pipelineParameters(pipeline);
  const fingerprint = sha256(canonicalJson(identity));
  const task: TrainingTask = {
    device,
    pipeline,
    preprocessing,
    network,
    estimator,
    rows,
    seed,
    fingerprint,
    signal,
    report,
    checkpoint,
    meter,
  };
  const train = solverOf(estimator, rows.rowCount) === "lbfgs" ? trainByLbfgs : trainByAdam;
  const trained = await train(task);
  const values = codes ? trained : inOwnUnit(network, trained, scale);
  const parameters = new Map<string, StoredTensor>(Object.entries(preprocessing));
  for (const { name, shape } of declareParameters(network))
    parameters.set(name, { shape, data: values[name] ?? new Float32Array(0) });
  return { graph: modelGraph(pipeline, network), parameters, state: null };
};
