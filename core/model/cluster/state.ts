// What a fitted clustering tells beside its tensors, where it is small.
import { ArgumentError } from "@millrace/kernels";
import type { NamedTensors } from "../../preprocess/features.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { FitData, Plain } from "../estimator.ts";
import { parameterOf } from "../parameter-of.ts";

/** Most numbers of a list that a state keeps: labels of 10,000 training rows are some 30 KB of JSON. */
const smallList = 10_000;

/** Numbers as the state keeps them; null where they are many. */
export const smallListOf = (values: ArrayLike<number>): Plain =>
  values.length <= smallList ? Array.from(values) : null;

/** Features as the fitted rows were: relative to their origin. */
export const placed = (features: Tensor, parameters: NamedTensors): Tensor =>
  features.subtract(parameterOf(parameters, "origin"));

/** @throws ArgumentError when there are fewer rows of any weight than clusters, or rows than weights */
export const checkClusterRows = (kind: string, clusters: number, { x, weights }: FitData): void => {
  const counted = weights ? weights.filter((weight) => weight > 0).length : x.rows;
  if (counted < clusters)
    throw new ArgumentError(`${kind}: there are ${clusters} clusters to find in ${counted} rows; ask for fewer`);
};
