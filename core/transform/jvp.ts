// Forward-mode derivative from the reverse-mode rules alone: the gradient is linear in its upstream u, so the derivative
// of (gradient . tangent) for u is the directional derivative (J. Townsend, "A new trick for calculating Jacobian vector
// products", 2017). One table of rules serves both modes; what depended on u is gone from the plan.
import { ArgumentError } from "@millrace/kernels";
import { broadcastTo, constant, multiply, reduce } from "../graph/build.ts";
import { gradient } from "../graph/gradient.ts";
import { inputValue, type Value } from "../graph/node.ts";
import { substitute } from "../graph/rebuild.ts";
import { Tensor } from "../tensor/tensor.ts";
import { describeTree, flattenTree, rebuildTree } from "../tensor/tree.ts";

const total = (terms: readonly Value[]): Value =>
  terms
    .map((term) => reduce("sum", term))
    .reduce((sum, term) => new Tensor(sum).add(new Tensor(term)).value, constant(0));

/**
 * The value of `fn` and its derivative in the direction of `tangents`, a tree of the same form as its one argument.
 * @throws ArgumentError when the direction's shapes differ from the argument's
 * @example
 * const { value, tangent } = jvp((x: Tensor) => x.square())(tensor([1, 2]), tensor([1, 0]));
 * await tangent.toArray(); // [2, 0]
 */
export const jvp =
  <P, R>(fn: (parameters: P) => R) =>
  (parameters: P, tangents: P): { value: R; tangent: R } => {
    const [form, direction] = [describeTree(parameters), describeTree(tangents)];
    if (form !== direction)
      throw new ArgumentError(`jvp: the direction is ${direction}, but the argument is ${form}; they must be alike`);
    const actual = flattenTree(parameters).map((tensor) => tensor.value);
    const along = flattenTree(tangents).map((tensor) => tensor.value);
    const placeholders = actual.map((value) => inputValue(value.type));
    const result = fn(
      rebuildTree(
        parameters,
        placeholders.map((value) => new Tensor(value)),
      ),
    );
    const outputs = flattenTree(result, "the result").map((tensor) => tensor.value);
    const upstreams = outputs.map((output) => inputValue(output.type));
    const weighted = total(outputs.map((output, i) => multiply(output, upstreams[i] ?? output)));
    const reverse = gradient(weighted, placeholders);
    const directional = total(reverse.map((value, i) => multiply(value, along[i] ?? value)));
    const tangentValues = gradient(directional, upstreams);
    const replacements = new Map<Value, Value>([
      ...placeholders.map((placeholder, i): [Value, Value] => [placeholder, actual[i] ?? placeholder]),
      ...upstreams.map((upstream): [Value, Value] => [
        upstream,
        broadcastTo(constant(0, upstream.type.dtype), upstream.type.shape),
      ]),
    ]);
    const all = substitute([...outputs, ...tangentValues], replacements).map((value) => new Tensor(value));
    return {
      value: rebuildTree(result, all.slice(0, outputs.length)),
      tangent: rebuildTree(result, all.slice(outputs.length)),
    };
  };
