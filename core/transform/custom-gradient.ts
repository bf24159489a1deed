// Gradients of one's own: none (stopGradient), given (customGradient), or by computing again (recompute).
import { ArgumentError, describeType, sameType } from "@millrace/kernels";
import { multiply, reduce } from "../graph/build.ts";
import { gradient } from "../graph/gradient.ts";
import type { GradientRule } from "../graph/gradient-rules.ts";
import { apply, applyOp, inputValue, type Value } from "../graph/node.ts";
import { substitute } from "../graph/rebuild.ts";
import { Tensor } from "../tensor/tensor.ts";

const marked = (value: Value, inputs: readonly Value[], rule: GradientRule): Tensor => {
  const [result = value] = applyOp("identity", [value, ...inputs], {}, rule);
  return new Tensor(result);
};

/** The same value, through which no gradient flows. @example loss(stopGradient(target)) */
export const stopGradient = (x: Tensor): Tensor => marked(x.value, [], () => [undefined]);

/**
 * A function with a gradient of one's own.
 * @param fn the function, of tensors to one tensor
 * @param backward from the gradient of the result, the result and the arguments: one gradient for each argument
 * @throws ArgumentError when a gradient's type differs from its argument's
 * @example
 * const straightThrough = customGradient((x: Tensor) => x.floor(), (g) => [g]);
 */
export const customGradient =
  <A extends readonly Tensor[]>(
    fn: (...args: A) => Tensor,
    backward: (upstream: Tensor, result: Tensor, ...args: A) => readonly Tensor[],
  ) =>
  (...args: A): Tensor => {
    const inputs = args.map((argument) => argument.value);
    const rule: GradientRule = (g, { inputs: [result, ...own] }) => {
      // The rule sees the node's present inputs, which a transform may have replaced; they are as many as the arguments.
      const tensors = own.map((value) => new Tensor(value)) as unknown as A;
      const gradients = backward(new Tensor(g), new Tensor(result ?? g), ...tensors);
      own.forEach((input, i) => {
        const given = gradients[i];
        if (!given || !sameType(given.value.type, input.type))
          throw new ArgumentError(
            `customGradient: argument ${i} is ${describeType(input.type)}, but its gradient is ${given ? describeType(given.value.type) : "missing"}; give one of the same type for each argument`,
          );
      });
      return [undefined, ...gradients.map((given) => given.value)];
    };
    return marked(fn(...args).value, inputs, rule);
  };

/**
 * The same function, whose insides are computed again for its gradient instead of being kept: less memory, more work.
 * @example const block = recompute((x: Tensor, w: Tensor) => x.matmul(w).relu());
 */
export const recompute =
  <A extends readonly Tensor[]>(fn: (...args: A) => Tensor) =>
  (...args: A): Tensor => {
    const places = args.map((argument) => inputValue(argument.value.type));
    // Only tensors were replaced, by tensors of the same types.
    const body = fn(...(places.map((value) => new Tensor(value)) as unknown as A)).value;
    const bind = (values: readonly Value[], to: readonly Value[]): Value[] =>
      substitute(values, new Map(places.map((place, i) => [place, to[i] ?? place])));
    const rule: GradientRule = (g, { inputs: [, ...own] }) => {
      const upstream = inputValue(g.type);
      const gradients = gradient(reduce("sum", multiply(body, upstream)), places);
      // The identity keeps the second computation apart from the first, and the gradient makes it wait for g.
      const again = own.map((value) => apply("identity", [value, g]));
      return [undefined, ...substitute(bind(gradients, again), new Map([[upstream, g]]))];
    };
    const inputs = args.map((argument) => argument.value);
    const [value = body] = bind([body], inputs);
    return marked(value, inputs, rule);
  };
