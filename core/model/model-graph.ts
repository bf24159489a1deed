// A model as one graph, from the door to probabilities: what a bundle keeps and what predicts.
import { inputValue, type Value } from "../graph/node.ts";
import { serialiseGraph } from "../graph/serialise.ts";
import { declareParameters, logitsOf, type Network } from "../nn/network.ts";
import { doorInputs } from "../preprocess/encode.ts";
import {
  denseFeatures,
  type FeatureBlock,
  featureBlocks,
  type NamedTensors,
  pipelineParameters,
} from "../preprocess/features.ts";
import type { FittedPipeline } from "../preprocess/fitted.ts";
import { dtypeOfHostArray } from "../tensor/host-array.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { EstimatorDefinition, FittedModel, ModelOutputs } from "./estimator.ts";
import type { EstimatorSpecification, NetworkEstimator } from "./specification.ts";

/** The network that an estimator is over features. */
export const networkOf = (estimator: NetworkEstimator, pipeline: FittedPipeline, classes: number): Network => ({
  blocks: blockSizes(pipeline),
  ...layersOf(estimator),
  classes,
});

/** The hidden layers of a network's estimator. */
export const layersOf = (estimator: NetworkEstimator): Pick<Network, "hiddenLayerSizes" | "activation"> =>
  estimator.kind === "LogisticRegression"
    ? { hiddenLayerSizes: [], activation: "relu" }
    : { hiddenLayerSizes: estimator.hiddenLayerSizes, activation: estimator.activation };

/** What a network says of feature blocks. */
export const networkAnswers = (
  network: Network,
  blocks: readonly FeatureBlock[],
  parameters: NamedTensors,
): ModelOutputs => {
  const answers = logitsOf(network, blocks, parameters);
  return network.classes === 0
    ? { prediction: answers.reshape([answers.shape[0] ?? 0]) }
    : { probabilities: answers.softmax() };
};

const placeholders = (declared: readonly { readonly name: string; readonly type: Value["type"] }[]) => {
  const values = Object.fromEntries(declared.map(({ name, type }) => [name, inputValue(type)]));
  const tensors: NamedTensors = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, new Tensor(value)]),
  );
  return { values, tensors };
};

const doorPlaceholders = (pipeline: FittedPipeline, rows: number) =>
  placeholders(doorInputs(pipeline).map(({ name, dtype, shape }) => ({ name, type: { dtype, shape: shape(rows) } })));
const parameterPlaceholders = (declared: readonly { readonly name: string; readonly shape: readonly number[] }[]) =>
  placeholders(declared.map(({ name, shape }) => ({ name, type: { dtype: "f32", shape } })));
const preprocessingPlaceholders = (pipeline: FittedPipeline) =>
  parameterPlaceholders(Object.entries(pipelineParameters(pipeline)).map(([name, { shape }]) => ({ name, shape })));

const blockSizes = (pipeline: FittedPipeline): Network["blocks"] =>
  featureBlocks(pipeline, doorPlaceholders(pipeline, 1).tensors, preprocessingPlaceholders(pipeline).tensors).map(
    ({ kind, width }) => ({ kind, width }),
  );

const outputValues = (answers: ModelOutputs): Record<string, Value> =>
  Object.fromEntries(Object.entries(answers).map(([name, answer]: [string, Tensor]) => [name, answer.value]));

/** The graph of a network: from the door to the probabilities of the classes, or to the quantity. */
export const modelGraph = (pipeline: FittedPipeline, network: Network) =>
  serialiseGraph((rows) => {
    const door = doorPlaceholders(pipeline, rows);
    const preprocessing = preprocessingPlaceholders(pipeline);
    const weights = parameterPlaceholders(declareParameters(network));
    const blocks = featureBlocks(pipeline, door.tensors, preprocessing.tensors);
    return {
      inputs: { ...door.values, ...preprocessing.values, ...weights.values },
      outputs: outputValues(networkAnswers(network, blocks, weights.tensors)),
    };
  });

/** The name under which a bundle keeps a parameter of an estimator. */
export const estimatorParameter = (name: string): string => `estimator.${name}`;

/** The graph of an estimator over a matrix: from the door to the answers of its task. */
export const estimatorGraph = <Specification extends EstimatorSpecification>(
  pipeline: FittedPipeline,
  definition: EstimatorDefinition<Specification>,
  specification: Specification,
  { parameters, state }: FittedModel,
) =>
  serialiseGraph((rows) => {
    const door = doorPlaceholders(pipeline, rows);
    const preprocessing = preprocessingPlaceholders(pipeline);
    const own = placeholders(
      Object.entries(parameters).map(([name, { shape, data }]) => ({
        name,
        type: { dtype: dtypeOfHostArray(data), shape },
      })),
    );
    const features = denseFeatures(featureBlocks(pipeline, door.tensors, preprocessing.tensors));
    const answers = definition.apply(specification, state, features, own.tensors);
    const values = Object.entries(own.values).map(([name, value]): [string, Value] => [
      estimatorParameter(name),
      value,
    ]);
    return {
      inputs: { ...door.values, ...preprocessing.values, ...Object.fromEntries(values) },
      outputs: outputValues(answers),
    };
  });
