// What all trees and forests have in common as estimators: checking options, the graph, and the work of a fit.
import { ArgumentError } from "@millrace/kernels";
import type { EstimatorDefinition } from "../estimator.ts";
import { checkClassWeight } from "../row-weights.ts";
import { predictTrees, stateNumber } from "./ensemble.ts";
import { featureCount, fitForest } from "./fit-forest.ts";
import type { ForestOptions, TreeEstimator } from "./specification.ts";

/** @throws ArgumentError naming the option unless it holds */
export const checkOption = (kind: string, name: string, value: unknown, holds: boolean, wanted: string): void => {
  if (!holds)
    throw new ArgumentError(`${kind}: ${name} is ${wanted}, but got ${JSON.stringify(value) ?? String(value)}`);
};

const isCount = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && Number(value) >= least;
const isPart = (value: unknown): boolean => typeof value === "number" && value > 0 && value < 1;
const isAmount = (value: unknown): boolean => typeof value === "number" && value >= 0 && Number.isFinite(value);

const check = (specification: TreeEstimator & ForestOptions): void => {
  const { kind } = specification;
  const isClassifier = kind.endsWith("Classifier");
  const criteria: readonly unknown[] = isClassifier ? ["gini", "entropy"] : ["squaredError"];
  const rule = (name: string, value: unknown, holds: boolean, wanted: string): void => {
    if (value !== undefined) checkOption(kind, name, value, holds, wanted);
  };
  const { maxDepth, minSamplesSplit, minSamplesLeaf, maxFeatures, minImpurityDecrease, ccpAlpha } = specification;
  const { criterion, nEstimators, bootstrap, oobScore } = specification;
  rule("criterion", criterion, criteria.includes(criterion), `one of ${criteria.join(", ")}`);
  rule("maxDepth", maxDepth, maxDepth === null || isCount(maxDepth, 1), "null or a whole number of at least 1");
  rule(
    "minSamplesSplit",
    minSamplesSplit,
    isCount(minSamplesSplit, 2) || isPart(minSamplesSplit),
    "a whole number of at least 2 or a part in (0, 1)",
  );
  rule(
    "minSamplesLeaf",
    minSamplesLeaf,
    isCount(minSamplesLeaf, 1) || isPart(minSamplesLeaf),
    "a whole number of at least 1 or a part in (0, 1)",
  );
  rule(
    "maxFeatures",
    maxFeatures,
    maxFeatures === null ||
      maxFeatures === "sqrt" ||
      maxFeatures === "log2" ||
      isCount(maxFeatures, 1) ||
      isPart(maxFeatures),
    '"sqrt", "log2", null, a whole number of at least 1 or a part in (0, 1)',
  );
  rule("minImpurityDecrease", minImpurityDecrease, isAmount(minImpurityDecrease), "a number of at least 0");
  rule("ccpAlpha", ccpAlpha, isAmount(ccpAlpha), "a number of at least 0");
  rule("nEstimators", nEstimators, isCount(nEstimators, 1), "a whole number of at least 1");
  rule("bootstrap", bootstrap, typeof bootstrap === "boolean", "true or false");
  rule("oobScore", oobScore, typeof oobScore === "boolean", "true or false");
  const draws = bootstrap ?? kind.startsWith("RandomForest");
  rule("oobScore", oobScore, !oobScore || draws, "false without bootstrap, where every tree sees every row");
  if ("classWeight" in specification) checkClassWeight(kind, specification.classWeight ?? null);
};

/** The definition of a kind of tree or forest. */
export const forestDefinition = <Specification extends TreeEstimator>(
  kind: Specification["kind"],
): EstimatorDefinition<Specification> => {
  const isClassifier = kind.endsWith("Classifier");
  return {
    kind,
    task: isClassifier ? "classification" : "regression",
    takesMissing: true,
    takesCategories: false,
    check,
    fit: fitForest,
    apply: (_, state, features, parameters) => {
      const sums = predictTrees(features, parameters, state);
      const trees = stateNumber(state, "average");
      const mean = trees === 1 ? sums : sums.multiply(1 / trees);
      return isClassifier ? { probabilities: mean } : { prediction: mean.reshape([features.shape[0] ?? 0]) };
    },
    work: (specification, { rows, columns }) => {
      const own: TreeEstimator & ForestOptions = specification;
      const isForest = !kind.startsWith("Decision");
      const trees = isForest ? (own.nEstimators ?? 100) : 1;
      const wanted = own.maxFeatures === undefined && isForest && isClassifier ? "sqrt" : own.maxFeatures;
      const levels = Math.min(own.maxDepth ?? Number.POSITIVE_INFINITY, Math.ceil(Math.log2(rows + 1)) + 1);
      // Counting, placing and scanning: about ten operations and twenty bytes a value.
      const values = trees * levels * rows * featureCount(wanted, columns);
      return { flops: 10 * values, bytes: 20 * values };
    },
  };
};
