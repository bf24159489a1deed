// Isolation forests (Liu, Ting and Zhou 2008): rows that few random splits set apart are unusual.
import type { NamedTensors } from "../../preprocess/features.ts";
import { type Tensor, tensor } from "../../tensor/tensor.ts";
import { compile } from "../../transform/compile.ts";
import { type RandomStream, randomStream } from "../../validate/random-stream.ts";
import { breather } from "../breath.ts";
import type { EstimatorDefinition, FitContext, FitData, FittedModel, Plain } from "../estimator.ts";
import type { Criterion } from "./criterion.ts";
import { ensembleBuilder, ensembleParameters, ensembleState, predictTrees, stateNumber } from "./ensemble.ts";
import { appendTree, trainingColumns } from "./fit-forest.ts";
import { checkOption } from "./forest-definition.ts";
import { type GrownTree, growTree } from "./grow-tree.ts";
import type { IsolationForest } from "./specification.ts";
import { randomSearch } from "./split-search.ts";

const treePurpose = 0x150_0000;
const eulerGamma = 0.5772156649015329;

/** Mean length of the way to a row in a random tree of so many rows. */
export const averagePathLength = (rows: number): number => {
  if (rows <= 1) return 0;
  return rows === 2 ? 1 : 2 * (Math.log(rows - 1) + eulerGamma) - (2 * (rows - 1)) / rows;
};

/** Nothing is better or worse: splits are random. */
const indifferent: Criterion = {
  width: 1,
  begin: (_, from, to) => ({ weight: to - from, score: 0, impurity: 1, pure: false }),
  scan: () => {},
  scoreSides: (samples, from, to, { values, threshold, missingLeft }, cut) => {
    cut.score = 0;
    cut.left = 0;
    for (let i = from; i < to; i++) {
      const value = values[samples[i] ?? 0] ?? Number.NaN;
      if (value <= threshold || (missingLeft && Number.isNaN(value))) cut.left++;
    }
  },
  value: () => 0,
};

/** Rows of one tree, drawn without return. */
const draw = (rows: number, count: number, stream: RandomStream): Int32Array => {
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  for (let i = 0; i < count; i++) {
    const drawn = i + stream.below(rows - i);
    const row = order[drawn] ?? 0;
    order[drawn] = order[i] ?? 0;
    order[i] = row;
  }
  return order.slice(0, count);
};

/** Sets each node's value to the length of the way to a row there: its depth, and what its rows would take to be told apart. */
const measureWays = (tree: GrownTree): void => {
  const depths = new Int32Array(tree.splits.length);
  for (let node = 0; node < depths.length; node++) {
    tree.values[node] = (depths[node] ?? 0) + averagePathLength(tree.weights[node] ?? 0);
    if (!tree.splits[node]) continue;
    const left = tree.left[node] ?? 0;
    depths[left] = (depths[node] ?? 0) + 1;
    depths[left + 1] = (depths[node] ?? 0) + 1;
  }
};

/** 2 to the power of minus the mean way over the way that is usual. */
const scoreOf = (features: Tensor, parameters: NamedTensors, state: Plain): Tensor =>
  predictTrees(features, parameters, state)
    .multiply(-Math.LN2 / stateNumber(state, "usualLength"))
    .exp()
    .reshape([features.shape[0] ?? 0]);

/** NumPy's percentile: between the two nearest, in proportion. */
const quantile = (values: ArrayLike<number>, part: number): number => {
  const sorted = Float64Array.from(values).sort();
  const place = part * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? 0;
  return low + (high - low) * (place - Math.floor(place));
};

const trainingScores = async (
  data: FitData,
  model: FittedModel,
  { device }: FitContext,
): Promise<ArrayLike<number>> => {
  using apply = compile(
    (features: Tensor, parameters: NamedTensors): Tensor => scoreOf(features, parameters, model.state),
    { device },
  );
  using features = tensor(data.x.data, [data.x.rows, data.x.columns]);
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape, data: values }]) => [name, tensor(values, shape)]),
  );
  try {
    using scores = await apply(features, parameters);
    return await scores.data();
  } finally {
    for (const value of Object.values(parameters)) value.dispose();
  }
};

