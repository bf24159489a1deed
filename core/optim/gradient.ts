// What may happen to gradients and weights around an optimizer's step, as functions from tree to tree: clipping,
// accumulation over batches, and a moving average of weights.
import { ArgumentError } from "@millrace/kernels";
import { full, type Tensor, zeros } from "../tensor/tensor.ts";
import { flattenTree, mapTrees } from "../tensor/tree.ts";

const checkBound = (name: string, bound: number): void => {
  if (!(bound > 0)) throw new ArgumentError(`${name}: the largest value must be above 0, but is ${bound}`);
};

/** Euclidean length of all tensors of a tree together, f32 []. */
export const globalNorm = (tree: unknown): Tensor =>
  flattenTree(tree, "the tree")
    .map((own) => own.square().sum())
    .reduce((sum, own) => sum.add(own), zeros([]))
    .sqrt();

/**
 * A gradient no longer than `largest`, in its own direction (Pascanu, Mikolov, Bengio 2013), and the length that it had.
 * @throws ArgumentError unless largest is above 0
 * @example const { gradient, norm } = clipByGlobalNorm(grad(loss)(weights), 1);
 */
export const clipByGlobalNorm = <P>(gradient: P, largest: number): { gradient: P; norm: Tensor } => {
  checkBound("clipByGlobalNorm", largest);
  const norm = globalNorm(gradient);
  // As PyTorch: 1e-6 keeps a gradient of zeros from a division by zero.
  const factor = full([], largest).divide(norm.add(1e-6)).minimum(1);
  return { gradient: mapTrees((own) => own.multiply(factor), gradient), norm };
};

/** A gradient whose elements lie between -largest and largest. @throws ArgumentError unless largest is above 0 */
export const clipByValue = <P>(gradient: P, largest: number): P => {
  checkBound("clipByValue", largest);
  return mapTrees((own) => own.maximum(-largest).minimum(largest), gradient);
};

/** Gradients of several batches on their way to one step. */
export interface AccumulatedGradient<P> {
  readonly sum: P;
  /** How many were added, f32 []. */
  readonly count: Tensor;
}

/** None yet, for parameters of a form; also what follows a step. */
export const startAccumulation = <P>(parameters: P): AccumulatedGradient<P> => ({
  sum: mapTrees((value) => zeros(value.shape), parameters),
  count: zeros([]),
});

/** One batch's gradient more. Compile it with the accumulation donated and it adds in place. */
export const accumulateGradient = <P>({ sum, count }: AccumulatedGradient<P>, gradient: P): AccumulatedGradient<P> => ({
  sum: mapTrees((total, own) => total.add(own), sum, gradient),
  count: count.add(1),
});

/** The mean of the gradients that were added: that of one batch of all of them, if the batches are of one size. */
export const accumulatedGradient = <P>({ sum, count }: AccumulatedGradient<P>): P =>
  mapTrees((total) => total.divide(count), sum);

/**
 * Exponential moving average of weights (Polyak and Juditsky 1992): average * decay + values * (1 - decay).
 * @param decay from 0 to 1, or f32 [] to change it from step to step
 * @example const step = (state) => ({ ...state, average: movingAverage(state.average, state.weights, 0.999) });
 */
export const movingAverage = <P>(average: P, values: P, decay: number | Tensor): P => {
  if (typeof decay === "number" && !(decay >= 0 && decay <= 1))
    throw new ArgumentError(`movingAverage: decay must be from 0 to 1, but is ${decay}`);
  const rest = typeof decay === "number" ? 1 - decay : decay.negate().add(1);
  return mapTrees((old, own) => old.multiply(decay).add(own.multiply(rest)), average, values);
};
