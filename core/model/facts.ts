// What can be asked of estimators and steps by their kinds, before anything is fitted: for doors that list and check them.
import { checkEncodingStep, encoders } from "../preprocess/check-steps.ts";
import { isNumericStep, numericStepKinds, numericStepOf } from "../preprocess/numeric-steps.ts";
import type { PreprocessStep } from "../preprocess/steps.ts";
import { checkNetwork } from "./check-network.ts";
import type { EstimatorTask } from "./estimator.ts";
import { definitionOf, estimatorKinds } from "./estimators.ts";
import { type EstimatorSpecification, isNetwork } from "./specification.ts";

/** What an estimator answers and takes. */
export interface EstimatorFacts {
  readonly task: EstimatorTask;
  /** Missing values are taken as they are. */
  readonly takesMissing: boolean;
}

/** What a step over numbers does with missing values. */
export interface NumericStepFacts {
  /** False: a missing value at this step is an error. */
  readonly takesMissing: boolean;
  /** After it nothing is missing. */
  readonly fills: boolean;
}

/**
 * What the estimator of a kind answers and takes.
 * @throws ArgumentError listing the kinds there are
 * @example (await estimatorFacts({ kind: "Ridge" })).task; // "regression"
 */
export const estimatorFacts = async (estimator: EstimatorSpecification): Promise<EstimatorFacts> => {
  const { task, takesMissing } = await definitionOf(estimator.kind);
  return { task, takesMissing };
};

/** Checks the options of an estimator, as fitPipeline does. @throws ArgumentError naming the option, what came and what would do */
export const checkEstimator = async (estimator: EstimatorSpecification): Promise<void> => {
  if (isNetwork(estimator)) checkNetwork(estimator);
  else (await definitionOf(estimator.kind)).check(estimator);
};

/** What a step over numbers does with missing values; undefined for another step. */
export const numericStepFacts = async (step: PreprocessStep): Promise<NumericStepFacts | undefined> => {
  if (!isNumericStep(step)) return undefined;
  const { takesMissing, fills = false } = await numericStepOf(step);
  return { takesMissing, fills };
};

/** Checks the options of a step. @throws ArgumentError for options that make no sense */
export const checkStep = async (step: PreprocessStep): Promise<void> => {
  if (isNumericStep(step)) await (await numericStepOf(step)).check(step);
  else checkEncodingStep(step);
};

/** The kinds of steps that make features of categories, texts and dates, sorted. */
export const encodingStepKinds = (): string[] => ["DateFeatures", ...encoders].sort();

export { estimatorKinds, numericStepKinds };
