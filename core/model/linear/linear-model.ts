// What every fitted linear regression keeps and how it predicts: features less their means, times coefficients. Near the
// means the products are small, so float32 keeps the digits that large offsets would cost.
import { ArgumentError } from "@millrace/kernels";
import type { NamedTensors } from "../../preprocess/features.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FitData, FittedModel, ModelOutputs, Plain } from "../estimator.ts";
import { parameterOf } from "../parameter-of.ts";
import { dot } from "./householder.ts";
import type { LeastSquaresProblem } from "./least-squares.ts";

/** The rows of a regression. @throws ArgumentError without a target */
export const regressionOf = (kind: string, { x, target, weights }: FitData): LeastSquaresProblem => {
  if (!target) throw new ArgumentError(`${kind}: a regression takes a target, one finite number a row`);
  return { rows: x.rows, columns: x.columns, x: x.data, y: target, weights };
};

/** @param mean what is taken off the features, float64 [columns] */
export const regressionModel = (
  coefficients: Float64Array,
  intercept: number,
  mean: Float64Array,
  found: { readonly [name: string]: Plain },
): FittedModel => {
  const origin = Float32Array.from(mean);
  const atOrigin = intercept + dot(coefficients, Float64Array.from(origin));
  return {
    parameters: {
      origin: { shape: [origin.length], data: origin },
      coefficients: { shape: [origin.length, 1], data: Float32Array.from(coefficients) },
      atOrigin: { shape: [1], data: Float32Array.of(atOrigin) },
    },
    state: { coefficients: [...coefficients], intercept, ...found },
  };
};

export const predictRegression = (features: Tensor, parameters: NamedTensors): ModelOutputs => ({
  prediction: features
    .subtract(parameterOf(parameters, "origin"))
    .matmul(parameterOf(parameters, "coefficients"))
    .reshape([features.shape[0] ?? 0])
    .add(parameterOf(parameters, "atOrigin")),
});
