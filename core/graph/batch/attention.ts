// Batching of attention and its gradient: examples are one more leading axis.
import { maskLayout } from "@millrace/kernels";
import type { BatchContext, BatchRule } from "../batch-rules.ts";
import { broadcastTo, reshape } from "../build.ts";
import { applyOp, type Value } from "../node.ts";
import { spread } from "./spread.ts";

/** A mask of all examples, or one axis of 1 for them, repeated where the op does not know its layout. */
const maskOf = ({ inputs, batched, types, count }: BatchContext, at: number): Value[] => {
  const mask = inputs[at];
  const [queries = [], keys = []] = types.map(({ shape }) => shape);
  if (!mask) return [];
  const whole = batched[at] ? mask : reshape(mask, [1, ...mask.type.shape]);
  const scores = [count, ...queries.slice(0, -1), keys[keys.length - 2] ?? 0];
  return [maskLayout(whole.type.shape, scores) ? whole : broadcastTo(whole, scores)];
};

/** @param leading inputs before the mask */
export const attentionBatchRule =
  (name: string, leading: number): BatchRule =>
  (context) => {
    const { inputs, batched, attributes, count } = context;
    const spreadInputs = inputs.slice(0, leading).map((input, i) => spread(input, batched[i], count));
    return applyOp(name, [...spreadInputs, ...maskOf(context, leading)], attributes);
  };
