// Decay of weights apart from the gradient, as AdamW and Lion do it.
import type { Tensor } from "../tensor/tensor.ts";
import { mapTrees } from "../tensor/tree.ts";

/** Decay of weights, for the optimizers that take it. */
export interface WeightDecayOptions {
  /** Share of itself that a parameter loses at a learning rate of 1. */
  readonly weightDecay?: number | undefined;
  /** Which parameters decay. Default all; biases and scales are often spared: (parameter) => parameter.rank > 1. */
  readonly decays?: ((parameter: Tensor) => boolean) | undefined;
}

/** Parameters times 1 - learningRate * weightDecay. */
export const decayed = <P>(parameters: P, learningRate: Tensor, options: WeightDecayOptions): P => {
  const { weightDecay = 0, decays = () => true } = options;
  if (weightDecay === 0) return parameters;
  const kept = learningRate.multiply(-weightDecay).add(1);
  return mapTrees((value) => (decays(value) ? value.multiply(kept) : value), parameters);
};
