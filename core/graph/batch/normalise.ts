// Batching of normalise: examples are more rows. A value a column that differs between examples goes on as an op of its own.
import type { BatchContext, BatchRule } from "../batch-rules.ts";
import { add, multiply, reshape } from "../build.ts";
import { apply, type Value } from "../node.ts";
import { spread } from "./spread.ts";

/** A value a column of each example, [B, columns], in the rank of [B, ..., columns]. */
const aligned = (value: Value, { count, out }: BatchContext): Value =>
  reshape(value, [count, ...out.shape.slice(1).map(() => 1), out.shape[out.shape.length - 1] ?? 0]);

export const normaliseRule: BatchRule = (context) => {
  const { inputs, batched, attributes, count } = context;
  const [, scale, shift] = inputs;
  const x = spread(inputs[0], batched[0], count);
  if (!batched[1] && !batched[2]) return apply("normalise", [x, ...inputs.slice(1)], attributes);
  const place = (value: Value, isBatched: boolean | undefined): Value => (isBatched ? aligned(value, context) : value);
  const scaled = multiply(apply("normalise", [x], attributes), scale ? place(scale, batched[1]) : x);
  return shift ? add(scaled, place(shift, batched[2])) : scaled;
};

export const normaliseGradientRule: BatchRule = (context) => {
  const { inputs, batched, attributes, count } = context;
  const [x, upstream] = inputs.slice(0, 2).map((input, i) => spread(input, batched[i], count));
  const scale = inputs[2];
  if (!x || !upstream) throw new RangeError("normaliseGradient takes two inputs");
  if (!scale || !batched[2]) return apply("normaliseGradient", [x, upstream, ...(scale ? [scale] : [])], attributes);
  return apply("normaliseGradient", [x, multiply(upstream, aligned(scale, context))], attributes);
};
