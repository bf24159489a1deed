// The one step of training by Adam, as a function of tensors: what the loop compiles and what an estimate counts.
import { type Network, objectiveOf } from "../nn/network.ts";
import { type AdamState, adamState, adamStep } from "../optim/adam.ts";
import { featureBlocks, type NamedTensors } from "../preprocess/features.ts";
import type { FittedPipeline } from "../preprocess/fitted.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import { valueAndGrad } from "../transform/gradient.ts";

/** What is trained. */
export interface TrainedModel {
  readonly pipeline: FittedPipeline;
  readonly network: Network;
}

/** The batch as a compiled function takes it: tensors alone. */
export interface BatchArguments {
  readonly inputs: NamedTensors;
  readonly labels: Tensor;
  readonly weights: Tensor;
}

/** State of the compiled step: Adam's, and the sum of objectives since the last report. */
export interface StepState {
  readonly adam: AdamState;
  readonly loss: Tensor;
}

/** The objective of a model on a batch; with `l2` 0, the cross-entropy alone. */
export const modelObjective = (
  { pipeline, network }: TrainedModel,
  l2: number,
  parameters: NamedTensors,
  preprocessing: NamedTensors,
  { inputs, labels, weights }: BatchArguments,
): Tensor => objectiveOf(network, l2, featureBlocks(pipeline, inputs, preprocessing), parameters, labels, weights);

/** Value and gradient of the objective: the step of L-BFGS. */
export const gradientFunction =
  (model: TrainedModel, l2: number) => (parameters: NamedTensors, preprocessing: NamedTensors, batch: BatchArguments) =>
    valueAndGrad((values: NamedTensors): Tensor => modelObjective(model, l2, values, preprocessing, batch))(parameters);

/** The state after one batch. */
export const stepFunction =
  (model: TrainedModel, l2: number) =>
  (state: StepState, preprocessing: NamedTensors, learningRate: Tensor, batch: BatchArguments): StepState => {
    const { value, gradient } = gradientFunction(model, l2)(state.adam.parameters, preprocessing, batch);
    return { adam: adamStep(state.adam, gradient, learningRate), loss: state.loss.add(value) };
  };

/** The state before the first batch. */
export const firstStepState = (parameters: NamedTensors): StepState => ({
  adam: adamState(parameters),
  loss: zeros([]),
});
