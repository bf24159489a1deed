// Stochastic gradient descent with momentum, plain (Polyak 1964) or Nesterov's, in the form that PyTorch uses
// (Sutskever and others 2013): the velocity is a sum of gradients, and the learning rate scales the whole step.
import { ArgumentError } from "@millrace/kernels";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import { mapTrees } from "../tensor/tree.ts";

/** Options of gradient descent. */
export interface GradientDescentOptions {
  /** Share of the velocity that stays. Default 0. */
  readonly momentum?: number | undefined;
  /** Look ahead along the velocity. Default false. */
  readonly nesterov?: boolean | undefined;
  /** Factor of the parameter that is added to its gradient: an l2 penalty. Default 0. */
  readonly weightDecay?: number | undefined;
}

/** A tree of parameters with their velocities; all f32. */
export interface GradientDescentState<P> {
  readonly parameters: P;
  readonly velocity: P;
}

/** The state before the first step. */
export const gradientDescentState = <P>(parameters: P): GradientDescentState<P> => ({
  parameters,
  velocity: mapTrees((value) => zeros(value.shape), parameters),
});

/**
 * One step, lazily: the state after it.
 * @param learningRate f32 []
 * @throws ArgumentError when the gradient's form is not the parameters', or Nesterov's step has no momentum
 * @example gradientDescentStep(state, gradient, tensor(0.1), { momentum: 0.9, nesterov: true })
 */
export const gradientDescentStep = <P>(
  state: GradientDescentState<P>,
  gradient: P,
  learningRate: Tensor,
  options: GradientDescentOptions = {},
): GradientDescentState<P> => {
  const { momentum = 0, nesterov = false, weightDecay = 0 } = options;
  if (nesterov && !(momentum > 0))
    throw new ArgumentError(`gradientDescentStep: nesterov needs a momentum above 0, but it is ${momentum}`);
  const slope =
    weightDecay === 0
      ? gradient
      : mapTrees((own, value) => own.add(value.multiply(weightDecay)), gradient, state.parameters);
  const velocity = mapTrees((old, own) => old.multiply(momentum).add(own), state.velocity, slope);
  const direction = nesterov ? mapTrees((own, fast) => own.add(fast.multiply(momentum)), slope, velocity) : velocity;
  const parameters = mapTrees(
    (value, step) => value.subtract(step.multiply(learningRate)),
    state.parameters,
    direction,
  );
  return { parameters, velocity };
};
