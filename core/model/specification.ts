// Estimators as plain values: what a model is before it is fitted. JSON, and the same in code, in GraphQL and in a bundle.
import { constructorOf } from "./constructor-of.ts";

interface GradientDescent {
  /**
   * Penalty: l2 / 2 times the sum of squared weights (biases are free) is added to the mean cross-entropy (of a quantity,
   * half the mean squared error). scikit-learn's LogisticRegression has C = 1 / (l2 * rows); its perceptrons have
   * alpha = l2 * rows of a batch.
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

interface Perceptron extends GradientDescent {
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

/** A multi-layer perceptron that tells classes apart, trained by Adam on their cross-entropy. */
export interface MLPClassifier extends Perceptron {
  readonly kind: "MLPClassifier";
}

/**
 * A multi-layer perceptron that predicts a quantity, trained by Adam on half the mean squared error. It learns the quantity less its mean, in its deviations, so that no
 * unit of it suits better than another; scikit-learn leaves that to TransformedTargetRegressor.
 */
export interface MLPRegressor extends Perceptron {
  readonly kind: "MLPRegressor";
}

/** An estimator that is trained as a network over batches of rows. */
export type NetworkEstimator = LogisticRegression | MLPClassifier | MLPRegressor;

/** Any estimator by its specification: `kind`, and the options of that kind. estimators.ts has those beside the networks. */
export interface EstimatorSpecification {
  readonly kind: string;
}

/** An estimator of any kind. */
export type Estimator = NetworkEstimator | EstimatorSpecification;

/** True for an estimator that is trained as a network. */
export const isNetwork = (estimator: EstimatorSpecification): estimator is NetworkEstimator =>
  ["LogisticRegression", "MLPClassifier", "MLPRegressor"].includes(estimator.kind);

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

const perceptron = {
  hiddenLayerSizes: [100],
  activation: "relu",
  l2: 1e-4,
  learningRate: 0.001,
  epochs: 200,
  batchSize: 256,
  patience: null,
  validationFraction: 0.1,
} as const;

/**
 * A multi-layer perceptron for classes. Defaults: one hidden layer of 100 units, relu, l2 1e-4, learningRate 0.001,
 * epochs 200, batchSize 256, no early stopping.
 * @example mlpClassifier({ hiddenLayerSizes: [64, 32], patience: 10 })
 */
export const mlpClassifier = constructorOf<MLPClassifier>({ kind: "MLPClassifier", ...perceptron });

/**
 * A multi-layer perceptron for a quantity, with the defaults of mlpClassifier.
 * @example mlpRegressor({ hiddenLayerSizes: [64, 32], activation: "tanh" })
 */
export const mlpRegressor = constructorOf<MLPRegressor>({ kind: "MLPRegressor", ...perceptron });
