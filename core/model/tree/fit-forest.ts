// Fits the trees of a forest one after another, each from a stream of its own, and puts them into one ensemble.
import { ArgumentError } from "@millrace/kernels";
import { randomStream } from "../../validate/random-stream.ts";
import { breather } from "../breath.ts";
import type { FitContext, FitData, FittedModel } from "../estimator.ts";
import { rowWeights } from "../row-weights.ts";
import { codeColumn, columnMajor } from "./coded-column.ts";
import { type Criterion, classCriterion, squaredErrorCriterion } from "./criterion.ts";
import { type EnsembleBuilder, ensembleBuilder, ensembleParameters, ensembleState } from "./ensemble.ts";
import { type GrownTree, growTree } from "./grow-tree.ts";
import { outOfBag } from "./out-of-bag.ts";
import { pruneTree } from "./prune-tree.ts";
import type { ForestOptions, TreeEstimator } from "./specification.ts";
import { bestSearch, randomSearch, type TrainingColumns } from "./split-search.ts";

/** A tree's stream has this purpose plus its number. */
const treePurpose = 0x7ee0000;

/** Number of columns that an option of maxFeatures means. */
export const featureCount = (wanted: TreeEstimator["maxFeatures"], columns: number): number => {
  if (wanted === null || wanted === undefined) return columns;
  if (wanted === "sqrt") return Math.max(1, Math.floor(Math.sqrt(columns)));
  if (wanted === "log2") return Math.max(1, Math.floor(Math.log2(columns)));
  return Math.max(1, Math.min(columns, wanted < 1 ? Math.floor(wanted * columns) : wanted));
};

const sampleCount = (wanted: number, rows: number): number => (wanted < 1 ? Math.ceil(wanted * rows) : wanted);

const criterionOf = (specification: TreeEstimator, data: FitData, weights: Float64Array): Criterion => {
  const { codes, classCount, target } = data;
  if (specification.kind.endsWith("Classifier")) {
    if (!codes || !classCount)
      throw new ArgumentError(`${specification.kind} takes codes and classCount of the classes`);
    return classCriterion(specification.criterion === "entropy" ? "entropy" : "gini", codes, weights, classCount);
  }
  if (!target) throw new ArgumentError(`${specification.kind} takes a target`);
  return squaredErrorCriterion(target, weights);
};

/** Copies a grown tree, as far as it was not pruned; `importances` gets the gains of its splits by column. */
export const appendTree = (builder: EnsembleBuilder, tree: GrownTree, importances?: Float64Array): void => {
  const width = tree.values.length / tree.splits.length;
  const copy = (from: number, to: number): void => {
    for (let k = 0; k < width; k++) builder.setValue(to, k, tree.values[from * width + k] ?? 0);
    builder.setCover(to, tree.weights[from] ?? 0);
  };
  const open = [0, builder.root()];
  while (open.length > 0) {
    const [from = 0, to = 0] = open.splice(-2);
    copy(from, to);
    const split = tree.splits[from];
    if (!split) continue;
    if (importances) importances[split.column] = (importances[split.column] ?? 0) + (tree.gains[from] ?? 0);
    const left = builder.split(to, split);
    const own = tree.left[from] ?? 0;
    open.push(own + 1, left + 1, own, left);
  }
};

/** Parts that sum to 1; zeros stay. */
const normalised = (values: Float64Array): Float64Array => {
  const sum = values.reduce((total, value) => total + value, 0);
  return sum > 0 ? values.map((value) => value / sum) : values;
};

/** Training rows as trees read them. @param coded with ranks, which random thresholds do without */
export const trainingColumns = async (
  { x }: FitData,
  coded: boolean,
  breath: () => Promise<void> | undefined,
): Promise<TrainingColumns> => {
  const values = columnMajor(x);
  const columns: TrainingColumns["coded"][number][] = [];
  for (let column = 0; coded && column < x.columns; column++) {
    columns.push(codeColumn(values.subarray(column * x.rows, (column + 1) * x.rows)));
    await breath();
  }
  return { rows: x.rows, columns: x.columns, values, coded: columns };
};

/**
 * Fits one tree, or a forest. Its state holds `average`, the trees that predictions are the mean of, and `importances`, the mean decrease in impurity by column (Breiman
 * 2001), which sum to 1; with `oobScore`, that and `oobRows`, the rows that some tree did not draw.
 */
export const fitForest = async (
  specification: TreeEstimator & ForestOptions,
  data: FitData,
  { seed, signal, report }: FitContext,
): Promise<FittedModel> => {
  const { rows, columns } = data.x;
  const isForest = !specification.kind.startsWith("Decision");
  const isExtra = specification.kind.startsWith("Extra");
  const trees = isForest ? (specification.nEstimators ?? 100) : 1;
  const bootstrap = isForest && (specification.bootstrap ?? !isExtra);
  const defaultFeatures = isForest && specification.kind.endsWith("Classifier") ? "sqrt" : null;
  const minSamplesLeaf = sampleCount(specification.minSamplesLeaf ?? 1, rows);
  const options = {
    maxDepth: specification.maxDepth ?? Number.POSITIVE_INFINITY,
    minSamplesLeaf,
    minSamplesSplit: Math.max(2, sampleCount(specification.minSamplesSplit ?? 2, rows)),
    minImpurityDecrease: specification.minImpurityDecrease ?? 0,
    maxFeatures: featureCount(
      specification.maxFeatures === undefined ? defaultFeatures : specification.maxFeatures,
      columns,
    ),
  };
  const breath = breather(signal);
  const training = await trainingColumns(data, !isExtra, breath);
  const base = rowWeights(data, "classWeight" in specification ? specification.classWeight : null);
  const weights = base.slice();
  const criterion = criterionOf(specification, data, weights);
  const search = (isExtra ? randomSearch : bestSearch)(training, criterion, options);
  const builder = ensembleBuilder(criterion.width);
  const importances = new Float64Array(columns);
  const bag = specification.oobScore ? outOfBag(training, data, criterion.width) : undefined;
  for (let number = 0; number < trees; number++) {
    const stream = randomStream(seed, treePurpose + number);
    if (bootstrap) {
      weights.fill(0);
      for (let draw = 0; draw < rows; draw++) {
        const row = stream.below(rows);
        weights[row] = (weights[row] ?? 0) + (base[row] ?? 0);
      }
    }
    const samples = Int32Array.from({ length: rows }, (_, row) => row).filter((row) => (weights[row] ?? 0) > 0);
    if (samples.length === 0)
      throw new ArgumentError("all rows have weight 0: a tree takes at least one row with a weight above it");
    const tree = await growTree(training, samples, criterion, search, options, stream, breath);
    pruneTree(tree, specification.ccpAlpha ?? 0);
    bag?.add(tree, weights, base);
    const gains = new Float64Array(columns);
    appendTree(builder, tree, gains);
    normalised(gains).forEach((gain, column) => {
      importances[column] = (importances[column] ?? 0) + gain;
    });
    report?.({ step: number + 1, epoch: number + 1, epochs: trees, fraction: (number + 1) / trees });
  }
  const ensemble = builder.build();
  return {
    parameters: ensembleParameters(ensemble),
    state: { ...ensembleState(ensemble), average: trees, importances: [...normalised(importances)], ...bag?.score() },
  };
};
