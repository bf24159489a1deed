// Multi-layer perceptrons over a matrix: the training of tables, on a pipeline whose features are the matrix as it is.
import { ArgumentError } from "@millrace/kernels";
import { declareParameters, type Network } from "../../nn/network.ts";
import { doorNames } from "../../preprocess/encode.ts";
import type { FittedPipeline } from "../../preprocess/fitted.ts";
import { canonicalJson, sha256 } from "../../validate/sha256.ts";
import { classesApart } from "../check-classes.ts";
import { checkNetwork } from "../check-network.ts";
import type { EstimatorDefinition, FitContext, FitData, FittedModel, Matrix } from "../estimator.ts";
import { layersOf, networkAnswers } from "../model-graph.ts";
import type { MLPClassifier, MLPRegressor } from "../specification.ts";
import { trainByAdam } from "../train-adam.ts";
import { UsageMeter } from "../usage.ts";
import { inOwnUnit, learnable } from "./target-scale.ts";

const pipelineOf = ({ names, columns }: Matrix): FittedPipeline => ({
  groups: [
    {
      kind: "numeric",
      columns: names,
      columnKinds: names.map(() => "numeric"),
      origin: new Array<number>(columns).fill(0),
      operations: [],
      featureNames: names,
    },
  ],
  featureNames: names,
});

/** Rows that count. A batch of rows without weight has no mean. */
const counted = ({ x, codes, target, weights }: FitData): FitData => {
  if (!weights?.includes(0)) return { x, codes, target, weights };
  const rows = Uint32Array.from(weights, (_, row) => row).filter((row) => weights[row] !== 0);
  if (rows.length === 0) throw new ArgumentError("weights: at least one row has a weight above 0");
  const data = new Float32Array(rows.length * x.columns);
  rows.forEach((row, i) => {
    data.set(x.data.subarray(row * x.columns, (row + 1) * x.columns), i * x.columns);
  });
  return {
    x: { ...x, rows: rows.length, data },
    codes: codes && Int32Array.from(rows, (row) => codes[row] ?? 0),
    target: target && Float64Array.from(rows, (row) => target[row] ?? 0),
    weights: Float64Array.from(rows, (row) => weights[row] ?? 0),
  };
};

const networkOver = (estimator: MLPClassifier | MLPRegressor, columns: number, classes: number): Network => ({
  blocks: [{ kind: "dense", width: columns }],
  ...layersOf(estimator),
  classes,
});

const fit = async (
  estimator: MLPClassifier | MLPRegressor,
  data: FitData,
  { device, seed, signal, report, meter, checkpoint }: FitContext,
): Promise<FittedModel> => {
  const { kind } = estimator;
  const classes = kind === "MLPClassifier" ? classesApart(kind, data).classCount : 0;
  const { x, codes, target, weights } = counted(data);
  const answers = kind === "MLPClassifier" ? codes : target;
  if (!answers) throw new ArgumentError(`${kind}: a regression takes a target, one finite number a row`);
  const network = networkOver(estimator, x.columns, classes);
  const own = weights && Float32Array.from(weights);
  const { labels, ...scale } = learnable(answers, own);
  const rows = { rowCount: x.rows, arrays: { [doorNames.numbers(0)]: x.data }, labels, weights: own };
  const fingerprint = sha256(canonicalJson({ estimator, network, seed, rows: x.rows }));
  let losses = { loss: Number.NaN, epochs: 0 };
  const trained = await trainByAdam({
    device,
    pipeline: pipelineOf(x),
    preprocessing: {},
    network,
    estimator,
    rows,
    seed,
    fingerprint,
    signal,
    report: (own) => {
      losses = { loss: own.loss ?? losses.loss, epochs: own.epoch };
      report?.(own);
    },
    checkpoint,
    meter: meter ?? new UsageMeter(device.name, undefined),
  });
  const values = classes > 0 ? trained : inOwnUnit(network, trained, scale);
  const parameters = declareParameters(network).map(({ name, shape }) => [
    name,
    { shape, data: values[name] ?? new Float32Array(0) },
  ]);
  return { parameters: Object.fromEntries(parameters), state: { classes, ...losses } };
};

const answersOf: EstimatorDefinition<MLPClassifier | MLPRegressor>["apply"] = (
  estimator,
  state,
  features,
  parameters,
) => {
  const width = features.shape[1] ?? 0;
  const network = networkOver(estimator, width, Number(Object(state).classes));
  return networkAnswers(network, [{ kind: "dense", width, matrix: features }], parameters);
};

const shared = { takesMissing: false, takesCategories: false, check: checkNetwork } as const;

const work = (
  { hiddenLayerSizes, epochs }: MLPClassifier | MLPRegressor,
  { rows, columns, classes }: { readonly rows: number; readonly columns: number; readonly classes: number },
): { flops: number; bytes: number } => {
  const sizes = [columns, ...hiddenLayerSizes, Math.max(1, classes)];
  const weights = sizes.slice(1).reduce((sum, size, i) => sum + size * (sizes[i] ?? 0), 0);
  // A product forward and two back.
  return { flops: 6 * rows * weights * epochs, bytes: 12 * rows * epochs * sizes.reduce((sum, size) => sum + size, 0) };
};

/** Probabilities of the classes. State: classes, the last mean objective that was reported, and epochs done. */
export const mlpClassifierDefinition: EstimatorDefinition<MLPClassifier> = {
  ...shared,
  kind: "MLPClassifier",
  task: "classification",
  fit,
  apply: answersOf,
  work,
};

/** The quantity. State as the classifier's, with 0 classes; the objective is that of the quantity in its deviations. */
export const mlpRegressorDefinition: EstimatorDefinition<MLPRegressor> = {
  ...shared,
  kind: "MLPRegressor",
  task: "regression",
  fit,
  apply: answersOf,
  work,
};
