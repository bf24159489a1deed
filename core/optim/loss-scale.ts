// Mixed precision training: parameters and optimizer in f32, the model in f16, and a scaled loss, so that small gradients do
// not fall below f16's smallest number (Micikevicius and others 2018). Where PyTorch's GradScaler asks the host whether to
// skip a step, here the step chooses for itself, so it compiles as one plan.
import { ArgumentError } from "@millrace/kernels";
import { all } from "../tensor/statistics.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { flattenTree, mapTrees } from "../tensor/tree.ts";
import { valueAndGradWithAuxiliary } from "../transform/gradient.ts";

/** The loss's factor, and what it depends on; a part of the training state like the optimizer's. */
export interface LossScale {
  /** f32 []. */
  readonly scale: Tensor;
  /** Steps with finite gradients since the scale last changed, i32 []. */
  readonly steps: Tensor;
}

/** Options of adjustLossScale; the defaults are PyTorch's. */
export interface LossScaleOptions {
  /** Factor on the scale after `growthInterval` good steps; default 2. */
  readonly growthFactor?: number | undefined;
  /** Factor on the scale after a step whose gradient was not finite; default 0.5. */
  readonly backoffFactor?: number | undefined;
  /** Default 2000. */
  readonly growthInterval?: number | undefined;
}

/**
 * The scale before the first step.
 * @param initial default 2^15: the largest power of two that f16 holds, so that a loss in f16 can be scaled by it
 * @throws ArgumentError unless initial is at least 1 and finite
 */
export const lossScale = (initial = 2 ** 15): LossScale => {
  if (!(initial >= 1 && Math.fround(initial) < Number.POSITIVE_INFINITY))
    throw new ArgumentError(`lossScale: the first scale must be a number from 1 on, but is ${initial}`);
  return { scale: tensor(initial), steps: tensor(0, [], "i32") };
};

/** A tree whose f32 and f16 tensors are of one float dtype; others stay. @example castFloats(weights, "f16") */
export const castFloats = <T>(tree: T, dtype: "f16" | "f32"): T =>
  mapTrees((own) => (own.dtype === "f32" || own.dtype === "f16" ? own.to(dtype) : own), tree);

/** bool []: no tensor of a tree holds NaN or an infinity. */
export const allFinite = (tree: unknown): Tensor =>
  flattenTree(tree, "the tree")
    .map((own) => all(own.isFinite()))
    .reduce((both, own) => both.and(own), tensor(true));

/** Of two trees of one form, the first where a bool [] is true, else the second. */
export const selectTrees = <T>(condition: Tensor, first: T, second: T): T =>
  mapTrees((own, other) => condition.where(own, other), first, second);

/**
 * As valueAndGrad, with f32 parameters handed to `fn` as f16, the loss scaled for the way back, and the gradient brought
 * back to its size in f32. It may hold NaN or infinities: `finite`, bool [], says whether it does not. Convert the other
 * inputs to f16 as well, and the last outputs to f32 before a loss that adds up many terms.
 * @param fn gives one number from the parameters in f16
 * @throws ArgumentError when called, if `fn` does not give a single f32 or f16 number
 * @example
 * const step = compile((state: State, x: Tensor, y: Tensor) => {
 *   const { gradient, finite } = scaledValueAndGrad(loss)(state.scaling, state.adam.parameters, x.to("f16"), y);
 *   const adam = selectTrees(finite, adamStep(state.adam, gradient, rate), state.adam);
 *   return { adam, scaling: adjustLossScale(state.scaling, finite) };
 * }, { donate: [0] });
 */
export const scaledValueAndGrad =
  <P, Rest extends readonly unknown[]>(fn: (parameters: P, ...rest: Rest) => Tensor) =>
  ({ scale }: LossScale, parameters: P, ...rest: Rest): { value: Tensor; gradient: P; finite: Tensor } => {
    const found = valueAndGradWithAuxiliary((own: P, ...more: Rest) => {
      const loss = fn(castFloats(own, "f16"), ...more).to("f32");
      return { value: loss.multiply(scale), auxiliary: loss };
    })(parameters, ...rest);
    const gradient = mapTrees((own) => own.divide(scale), found.gradient);
    return { value: found.auxiliary, gradient, finite: allFinite(gradient) };
  };

/**
 * The scale for the next step: grown after an interval of good steps while it stays finite, cut back after a bad one, but
 * not below 1.
 * @param finite bool []: the step's gradient was finite
 * @throws ArgumentError unless growthFactor is above 1, backoffFactor between 0 and 1, growthInterval a whole number above 0
 */
export const adjustLossScale = (
  { scale, steps }: LossScale,
  finite: Tensor,
  options: LossScaleOptions = {},
): LossScale => {
  const { growthFactor = 2, backoffFactor = 0.5, growthInterval = 2000 } = options;
  if (
    !(
      growthFactor > 1 &&
      backoffFactor > 0 &&
      backoffFactor < 1 &&
      growthInterval > 0 &&
      Number.isInteger(growthInterval)
    )
  )
    throw new ArgumentError(
      `adjustLossScale: growthFactor must be above 1, backoffFactor between 0 and 1 and growthInterval a whole number above 0, but they are ${growthFactor}, ${backoffFactor} and ${growthInterval}`,
    );
  const done = steps.add(1);
  const grows = done.greaterEqual(growthInterval);
  const grown = scale.multiply(growthFactor);
  const larger = grows.and(grown.isFinite()).where(grown, scale);
  return {
    scale: finite.where(larger, scale.multiply(backoffFactor).maximum(1)),
    steps: finite.and(grows.not()).where(done, 0),
  };
};
