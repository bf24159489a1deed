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