const fit = async (specification: IsolationForest, data: FitData, context: FitContext): Promise<FittedModel> => {
  const { seed, signal, report } = context;
  const { rows } = data.x;
  const { nEstimators: trees = 100, maxSamples = "auto", contamination = "auto" } = specification;
  const wanted = maxSamples === "auto" ? 256 : maxSamples < 1 ? Math.max(1, Math.floor(maxSamples * rows)) : maxSamples;
  const count = Math.min(rows, wanted);
  const breath = breather(signal);
  const training = await trainingColumns(data, false, breath);
  const search = randomSearch(training, indifferent, { maxFeatures: 1, minSamplesLeaf: 1 });
  const options = {
    maxDepth: Math.ceil(Math.log2(Math.max(2, count))),
    minSamplesSplit: 2,
    minSamplesLeaf: 1,
    minImpurityDecrease: 0,
  };
  const builder = ensembleBuilder(1);
  for (let number = 0; number < trees; number++) {
    const stream = randomStream(seed, treePurpose + number);
    const samples = draw(rows, count, stream);
    const tree = await growTree(training, samples, indifferent, search, options, stream, breath);
    measureWays(tree);
    appendTree(builder, tree);
    report?.({ step: number + 1, epoch: number + 1, epochs: trees, fraction: (number + 1) / trees });
  }
  const ensemble = builder.build();
  const parameters = ensembleParameters(ensemble);
  // One row alone takes no way; any number keeps its score finite.
  const state = { ...ensembleState(ensemble), usualLength: trees * (averagePathLength(count) || 1), threshold: 0.5 };
  if (contamination === "auto") return { parameters, state };
  const scores = await trainingScores(data, { parameters, state }, context);
  return { parameters, state: { ...state, threshold: quantile(scores, 1 - contamination) } };
};

/**
 * `score` is 2^(-mean way / usual way), in (0, 1): minus scikit-learn's score_samples, so that higher is more unusual. The
 * state's `threshold` is minus its offset_: rows above it are outliers.
 */
export const isolationForestDefinition: EstimatorDefinition<IsolationForest> = {
  kind: "IsolationForest",
  task: "outlierDetection",
  takesMissing: true,
  takesCategories: false,
  check: ({ kind, nEstimators, maxSamples, contamination }) => {
    const isNumber = (value: unknown): value is number => typeof value === "number" && value > 0;
    checkOption(
      kind,
      "nEstimators",
      nEstimators,
      nEstimators === undefined || (Number.isSafeInteger(nEstimators) && nEstimators > 0),
      "a whole number of at least 1",
    );
    checkOption(
      kind,
      "maxSamples",
      maxSamples,
      maxSamples === undefined ||
        maxSamples === "auto" ||
        (isNumber(maxSamples) && (maxSamples < 1 || Number.isSafeInteger(maxSamples))),
      '"auto", a whole number of at least 1 or a part in (0, 1)',
    );
    checkOption(
      kind,
      "contamination",
      contamination,
      contamination === undefined || contamination === "auto" || (isNumber(contamination) && contamination <= 0.5),
      '"auto" or a part in (0, 0.5]',
    );
  },
  fit,
  apply: (_, state, features, parameters) => ({ score: scoreOf(features, parameters, state) }),
  work: ({ nEstimators = 100, maxSamples = "auto" }, { rows, columns }) => {
    const count = maxSamples === "auto" ? 256 : maxSamples < 1 ? maxSamples * rows : maxSamples;
    const values = nEstimators * Math.min(rows, count) * Math.ceil(Math.log2(count + 1));
    return { flops: 8 * values, bytes: 8 * values + 8 * rows * columns };
  },
};
