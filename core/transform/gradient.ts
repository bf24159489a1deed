// grad and valueAndGrad: from a function of tensors to the function that gives its gradient. Lazy like every tensor, and
// so free to be nested and compiled.
import { ArgumentError } from "@millrace/kernels";
import { gradient } from "../graph/gradient.ts";
import { inputValue, type Value } from "../graph/node.ts";
import { substitute } from "../graph/rebuild.ts";
import { Tensor } from "../tensor/tensor.ts";
import { describeTree, flattenTree, rebuildTree } from "../tensor/tree.ts";

/**
 * As valueAndGrad, for a function that gives more than its loss: predictions, or the running statistics of a batch
 * normalisation. The gradient is of `value`; `auxiliary`, a tree of tensors, is handed on.
 * @throws ArgumentError when called, if `value` is not a single f32 number
 * @example
 * const { gradient, auxiliary } = valueAndGradWithAuxiliary((w: Tensor) => ({ value: w.square().sum(), auxiliary: w.max() }))(w);
 */
export const valueAndGradWithAuxiliary =
  <P, Rest extends readonly unknown[], A>(
    fn: (parameters: P, ...rest: Rest) => { readonly value: Tensor; readonly auxiliary: A },
  ) =>
  (parameters: P, ...rest: Rest): { value: Tensor; gradient: P; auxiliary: A } => {
    const actual = flattenTree(parameters);
    for (const { dtype, shape } of actual)
      if (dtype !== "f32" && dtype !== "f16")
        throw new ArgumentError(
          `a gradient is taken for f32 and f16 tensors only, but the first argument holds ${dtype}[${shape.join(", ")}]; convert it with .to("f32"), or pass it as a later argument`,
        );
    const placeholders = actual.map((tensor) => inputValue(tensor.value.type));
    const { value: loss, auxiliary } = fn(
      rebuildTree(
        parameters,
        placeholders.map((value) => new Tensor(value)),
      ),
      ...rest,
    );
    if (!(loss instanceof Tensor))
      throw new ArgumentError(
        `grad needs a function that gives one f32 number as a tensor, but it gave ${describeTree(loss)}; reduce to one with sum() or mean()`,
      );
    const more = flattenTree(auxiliary, "the auxiliary result").map((tensor) => tensor.value);
    const outputs = [loss.value, ...gradient(loss.value, placeholders), ...more];
    const replacements = new Map<Value, Value>(
      placeholders.map((placeholder, i) => [placeholder, actual[i]?.value ?? placeholder]),
    );
    const [value, ...others] = substitute(outputs, replacements).map((output) => new Tensor(output));
    return {
      value: value ?? loss,
      gradient: rebuildTree(parameters, others.slice(0, placeholders.length)),
      auxiliary: rebuildTree(auxiliary, others.slice(placeholders.length)),
    };
  };

/**
 * A function that gives the value of `fn` and its gradient for the first argument, a tensor or a tree of tensors.
 * @param fn gives one f32 number from its arguments
 * @throws ArgumentError when called, if `fn` does not give a single f32 number
 * @example
 * const { value, gradient } = valueAndGrad((w: Tensor) => w.square().sum())(tensor([1, 2]));
 * await gradient.toArray(); // [2, 4]
 */
export const valueAndGrad =
  <P, Rest extends readonly unknown[]>(fn: (parameters: P, ...rest: Rest) => Tensor) =>
  (parameters: P, ...rest: Rest): { value: Tensor; gradient: P } => {
    const { value, gradient } = valueAndGradWithAuxiliary((own: P, ...more: Rest) => ({
      value: fn(own, ...more),
      auxiliary: [],
    }))(parameters, ...rest);
    return { value, gradient };
  };

/**
 * A function that gives the gradient of `fn` for its first argument.
 * @example grad((x: Tensor) => x.exp().sum())(x) // exp(x)
 */
export const grad =
  <P, Rest extends readonly unknown[]>(fn: (parameters: P, ...rest: Rest) => Tensor) =>
  (parameters: P, ...rest: Rest): P =>
    valueAndGrad(fn)(parameters, ...rest).gradient;
