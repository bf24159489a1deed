// What a fit will cost, before it runs: the plans of its step and of its evaluation are made for the pipeline that the
// columns foretell, and counted. Nothing is read and no device is needed. Behind the door in estimate.ts.
import type { Work } from "@millrace/kernels";
import type { BundleContent } from "../bundle/content.ts";
import { batchSizeFor, graphFunction } from "../bundle/predict.ts";
import { UnknownColumnError } from "../frame/error.ts";
import { declareParameters } from "../nn/network.ts";
import type { PlanCost } from "../plan/plan.ts";
import { doorInputs } from "../preprocess/encode.ts";
import { featureBlocks, type NamedTensors, pipelineParameters } from "../preprocess/features.ts";
import { startFit } from "../preprocess/fit.ts";
import { finishFit } from "../preprocess/fit-columns.ts";
import type { FittedPipeline } from "../preprocess/fitted.ts";
import { statisticsNames, targetOf } from "../preprocess/group-steps.ts";
import { isNumericStep } from "../preprocess/numeric-steps.ts";
import type { Category, ColumnStatistics } from "../preprocess/statistics.ts";
import { emptyTarget } from "../preprocess/target-statistics.ts";
import { dtypeOfHostArray } from "../tensor/host-array.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import { compile } from "../transform/compile.ts";
import type { SplitSpecification } from "../validate/split.ts";
import { checkNetwork, solverOf } from "./check-network.ts";
import type { EstimateColumn, EstimateOptions, FitEstimate } from "./estimate.ts";
import { definitionOf } from "./estimators.ts";
import { networkAnswers, networkOf } from "./model-graph.ts";
import { isNetwork, type NetworkEstimator } from "./specification.ts";
import { firstStepState, gradientFunction, stepFunction, type TrainedModel } from "./training-step.ts";

const assumedCategories = 32;
/** L-BFGS is seldom still at work after this many iterations. */
const assumedIterations = 60;
/** JSON of the graph and the signature beside the tensors. */
const headerBytes = 16_384;

const foretold = (column: EstimateColumn, rowCount: number): ColumnStatistics => {
  const missing = Math.min(rowCount - 1, column.missingCount ?? 0);
  const distinct = Math.max(1, Math.min(column.distinctCount ?? assumedCategories, rowCount));
  const category = (i: number): Category =>
    column.kind === "dictionary" ? String(i) : column.kind === "boolean" ? i === 0 : i;
  const count = rowCount - missing;
  const size = column.kind === "boolean" ? 2 : distinct;
  return {
    kind: column.kind,
    needs: { values: false, counts: true },
    missing,
    moments: { count, mean: 0, squares: count },
    values: [Float64Array.of(0)],
    counts: new Map(Array.from({ length: size }, (_, i) => [category(i), count / size])),
  };
};

/** Steps that are fitted from the rows alone are left out: their work is small beside the model's. */
const foretoldPipeline = ({
  features,
  columns,
  rowCount,
  classCount = 2,
}: EstimateOptions): Promise<FittedPipeline> => {
  const foreseen = features.map((group) => ({ ...group, steps: group.steps.filter((step) => !isNumericStep(step)) }));
  const fit = startFit(foreseen);
  const byName = new Map(columns.map((column) => [column.name, column]));
  const statistics = new Map<string, ColumnStatistics>();
  const targets = new Map(fit.targets);
  const classes = Array.from({ length: classCount }, (_, code) => code);
  for (const group of features)
    for (const name of group.columns) {
      const column = byName.get(name);
      if (!column) throw new UnknownColumnError(name, [...byName.keys()]);
      const { names, kind } = statisticsNames(group, name, column.kind);
      for (const own of names) statistics.set(own, foretold({ ...column, kind }, rowCount));
      const target = targetOf(group);
      if (target) targets.set(name, emptyTarget(name, target, { codes: new Int32Array(0), classes }));
    }
  return finishFit({ ...fit, statistics, targets });
};

const heldOutShare = (split: SplitSpecification): number => (split.kind === "NoHoldOut" ? 0 : split.fraction);

const zerosOf = (shapes: Readonly<Record<string, { readonly shape: readonly number[] }>>): NamedTensors =>
  Object.fromEntries(Object.entries(shapes).map(([name, { shape }]) => [name, zeros(shape)]));

const doorZeros = (pipeline: FittedPipeline, rows: number): NamedTensors =>
  Object.fromEntries(doorInputs(pipeline).map(({ name, dtype, shape }) => [name, zeros(shape(rows), dtype)]));

const modelZeros = ({ pipeline, network }: TrainedModel) => ({
  preprocessing: zerosOf(pipelineParameters(pipeline)),
  parameters: zerosOf(Object.fromEntries(declareParameters(network).map((own) => [own.name, own]))),
});

