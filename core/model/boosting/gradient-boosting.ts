// Gradient boosting as estimators: see specification.ts for what they take.
import { concatenate } from "../../tensor/tensor.ts";
import { checkCount, checkNumber, checkOption } from "../check-option.ts";
import type { EstimatorDefinition } from "../estimator.ts";
import { parameterOf } from "../parameter-of.ts";
import { predictTrees } from "../tree/ensemble.ts";
import { fitBoosting } from "./fit-boosting.ts";
import type {
  GradientBoosting,
  GradientBoostingClassifier,
  GradientBoostingRanker,
  GradientBoostingRegressor,
} from "./specification.ts";

const check = (specification: GradientBoosting): void => {
  const { kind, maxDepth, growth, maxBins, monotoneConstraints, patience } = specification;
  const isPart = (value: number): boolean => value > 0 && value < 1;
  checkCount(kind, "nEstimators", specification.nEstimators);
  checkCount(kind, "numLeaves", specification.numLeaves, 2);
  checkCount(kind, "minDataInLeaf", specification.minDataInLeaf);
  if (maxDepth !== null) checkCount(kind, "maxDepth", maxDepth);
  if (patience !== null) checkCount(kind, "patience", patience);
  for (const name of ["minSumHessianInLeaf", "lambdaL1", "lambdaL2", "minGainToSplit"] as const)
    checkNumber(kind, name, specification[name]);
  const { learningRate, baggingFraction, featureFraction, validationFraction } = specification;
  checkOption(kind, "learningRate", learningRate > 0 && Number.isFinite(learningRate), "above 0", learningRate);
  for (const [name, value] of Object.entries({ baggingFraction, featureFraction }))
    checkOption(kind, name, isPart(value) || value === 1, "above 0 and at most 1", value);
  checkOption(kind, "validationFraction", isPart(validationFraction), "above 0 and below 1", validationFraction);
  checkOption(kind, "growth", ["leafWise", "depthWise"].includes(growth), '"leafWise" or "depthWise"', growth);
  const binsHold = Number.isSafeInteger(maxBins) && maxBins >= 2 && maxBins <= 255;
  checkOption(kind, "maxBins", binsHold, "a whole number from 2 to 255", maxBins);
  const areSigns = monotoneConstraints === null || monotoneConstraints.every((sign) => [-1, 0, 1].includes(sign));
  checkOption(kind, "monotoneConstraints", areSigns, "null or -1, 0 or 1 for each column", monotoneConstraints);
  if (kind === "GradientBoostingClassifier") return;
  if (kind === "GradientBoostingRanker") {
    const { sigmoid, lambdarankTruncationLevel, lambdarankNorm } = specification;
    checkOption(kind, "sigmoid", sigmoid > 0 && Number.isFinite(sigmoid), "a finite number above 0", sigmoid);
    checkCount(kind, "lambdarankTruncationLevel", lambdarankTruncationLevel);
    checkOption(kind, "lambdarankNorm", typeof lambdarankNorm === "boolean", "true or false", lambdarankNorm);
    // Rows are drawn to judge rounds one by one, and queries must stay whole.
    checkOption(kind, "patience", patience === null, "null for ranking", patience);
    return;
  }
  const { loss, alpha } = specification;
  const losses: readonly string[] = ["squaredError", "absoluteError", "quantile"];
  checkOption(kind, "loss", losses.includes(loss), `one of ${losses.join(", ")}`, loss);
  checkOption(kind, "alpha", isPart(alpha), "above 0 and below 1", alpha);
};

const work = (
  { nEstimators, numLeaves, maxDepth, featureFraction }: GradientBoosting,
  { rows, columns, classes }: { readonly rows: number; readonly columns: number; readonly classes: number },
): { flops: number; bytes: number } => {
  const trees = nEstimators * (classes > 2 ? classes : 1);
  const levels = Math.min(maxDepth ?? Number.POSITIVE_INFINITY, Math.ceil(Math.log2(numLeaves)) + 1);
  // Half of the rows of a level are summed, three sums of a bin each; the other half is subtracted.
  const updates = (trees * (levels + 1) * rows * columns * featureFraction) / 2;
  return { flops: 3 * updates, bytes: 49 * updates };
};

const shared = { takesMissing: true, takesCategories: true, check, fit: fitBoosting, work } as const;

export const gradientBoostingRegressorDefinition: EstimatorDefinition<GradientBoostingRegressor> = {
  ...shared,
  kind: "GradientBoostingRegressor",
  task: "regression",
  apply: (_, state, features, parameters) => ({
    prediction: predictTrees(features, parameters, state)
      .add(parameterOf(parameters, "base"))
      .reshape([features.shape[0] ?? 0]),
  }),
};

/** The score that rows of a query are ranked by, the highest first. */
export const gradientBoostingRankerDefinition: EstimatorDefinition<GradientBoostingRanker> = {
  ...shared,
  kind: "GradientBoostingRanker",
  task: "ranking",
  apply: (_, state, features, parameters) => ({
    prediction: predictTrees(features, parameters, state).reshape([features.shape[0] ?? 0]),
  }),
};

export const gradientBoostingClassifierDefinition: EstimatorDefinition<GradientBoostingClassifier> = {
  ...shared,
  kind: "GradientBoostingClassifier",
  task: "classification",
  apply: (_, state, features, parameters) => {
    const margins = predictTrees(features, parameters, state).add(parameterOf(parameters, "base"));
    if (margins.shape[1] !== 1) return { probabilities: margins.softmax() };
    return { probabilities: concatenate([margins.negate().sigmoid(), margins.sigmoid()], 1) };
  },
};
