// Linear models as plain values. Options are named as scikit-learn's.
import { constructorOf } from "../constructor-of.ts";

/** Ordinary least squares, by QR in float64; where columns depend on each other, the solution of least norm. */
export interface LinearRegression {
  readonly kind: "LinearRegression";
  /** Default true. */
  readonly fitIntercept: boolean;
}

/** Least squares with alpha times the sum of squared coefficients (the intercept is free). */
export interface Ridge {
  readonly kind: "Ridge";
  /** At least 0. Default 1. */
  readonly alpha: number;
  /** Default true. */
  readonly fitIntercept: boolean;
}

interface CoordinateDescent {
  /** Above 0: LinearRegression is what 0 would be. Default 1. */
  readonly alpha: number;
  /** Default true. */
  readonly fitIntercept: boolean;
  /** No coefficient below 0. Default false. */
  readonly positive: boolean;
  /** Passes over the columns at most. Default 10000. */
  readonly maxIter: number;
  /** Stops at a duality gap of `tol` times the weighted sum of squares of the centred target. Default 1e-6 (scikit-learn's is 1e-4). */
  readonly tol: number;
}

/** Minimises (1 / 2n) |y - Xw|² + alpha |w|₁. */
export interface Lasso extends CoordinateDescent {
  readonly kind: "Lasso";
}

/** Minimises (1 / 2n) |y - Xw|² + alpha l1Ratio |w|₁ + alpha (1 - l1Ratio) / 2 |w|². */
export interface ElasticNet extends CoordinateDescent {
  readonly kind: "ElasticNet";
  /** 0 to 1. Default 0.5. */
  readonly l1Ratio: number;
}

const descent = { alpha: 1, fitIntercept: true, positive: false, maxIter: 10_000, tol: 1e-6 };

/** Ordinary least squares. @example linearRegression() */
export const linearRegression = constructorOf<LinearRegression>({ kind: "LinearRegression", fitIntercept: true });

/** Ridge regression. @example ridge({ alpha: 0.1 }) */
export const ridge = constructorOf<Ridge>({ kind: "Ridge", alpha: 1, fitIntercept: true });

/** The lasso. @example lasso({ alpha: 0.1 }) */
export const lasso = constructorOf<Lasso>({ kind: "Lasso", ...descent });

/** Elastic net. @example elasticNet({ alpha: 0.1, l1Ratio: 0.7 }) */
export const elasticNet = constructorOf<ElasticNet>({ kind: "ElasticNet", ...descent, l1Ratio: 0.5 });

interface LinearMargin {
  /** Weight of the errors beside the coefficients' squares. Above 0; default 1. */
  readonly C: number;
  /** Default true: a column of `interceptScaling` stands beside the others, and its coefficient is in the penalty too. */
  readonly fitIntercept: boolean;
  /** Default 1. */
  readonly interceptScaling: number;
  /** Passes at most. Default 1000. */
  readonly maxIter: number;
  /** Stops at a duality gap of `tol` times the objective. Default 1e-6. */
  readonly tol: number;
}

/**
 * A linear support vector machine: minimises |w|² / 2 + C Σ max(0, 1 - y xw), or the same of squares, as liblinear does; of
 * more than two classes, each against the rest. Answers margins, the greatest of which is the class.
 */
export interface LinearSVC extends LinearMargin {
  readonly kind: "LinearSVC";
  /** Default "squaredHinge". */
  readonly loss: "hinge" | "squaredHinge";
  /** Factor of C for each class by its code, or "balanced": rows / (classes * rows of the class). Default null. */
  readonly classWeight: "balanced" | readonly number[] | null;
}

/** Minimises |w|² / 2 + C Σ max(0, |y - xw| - epsilon), or the same of squares, as liblinear does. */
export interface LinearSVR extends LinearMargin {
  readonly kind: "LinearSVR";
  /** Default "epsilonInsensitive". */
  readonly loss: "epsilonInsensitive" | "squaredEpsilonInsensitive";
  /** Errors up to this cost nothing. At least 0; default 0. */
  readonly epsilon: number;
}

const margin = { C: 1, fitIntercept: true, interceptScaling: 1, maxIter: 1000, tol: 1e-6 };

/** A linear support vector machine. @example linearSVC({ C: 0.1, loss: "hinge" }) */
export const linearSVC = constructorOf<LinearSVC>({
  kind: "LinearSVC",
  ...margin,
  loss: "squaredHinge",
  classWeight: null,
});

/** Support vector regression. @example linearSVR({ C: 10, epsilon: 0.5 }) */
export const linearSVR = constructorOf<LinearSVR>({
  kind: "LinearSVR",
  ...margin,
  loss: "epsilonInsensitive",
  epsilon: 0,
});