/** Work of one training step of Adam, or of one evaluation for L-BFGS. */
const stepWork = (model: TrainedModel, l2: number, rows: number, adam: boolean): PlanCost => {
  const { preprocessing, parameters } = modelZeros(model);
  const labels = zeros([rows], model.network.classes === 0 ? "f32" : "i32");
  const batch = { inputs: doorZeros(model.pipeline, rows), labels, weights: zeros([rows]) };
  if (adam) {
    using step = compile(stepFunction(model, l2), { donate: [0] });
    return step.plan(firstStepState(parameters), preprocessing, zeros([]), batch).cost;
  }
  using evaluate = compile(gradientFunction(model, l2));
  return evaluate.plan(parameters, preprocessing, batch).cost;
};

/** Work of predicting some rows, in batches of the sizes that predict uses. */
const predictWork = (model: TrainedModel, rowCount: number): Work => {
  if (rowCount === 0) return { flops: 0, bytes: 0 };
  const { preprocessing, parameters } = modelZeros(model);
  using apply = compile((values: NamedTensors, constants: NamedTensors, inputs: NamedTensors) =>
    networkAnswers(model.network, featureBlocks(model.pipeline, inputs, constants), values),
  );
  const size = batchSizeFor(rowCount);
  const { flops, bytes } = apply.plan(parameters, preprocessing, doorZeros(model.pipeline, size)).cost;
  const batches = Math.ceil(rowCount / size);
  return { flops: flops * batches, bytes: bytes * batches };
};

/** An estimator over a matrix: its own account of the fit; what its model will predict with is not known before. */
const estimateMatrix = async (options: EstimateOptions): Promise<FitEstimate> => {
  const { rowCount, estimator, split, classCount = 2 } = options;
  const definition = await definitionOf(estimator.kind);
  definition.check(estimator);
  const columns = (await foretoldPipeline(options)).featureNames.length;
  const rows = Math.max(1, rowCount - Math.ceil(rowCount * heldOutShare(split)));
  const classes = definition.task === "classification" ? classCount : 1;
  return { ...definition.work(estimator, { rows, columns, classes }), storedBytes: headerBytes, steps: 1 };
};

/** See estimate.ts. */
export const estimateFit = async (options: EstimateOptions): Promise<FitEstimate> =>
  isNetwork(options.estimator) ? estimateNetwork(options, options.estimator) : estimateMatrix(options);

const estimateNetwork = async (options: EstimateOptions, estimator: NetworkEstimator): Promise<FitEstimate> => {
  const { rowCount, split, classCount = 2 } = options;
  checkNetwork(estimator);
  const pipeline = await foretoldPipeline(options);
  const network = networkOf(estimator, pipeline, estimator.kind === "MLPRegressor" ? 0 : classCount);
  const heldOut = Math.ceil(rowCount * heldOutShare(split));
  const training = Math.max(1, rowCount - heldOut);
  const adam = solverOf(estimator, training) === "adam";
  const rows = adam ? Math.min(estimator.batchSize, training) : training;
  const steps = adam ? Math.ceil(training / rows) * estimator.epochs : Math.min(estimator.epochs, assumedIterations);
  const model = { pipeline, network };
  const step = stepWork(model, estimator.l2, rows, adam);
  const predicted = predictWork(model, heldOut);
  const parameterBytes = [...declareParameters(network), ...Object.values(pipelineParameters(pipeline))].reduce(
    (sum, { shape }) => sum + 4 * shape.reduce((product, axis) => product * axis, 1),
    0,
  );
  return {
    flops: step.flops * steps + predicted.flops,
    bytes: step.bytes * steps + predicted.bytes,
    storedBytes: parameterBytes + headerBytes,
    steps,
  };
};

/** See estimate.ts. */
export const estimatePredict = (content: BundleContent, rowCount: number): Work => {
  if (rowCount === 0) return { flops: 0, bytes: 0 };
  const size = batchSizeFor(rowCount);
  const [first] = doorInputs(content.pipeline);
  using apply = compile(graphFunction(content.graph, (inputs) => inputs[first?.name ?? ""]?.shape[0] ?? 0));
  const parameters = [...content.parameters].map(([name, { shape, data }]): [string, Tensor] => [
    name,
    zeros(shape, data instanceof Float64Array ? "f32" : dtypeOfHostArray(data)),
  ]);
  const { flops, bytes } = apply.plan(doorZeros(content.pipeline, size), Object.fromEntries(parameters)).cost;
  const batches = Math.ceil(rowCount / size);
  return { flops: flops * batches, bytes: bytes * batches };
};
