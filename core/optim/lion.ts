// Lion (Chen and others 2023, algorithm 2): the sign of a momentum, so one moment instead of Adam's two. It wants a
// learning rate 3 to 10 times smaller than Adam's.
import { type Tensor, zeros } from "../tensor/tensor.ts";
import { mapTrees } from "../tensor/tree.ts";
import { decayed, type WeightDecayOptions } from "./weight-decay.ts";

/** Options of lion. */
export interface LionOptions extends WeightDecayOptions {
  /** Share of the moment in the step's direction. Default 0.9. */
  readonly beta1?: number | undefined;
  /** Share of the moment that stays. Default 0.99. */
  readonly beta2?: number | undefined;
}

/** A tree of parameters with their moments; all f32. */
export interface LionState<P> {
  readonly parameters: P;
  readonly moment: P;
}

/** The state before the first step. */
export const lionState = <P>(parameters: P): LionState<P> => ({
  parameters,
  moment: mapTrees((value) => zeros(value.shape), parameters),
});

/** One step, lazily: the state after it. Weights decay by rate * weightDecay (default 0). @param learningRate f32 [] */
export const lionStep = <P>(
  state: LionState<P>,
  gradient: P,
  learningRate: Tensor,
  options: LionOptions = {},
): LionState<P> => {
  const { beta1 = 0.9, beta2 = 0.99 } = options;
  const blend =
    (share: number) =>
    (old: Tensor, own: Tensor): Tensor =>
      old.multiply(share).add(own.multiply(1 - share));
  const direction = mapTrees(blend(beta1), state.moment, gradient);
  const parameters = mapTrees(
    (value, step) => value.subtract(step.sign().multiply(learningRate)),
    decayed(state.parameters, learningRate, options),
    direction,
  );
  return { parameters, moment: mapTrees(blend(beta2), state.moment, gradient) };
};
