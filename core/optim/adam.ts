// Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019). The whole state is tensors, the powers of
// the decay rates included, so that a compiled step is the same for every step and a checkpoint of the state loses nothing.
import { concatenate, full, type Tensor, tensor, zeros } from "../tensor/tensor.ts";
import { mapTrees } from "../tensor/tree.ts";
import { decayed, type WeightDecayOptions } from "./weight-decay.ts";

/** Options of adam. */
export interface AdamOptions {
  /** Default 0.9. */
  readonly beta1?: number | undefined;
  /** Default 0.999. */
  readonly beta2?: number | undefined;
  /** Default 1e-8. */
  readonly epsilon?: number | undefined;
}

/** A tree of parameters with their running moments; all f32. */
export interface AdamState<P = Readonly<Record<string, Tensor>>> {
  readonly parameters: P;
  readonly first: P;
  readonly second: P;
  /** beta1 and beta2 to the power of the steps done; 1 and 1 at the beginning. */
  readonly powers: Tensor;
}

/** The state before the first step. */
export const adamState = <P>(parameters: P): AdamState<P> => ({
  parameters,
  first: mapTrees((value) => zeros(value.shape), parameters),
  second: mapTrees((value) => zeros(value.shape), parameters),
  powers: tensor([1, 1]),
});

/**
 * One step, lazily: the state after it. Compile it with the state donated and it updates in place.
 * @param learningRate f32 [], as data so that it may change from step to step
 * @throws ArgumentError when the gradient's form is not the parameters'
 * @example
 * const step = compile((state: AdamState, x: Tensor, rate: Tensor) =>
 *   adamStep(state, grad(loss)(state.parameters, x), rate), { donate: [0] });
 */
export const adamStep = <P>(
  state: AdamState<P>,
  gradient: P,
  learningRate: Tensor,
  options: AdamOptions = {},
): AdamState<P> => {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const power1 = state.powers.slice([0], [1]).multiply(beta1);
  const power2 = state.powers.slice([1], [1]).multiply(beta2);
  // The corrections as two scalars, so that an element costs one division and one root: with a division by each it took
  // the divider, not memory, to its limit.
  const size = learningRate.divide(power1.negate().add(1).reshape([]));
  const root = power2.negate().add(1).reshape([]).sqrt();
  const scale = full([], 1).divide(root);
  const first = mapTrees((moment, own) => moment.multiply(beta1).add(own.multiply(1 - beta1)), state.first, gradient);
  const second = mapTrees(
    (moment, own) => moment.multiply(beta2).add(own.square().multiply(1 - beta2)),
    state.second,
    gradient,
  );
  const parameters = mapTrees(
    (value, moment, square) => {
      const deviation = square.sqrt().multiply(scale).add(epsilon);
      return value.subtract(moment.divide(deviation).multiply(size));
    },
    state.parameters,
    first,
    second,
  );
  return { parameters, first, second, powers: concatenate([power1, power2]) };
};

/**
 * One step of AdamW: Adam's, on parameters that decay by rate * weightDecay apart from the gradient. Its state is Adam's.
 * @param options.weightDecay default 0.01
 * @example adamWStep(state, gradient, tensor(1e-3), { decays: (parameter) => parameter.rank > 1 })
 */
export const adamWStep = <P>(
  state: AdamState<P>,
  gradient: P,
  learningRate: Tensor,
  options: AdamOptions & WeightDecayOptions = {},
): AdamState<P> => {
  const parameters = decayed(state.parameters, learningRate, { weightDecay: 0.01, ...options });
  return adamStep({ ...state, parameters }, gradient, learningRate, options);
};
