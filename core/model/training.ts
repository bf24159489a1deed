// What every solver is given, and what it gives back.
import type { Device } from "../device/device.ts";
import type { NamedTensors } from "../preprocess/features.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import type { CheckpointOptions } from "./checkpoint.ts";
import { DivergenceError } from "./error.ts";
import type { ResidentRows } from "./resident.ts";
import type { NetworkEstimator } from "./specification.ts";
import type { TrainedModel } from "./training-step.ts";
import type { UsageMeter } from "./usage.ts";

/** How a solver tells what it is doing. */
export interface TrainingReport {
  readonly step: number;
  /** Epochs done, and at most. */
  readonly epoch: number;
  readonly epochs: number;
  /** 0 to 1. */
  readonly fraction: number;
  /** Mean objective of the steps since the last report. */
  readonly loss?: number;
  /** Cross-entropy of the validation rows after an epoch. */
  readonly validationLoss?: number;
}

export interface TrainingTask extends TrainedModel {
  readonly device: Device;
  /** Parameters of the pipeline's graph, host values. */
  readonly preprocessing: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;
  readonly estimator: NetworkEstimator;
  readonly rows: ResidentRows;
  readonly seed: number;
  readonly fingerprint: string;
  readonly signal: AbortSignal | undefined;
  readonly report: (report: TrainingReport) => void;
  readonly checkpoint: CheckpointOptions | undefined;
  readonly meter: UsageMeter;
}

/** Fitted parameters of the network by name. */
export type TrainedParameters = Readonly<Record<string, Float32Array>>;

/** Tensors of host values, to be uploaded when first used. */
export const tensorsOf = (
  values: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>,
): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(values).map(([name, { shape, data }]) => [name, tensor(data, shape)]));

/** Copies named tensors to the host. */
export const readTensors = async (tensors: NamedTensors): Promise<Record<string, Float32Array>> => {
  const read = await Promise.all(
    Object.entries(tensors).map(async ([name, value]): Promise<[string, Float32Array]> => {
      const data = await value.data();
      return [name, data instanceof Float32Array ? data : Float32Array.from(data)];
    }),
  );
  return Object.fromEntries(read);
};

export const disposeTensors = (tensors: NamedTensors): void => {
  for (const value of Object.values(tensors)) value.dispose();
};

/** @throws DivergenceError when a loss is no finite number */
export const checkLoss = (loss: number, step: number): number => {
  if (Number.isFinite(loss)) return loss;
  throw new DivergenceError(
    `the loss is ${loss} by step ${step}: choose a smaller learningRate, or scale the features with a StandardScaler`,
  );
};
