// Gradients of attention and of its gradient. The second order, and the gradient of the logarithms, go through the same
// numbers composed of products and a softmax, whose rules give the rest.
import type { Attributes } from "@millrace/kernels";
import { add, broadcastTo, constant, log, matmul, multiply, reduce, reshape, select, subtract } from "../build.ts";
import { gradient } from "../gradient.ts";
import type { GradientRule, RuleContext } from "../gradient-rules.ts";
import { apply, applyOp, inputValue, type Value } from "../node.ts";
import { substitute } from "../rebuild.ts";

const zero = constant(0);
/** Beside any other score its exponential is 0; -Infinity would make NaN of a row that sees nothing. */
const lowest = constant(-3.4028234663852886e38);

/** Whole numbers along an axis of a shape. */
const places = (count: number, shape: readonly number[]): Value =>
  reshape(
    apply("scan", [broadcastTo(constant(1), [count])], { function: "sum", axis: 0, exclusive: true, reverse: false }),
    shape,
  );

interface Composed {
  readonly weights: Value;
  readonly logarithms: Value;
}

/** Weights [..., tokens, keys], zeros where a key is hidden, and the logarithms of their sums [..., tokens]. */
const compose = (q: Value, k: Value, mask: Value | undefined, { scale, causal }: Attributes): Composed => {
  const scores = multiply(matmul(q, k, { transposeB: true }), constant(Number(scale)));
  const [tokens = 0, keys = 0] = scores.type.shape.slice(-2);
  const below =
    causal === true ? apply("lessEqual", [places(keys, [1, keys]), places(tokens, [tokens, 1])]) : undefined;
  const visible = below && mask ? apply("and", [below, mask]) : (below ?? mask);
  const shown = visible ? select(visible, scores, lowest) : scores;
  const last = [scores.type.shape.length - 1];
  const rows = scores.type.shape.slice(0, -1);
  const largest = reduce("maximum", shown, last, true);
  const soft = apply("softmax", [shown], { logarithm: false });
  const exponentials = apply("exp", [subtract(shown, largest)]);
  return {
    weights: visible ? select(visible, soft, zero) : soft,
    logarithms: add(reshape(largest, rows), log(reduce("sum", exponentials, last))),
  };
};

/** Gradients, by the rules of what `fn` is made of, of values that may be or depend on one another. */
const through = (
  inputs: readonly Value[],
  upstreams: readonly (Value | undefined)[],
  fn: (inputs: readonly Value[]) => readonly Value[],
): Value[] => {
  const placeholders = inputs.map(({ type }) => inputValue(type));
  const given = upstreams.map((upstream) => upstream && inputValue(upstream.type));
  const terms = fn(placeholders).flatMap((output, i) => {
    const upstream = given[i];
    return upstream ? [reduce("sum", multiply(output, upstream))] : [];
  });
  const gradients = gradient(terms.reduce(add, zero), placeholders);
  const replacements = new Map<Value, Value>();
  for (const [from, to] of [placeholders, given].flatMap((list, i) =>
    list.map((value, k) => [value, (i === 0 ? inputs : upstreams)[k]] as const),
  ))
    if (from && to) replacements.set(from, to);
  return substitute(gradients, replacements);
};

export const attentionRule: GradientRule = (g, { inputs, out, upstreams, attributes }: RuleContext) => {
  const [q, k, v, mask] = inputs;
  const { node } = out;
  const logarithmType = node.types[1];
  if (!q || !k || !v || !logarithmType) return [];
  const logarithms: Value = { node, index: 1, type: logarithmType };
  const first = upstreams[0]
    ? applyOp("attentionGradient", [q, k, v, out, logarithms, g, ...(mask ? [mask] : [])], attributes)
    : [];
  if (!upstreams[1]) return first;
  const second = through([q, k], [upstreams[1]], ([q = zero, k = zero]) => [
    compose(q, k, mask, attributes).logarithms,
  ]);
  return [q, k, v].map((_, i) => {
    const [x, y] = [first[i], second[i]];
    return x && y ? add(x, y) : (x ?? y);
  });
};

/** As a function of q, k, v and the upstream gradient alone: what attention gave depends on the same three. */
export const attentionGradientRule: GradientRule = (_, { inputs, upstreams, attributes }) => {
  const [q, k, v, , , g, mask] = inputs;
  if (!q || !k || !v || !g) return [];
  const [dq, dk, dv, dg] = through([q, k, v, g], upstreams, ([q = zero, k = zero, v = zero, g = zero]) => {
    const { weights } = compose(q, k, mask, attributes);
    const along = matmul(g, v, { transposeB: true });
    const level = reduce("sum", multiply(weights, along), [along.type.shape.length - 1], true);
    const slopes = multiply(multiply(weights, subtract(along, level)), constant(Number(attributes.scale)));
    return [matmul(slopes, k), matmul(slopes, q, { transposeA: true }), matmul(weights, g, { transposeA: true })];
  });
  return [dq, dk, dv, undefined, undefined, dg];
};
