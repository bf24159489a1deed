// Estimators as plain values: what a model is before it is fitted. JSON, and the same in code, in GraphQL and in a bundle.
import { ArgumentError } from "@millrace/kernels";

interface GradientDescent {
  /**
   * Penalty: l2 / 2 times the sum of squared weights (biases are free) is added to the mean cross-entropy. scikit-learn's
   * LogisticRegression has C = 1 / (l2 * rows); its MLPClassifier has alpha = l2 * rows of a batch.
   */
  readonly l2: number;
  /** Of Adam. */
  readonly learningRate: number;
  /** Passes over the training rows at most; for L-BFGS, iterations at most. */
  readonly epochs: number;
  /** Rows of one step of Adam. */
  readonly batchSize: number;
}

/**
 * Logistic regression: of two classes by one logit, of more by a softmax.
 * Two classes are one logit z with P(second) = 1 / (1 + exp(-z)), as in scikit-learn.
 */
export interface LogisticRegression extends GradientDescent {
  readonly kind: "LogisticRegression";
  /**
   * "lbfgs": all rows at once until the optimum; "adam": mini-batches. Left out: lbfgs up to 50,000 training rows (learning
   * rate and batch size then play no part), adam beyond.
   */
  readonly solver?: "lbfgs" | "adam";
}

/** A multi-layer perceptron, trained by Adam. */
export interface MLPClassifier extends GradientDescent {
  readonly kind: "MLPClassifier";
  /** Units of each hidden layer. */
  readonly hiddenLayerSizes: readonly number[];
  readonly activation: "relu" | "tanh";
  /**
   * Stops after this many epochs without a validation loss lower by 1e-4, and keeps the best parameters; null or left out
   * trains all epochs on all rows.
   */
  readonly patience?: number | null;
  /** Part of the training rows that judges each epoch when `patience` is given. Default 0.1. */
  readonly validationFraction?: number;
}

/** An estimator that is trained as a network over batches of rows. */
export type NetworkEstimator = LogisticRegression | MLPClassifier;

/** Any estimator by its specification: `kind`, and the options of that kind. estimators.ts has those beside the networks. */
export interface EstimatorSpecification {
  readonly kind: string;
}

/** An estimator of any kind. */
export type Estimator = NetworkEstimator | EstimatorSpecification;

/** True for an estimator that is trained as a network. */
export const isNetwork = (estimator: EstimatorSpecification): estimator is NetworkEstimator =>
  estimator.kind === "LogisticRegression" || estimator.kind === "MLPClassifier";

/**
 * Logistic regression. Defaults: l2 1e-4, learningRate 0.01, epochs 200, batchSize 256, solver by size.
 * @example logisticRegression({ l2: 1 / 569 })
 */
export const logisticRegression = (options: Partial<Omit<LogisticRegression, "kind">> = {}): LogisticRegression => ({
  kind: "LogisticRegression",
  l2: options.l2 ?? 1e-4,
  learningRate: options.learningRate ?? 0.01,
  epochs: options.epochs ?? 200,
  batchSize: options.batchSize ?? 256,
  ...(options.solver ? { solver: options.solver } : {}),
});

/**
 * A multi-layer perceptron. Defaults: one hidden layer of 100 units, relu, l2 1e-4, learningRate 0.001, epochs 200,
 * batchSize 256, no early stopping.
 * @example mlpClassifier({ hiddenLayerSizes: [64, 32], patience: 10 })
 */
export const mlpClassifier = (options: Partial<Omit<MLPClassifier, "kind">> = {}): MLPClassifier => ({
  kind: "MLPClassifier",
  hiddenLayerSizes: [100],
  activation: "relu",
  l2: 1e-4,
  learningRate: 0.001,
  epochs: 200,
  batchSize: 256,
  patience: null,
  validationFraction: 0.1,
  ...options,
});

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
  check(kind === "MLPClassifier", "kind", '"LogisticRegression" or "MLPClassifier"', kind);
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
