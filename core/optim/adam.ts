// Adam (Kingma and Ba 2015, algorithm 1). Its whole state is tensors, the powers of the decay rates included, so that a
// compiled step is the same for every step and a checkpoint of the state loses nothing.
import { concatenate, Tensor, tensor, zeros } from "../tensor/tensor.ts";

export interface AdamOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

/** Parameters by name with their running moments; all f32. */
export interface AdamState {
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly first: Readonly<Record<string, Tensor>>;
  readonly second: Readonly<Record<string, Tensor>>;
  /** beta1 and beta2 to the power of the steps done; 1 and 1 at the beginning. */
  readonly powers: Tensor;
}

const mapNamed = <From, To>(record: Readonly<Record<string, From>>, change: (value: From, name: string) => To) =>
  Object.fromEntries(Object.entries(record).map(([name, value]): [string, To] => [name, change(value, name)]));

/** The state before the first step. */
export const adamState = (parameters: Readonly<Record<string, Tensor>>): AdamState => ({
  parameters,
  first: mapNamed(parameters, (value) => zeros(value.shape)),
  second: mapNamed(parameters, (value) => zeros(value.shape)),
  powers: tensor([1, 1]),
});

/**
 * One step, lazily: the state after it. Compile it with the state donated and it updates in place.
 * @param learningRate f32 [], as data so that it may change from step to step
 * @example
 * const step = compile((state: AdamState, x: Tensor, rate: Tensor) =>
 *   adamStep(state, grad(loss)(state.parameters, x), rate), { donate: [0] });
 */
export const adamStep = (
  state: AdamState,
  gradient: Readonly<Record<string, Tensor>>,
  learningRate: Tensor,
  options: AdamOptions = {},
): AdamState => {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const power1 = state.powers.slice([0], [1]).multiply(beta1);
  const power2 = state.powers.slice([1], [1]).multiply(beta2);
  const correction1 = power1.negate().add(1);
  const correction2 = power2.negate().add(1);
  const of = (record: Readonly<Record<string, Tensor>>, name: string): Tensor => {
    const found = record[name];
    if (!(found instanceof Tensor)) throw new RangeError(`adam: there is no tensor "${name}" beside the parameters`);
    return found;
  };
  const first = mapNamed(state.first, (moment, name) =>
    moment.multiply(beta1).add(of(gradient, name).multiply(1 - beta1)),
  );
  const second = mapNamed(state.second, (moment, name) =>
    moment.multiply(beta2).add(
      of(gradient, name)
        .square()
        .multiply(1 - beta2),
    ),
  );
  const parameters = mapNamed(state.parameters, (value, name) => {
    const mean = of(first, name).divide(correction1);
    const deviation = of(second, name).divide(correction2).sqrt().add(epsilon);
    return value.subtract(mean.divide(deviation).multiply(learningRate));
  });
  return { parameters, first, second, powers: concatenate([power1, power2]) };
};
