// What a network's options may be, and which solver it takes: looked at when it is fitted or estimated.
import { ArgumentError } from "@millrace/kernels";
import { isNetwork, type NetworkEstimator } from "./specification.ts";

const check = (holds: boolean, name: string, wanted: string, got: unknown): void => {
  if (!holds) throw new ArgumentError(`estimator: ${name} is ${wanted}, but got ${JSON.stringify(got) ?? String(got)}`);
};
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;

/** Checks a network's options. @throws ArgumentError naming the option, what came and what would do */
export const checkNetwork = (estimator: NetworkEstimator): NetworkEstimator => {
  const { l2, learningRate, epochs, batchSize } = estimator;
  check(l2 >= 0 && Number.isFinite(l2), "l2", "a number of at least 0", l2);
  check(learningRate > 0 && Number.isFinite(learningRate), "learningRate", "a number above 0", learningRate);
  check(isCount(epochs), "epochs", "a whole number of at least 1", epochs);
  check(isCount(batchSize), "batchSize", "a whole number of at least 1", batchSize);
  if (estimator.kind === "LogisticRegression") {
    const { solver } = estimator;
    check(solver === undefined || ["lbfgs", "adam"].includes(solver), "solver", '"lbfgs" or "adam"', solver);
    return estimator;
  }
  const { kind, hiddenLayerSizes, activation, patience, validationFraction = 0.1 } = estimator;
  check(isNetwork(estimator), "kind", '"LogisticRegression", "MLPClassifier" or "MLPRegressor"', kind);
  check(
    hiddenLayerSizes.length > 0 && hiddenLayerSizes.every(isCount),
    "hiddenLayerSizes",
    "a list of at least one width of at least 1",
    hiddenLayerSizes,
  );
  check(["relu", "tanh"].includes(activation), "activation", '"relu" or "tanh"', activation);
  check(
    patience === undefined || patience === null || isCount(patience),
    "patience",
    "a whole number of epochs of at least 1, or null",
    patience,
  );
  check(
    validationFraction > 0 && validationFraction < 1,
    "validationFraction",
    "above 0 and below 1",
    validationFraction,
  );
  return estimator;
};

/** Training rows up to which logistic regression takes all rows at once. */
const fullBatchRows = 50_000;

/** The solver that an estimator uses on a number of training rows. */
export const solverOf = (estimator: NetworkEstimator, rows: number): "lbfgs" | "adam" =>
  estimator.kind === "LogisticRegression" ? (estimator.solver ?? (rows <= fullBatchRows ? "lbfgs" : "adam")) : "adam";
