// What makes a specification sound by itself: each option in its range, each column once, the label not a feature.
// Fit to a dataset's columns is in fit.ts, since it needs one.
import { type InputPath, InvalidInput } from "../error.ts";
import { DuplicateColumn, LabelAmongFeatures } from "./errors.ts";
import type { Estimator, PipelineSpecification, Split, Step } from "./specification.ts";

/** The input field that holds a step, an estimator or a split of each kind: fields of a one-of input. */
export const inputField = {
  SimpleImputer: "simpleImputer",
  StandardScaler: "standardScaler",
  OneHotEncoder: "oneHotEncoder",
  LogisticRegression: "logisticRegression",
  MLPClassifier: "mlpClassifier",
  GradientBoostingClassifier: "gradientBoostingClassifier",
  HoldOut: "holdOut",
  TimeOrdered: "timeOrdered",
} as const;

const within = (value: number, low: number, high: number, path: InputPath, unit = "a number"): void => {
  if (value >= low && value <= high) return;
  throw new InvalidInput(`${path.at(-1)} is ${unit} from ${low} to ${high}; it got ${value}.`, path);
};
const above = (value: number, low: number, path: InputPath): void => {
  if (value > low && Number.isFinite(value)) return;
  throw new InvalidInput(`${path.at(-1)} is a number above ${low}; it got ${value}.`, path);
};

const checkStep = (step: Step, path: InputPath): void => {
  if (step.kind !== "SimpleImputer") return;
  const at = [...path, inputField.SimpleImputer, "fillValue"];
  if (step.strategy === "constant" && step.fillValue === null) {
    throw new InvalidInput("The strategy CONSTANT needs a fillValue.", at);
  }
  if (step.strategy !== "constant" && step.fillValue !== null) {
    throw new InvalidInput("fillValue goes with the strategy CONSTANT alone: drop it, or choose that strategy.", at);
  }
};

const share = (value: number, path: InputPath): void => {
  if (value > 0 && value <= 1) return;
  throw new InvalidInput(`${path.at(-1)} is a share above 0 and at most 1; it got ${value}.`, path);
};

const checkBoosting = (
  estimator: Extract<Estimator, { kind: "GradientBoostingClassifier" }>,
  path: InputPath,
): void => {
  within(estimator.nEstimators, 1, 100_000, [...path, "nEstimators"], "a whole number of rounds");
  above(estimator.learningRate, 0, [...path, "learningRate"]);
  within(estimator.numLeaves, 2, 131_072, [...path, "numLeaves"], "a whole number of leaves");
  if (estimator.maxDepth !== null) within(estimator.maxDepth, 1, 1000, [...path, "maxDepth"], "a number of levels");
  within(estimator.minDataInLeaf, 1, 1e9, [...path, "minDataInLeaf"], "a whole number of rows");
  for (const name of ["minSumHessianInLeaf", "lambdaL1", "lambdaL2", "minGainToSplit"] as const)
    within(estimator[name], 0, 1e9, [...path, name]);
  share(estimator.baggingFraction, [...path, "baggingFraction"]);
  share(estimator.featureFraction, [...path, "featureFraction"]);
  within(estimator.maxBins, 2, 255, [...path, "maxBins"], "a whole number of bins");
  if (estimator.patience !== null) within(estimator.patience, 1, 100_000, [...path, "patience"], "a number of rounds");
  const { validationFraction } = estimator;
  if (validationFraction > 0 && validationFraction < 1) return;
  throw new InvalidInput(
    `validationFraction is a share of the training rows, above 0 and below 1; it got ${validationFraction}.`,
    [...path, "validationFraction"],
  );
};

const checkEstimator = (estimator: Estimator): void => {
  const path = ["estimator", inputField[estimator.kind]];
  if (estimator.kind === "GradientBoostingClassifier") {
    checkBoosting(estimator, path);
    return;
  }
  within(estimator.l2, 0, 1e6, [...path, "l2"]);
  above(estimator.learningRate, 0, [...path, "learningRate"]);
  within(estimator.epochs, 1, 100_000, [...path, "epochs"], "a whole number");
  within(estimator.batchSize, 1, 1_000_000, [...path, "batchSize"], "a whole number of rows");
  if (estimator.kind !== "MLPClassifier") return;
  const sizes = estimator.hiddenLayerSizes;
  if (sizes.length < 1 || sizes.length > 8) {
    throw new InvalidInput(`hiddenLayerSizes has 1 to 8 layers; it got ${sizes.length}.`, [
      ...path,
      "hiddenLayerSizes",
    ]);
  }
  for (const [index, size] of sizes.entries()) within(size, 1, 4096, [...path, "hiddenLayerSizes", index], "a width");
  const { validationFraction } = estimator;
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw new InvalidInput(
      `validationFraction is a share of the training rows, above 0 and below 1; it got ${validationFraction}.`,
      [...path, "validationFraction"],
    );
  }
  if (estimator.patience !== null) within(estimator.patience, 1, 100_000, [...path, "patience"], "a number of epochs");
};

const checkSplit = (split: Split): void => {
  const path = ["split", inputField[split.kind], "fraction"];
  if (split.fraction > 0 && split.fraction < 1) return;
  throw new InvalidInput(
    `fraction is the share of rows held out, above 0 and below 1; it got ${split.fraction}.`,
    path,
  );
};

/**
 * Checks a specification by itself.
 *
 * @throws InvalidInput, DuplicateColumn or LabelAmongFeatures with the path of the first fault.
 */
export const checkSpecification = (specification: PipelineSpecification): void => {
  const { features, label, estimator, split, metrics } = specification;
  if (features.length === 0) throw new InvalidInput("A pipeline has at least one group of columns.", ["features"]);
  const seen = new Set<string>();
  for (const [group, { columns, steps }] of features.entries()) {
    if (columns.length === 0) {
      throw new InvalidInput("A group names at least one column.", ["features", group, "columns"]);
    }
    for (const [position, column] of columns.entries()) {
      const path = ["features", group, "columns", position];
      if (column === label.column) throw new LabelAmongFeatures(column, path);
      if (seen.has(column)) throw new DuplicateColumn(column, path);
      seen.add(column);
    }
    for (const [position, step] of steps.entries()) checkStep(step, ["features", group, "steps", position]);
  }
  checkEstimator(estimator);
  checkSplit(split);
  if (metrics.length === 0) throw new InvalidInput("Choose at least one metric.", ["metrics"]);
  if (new Set(metrics).size !== metrics.length) throw new InvalidInput("Name each metric once.", ["metrics"]);
};
