// A layer is a value: how its parameters begin, and the pure function of parameters and input that it stands for. Its
// parameters are a tree of tensors that the caller holds, so that grad, optimizers and compile see nothing else.
import { ArgumentError, type Shape, ShapeError } from "@millrace/kernels";
import { deriveSeed, splitKey } from "../tensor/random.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { type Initialiser, weightStream } from "./initialise.ts";

/** What a call may add. */
export interface ApplyOptions {
  /** Random key u32[2] for what is random in training (dropout), another at each step; without one nothing is random. */
  readonly key?: Tensor | undefined;
}

/** A layer that remembers nothing between calls. */
export interface Layer<P, O extends ApplyOptions = ApplyOptions> {
  /** First parameters. Equal seeds give equal bytes. */
  initialise(seed: number): P;
  apply(parameters: P, x: Tensor, options?: O): Tensor;
}

/** A layer whose training moves a state that its inference reads: the running statistics of a batch normalisation. */
export interface StatefulLayer<P, S> {
  initialise(seed: number): P;
  initialState(): S;
  /** In inference. */
  apply(parameters: P, x: Tensor, state: S): Tensor;
  /** In training: the value, and the state after it. */
  train(parameters: P, x: Tensor, state: S, options?: ApplyOptions): { value: Tensor; state: S };
}

/** The parameters, or the state, of a layer that has none. */
export type Nothing = Readonly<Record<string, never>>;

/** A first parameter: number `index` of those of a seed. @throws ArgumentError unless its sizes are whole numbers above 0 */
export const firstWeights = (initialiser: Initialiser, shape: Shape, seed: number, index = 0): Tensor => {
  if (!shape.every((size) => Number.isInteger(size) && size > 0))
    throw new ArgumentError(
      `a layer's parameter would have the shape [${shape.join(", ")}]; give it sizes (and groups that divide them) that make whole numbers of at least 1`,
    );
  return tensor(initialiser(shape, weightStream(seed, index)), shape);
};

/** Independent keys from one; all undefined without one. */
export const keysFrom = (key: Tensor | undefined, count: number): (Tensor | undefined)[] => {
  const keys = key && splitKey(key, count);
  return Array.from({ length: count }, (_, i) => keys?.slice([i, 0], [1, 2]).reshape([2]));
};

/** @throws ShapeError unless the last axis of x has a size */
export const checkWidth = (name: string, x: Tensor, width: number): void => {
  if (x.rank < 1 || x.shape[x.rank - 1] !== width)
    throw new ShapeError(`${name} takes [..., ${width}], but got [${x.shape.join(", ")}]`);
};

/** A layer without parameters, from a function. @example functionLayer((x) => x.relu()) */
export const functionLayer = (fn: (x: Tensor) => Tensor): Layer<Nothing> => ({
  initialise: () => ({}),
  apply: (_, x) => fn(x),
});

/**
 * Layers one after another. Its parameters are the list of theirs.
 * @example
 * const network = sequential(linear(4, 16), functionLayer((x) => x.relu()), linear(16, 3));
 * const logits = network.apply(network.initialise(7), x);
 */
export const sequential = <P extends readonly unknown[]>(
  ...layers: { readonly [K in keyof P]: Layer<P[K]> }
): Layer<P> => {
  const all: readonly Layer<unknown>[] = layers;
  return {
    // One parameter tree a layer, in the order of the layers: the tuple P.
    initialise: (seed) => all.map((layer, i) => layer.initialise(deriveSeed(seed, i))) as unknown as P,
    apply: (parameters, x, options) => {
      const keys = keysFrom(options?.key, all.length);
      return all.reduce((value, layer, i) => layer.apply(parameters[i], value, { key: keys[i] }), x);
    },
  };
};

/** A layer without state among those with one. */
export const stateless = <P>(layer: Layer<P>): StatefulLayer<P, Nothing> => ({
  initialise: (seed) => layer.initialise(seed),
  initialState: () => ({}),
  apply: (parameters, x) => layer.apply(parameters, x),
  train: (parameters, x, state, options) => ({ value: layer.apply(parameters, x, options), state }),
});

type ParametersOf<L extends readonly unknown[]> = {
  readonly [K in keyof L]: L[K] extends StatefulLayer<infer P, infer _S> ? P : never;
};
type StatesOf<L extends readonly unknown[]> = {
  readonly [K in keyof L]: L[K] extends StatefulLayer<infer _P, infer S> ? S : never;
};

/**
 * Layers with state one after another; wrap those without in stateless(). Parameters and state are the lists of theirs.
 * @example statefulSequential(stateless(linear(4, 16)), batchNorm(16), stateless(linear(16, 3)))
 */
export const statefulSequential = <L extends readonly StatefulLayer<unknown, unknown>[]>(
  ...layers: L
): StatefulLayer<ParametersOf<L>, StatesOf<L>> => ({
  // One tree a layer, in the order of the layers.
  initialise: (seed) => layers.map((layer, i) => layer.initialise(deriveSeed(seed, i))) as ParametersOf<L>,
  initialState: () => layers.map((layer) => layer.initialState()) as StatesOf<L>,
  apply: (parameters, x, state) => layers.reduce((value, layer, i) => layer.apply(parameters[i], value, state[i]), x),
  train: (parameters, x, state, options) => {
    const keys = keysFrom(options?.key, layers.length);
    let value = x;
    const after = layers.map((layer, i) => {
      const result = layer.train(parameters[i], value, state[i], { key: keys[i] });
      value = result.value;
      return result.state;
    });
    return { value, state: after as StatesOf<L> };
  },
});
