// RMSProp (Hinton 2012) and Adagrad (Duchi, Hazan, Singer 2011): steps divided by the root of past squared gradients, a
// running mean of them or their sum. The definitions are PyTorch's.
import { full, type Tensor, zeros } from "../tensor/tensor.ts";
import { mapTrees } from "../tensor/tree.ts";

/** Options of rmsprop. */
export interface RmspropOptions {
  /** Share of the old mean square that stays. Default 0.99. */
  readonly decay?: number | undefined;
  /** Default 1e-8. */
  readonly epsilon?: number | undefined;
  /** Share of the velocity that stays. Default 0. */
  readonly momentum?: number | undefined;
}

/** A tree of parameters with the running means of their squared gradients and their velocities; all f32. */
export interface RmspropState<P> {
  readonly parameters: P;
  readonly square: P;
  readonly velocity: P;
}

/** The state before the first step. */
export const rmspropState = <P>(parameters: P): RmspropState<P> => ({
  parameters,
  square: mapTrees((value) => zeros(value.shape), parameters),
  velocity: mapTrees((value) => zeros(value.shape), parameters),
});

/** One step of RMSProp, lazily: the state after it. @param learningRate f32 [] */
export const rmspropStep = <P>(
  state: RmspropState<P>,
  gradient: P,
  learningRate: Tensor,
  options: RmspropOptions = {},
): RmspropState<P> => {
  const { decay = 0.99, epsilon = 1e-8, momentum = 0 } = options;
  const square = mapTrees(
    (old, own) => old.multiply(decay).add(own.square().multiply(1 - decay)),
    state.square,
    gradient,
  );
  const velocity = mapTrees(
    (old, own, mean) => old.multiply(momentum).add(own.divide(mean.sqrt().add(epsilon))),
    state.velocity,
    gradient,
    square,
  );
  const parameters = mapTrees((value, step) => value.subtract(step.multiply(learningRate)), state.parameters, velocity);
  return { parameters, square, velocity };
};

/** Options of adagrad. */
export interface AdagradOptions {
  /** Default 1e-10. */
  readonly epsilon?: number | undefined;
}

/** A tree of parameters with the sums of their squared gradients; all f32. */
export interface AdagradState<P> {
  readonly parameters: P;
  readonly square: P;
}

/** The state before the first step. @param start first value of the sums; default 0 */
export const adagradState = <P>(parameters: P, start = 0): AdagradState<P> => ({
  parameters,
  square: mapTrees((value) => full(value.shape, start), parameters),
});

/** One step of Adagrad, lazily: the state after it. @param learningRate f32 [] */
export const adagradStep = <P>(
  state: AdagradState<P>,
  gradient: P,
  learningRate: Tensor,
  options: AdagradOptions = {},
): AdagradState<P> => {
  const { epsilon = 1e-10 } = options;
  const square = mapTrees((old, own) => old.add(own.square()), state.square, gradient);
  const parameters = mapTrees(
    (value, own, sum) => value.subtract(own.divide(sum.sqrt().add(epsilon)).multiply(learningRate)),
    state.parameters,
    gradient,
    square,
  );
  return { parameters, square };
};
