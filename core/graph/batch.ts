// Batching as a pure function from graph to graph: the graph of one example becomes the graph of many.
import { ArgumentError, describeType, elementwiseOps, UnknownOpError } from "@millrace/kernels";
import { batchRule } from "./batch-rules.ts";
import { broadcastTo } from "./build.ts";
import { applyOp, topological, type Value, valueKey } from "./node.ts";

/**
 * The outputs for `count` examples along a new first axis.
 * @param replacements for each input that differs between examples, its batched value [count, ...]
 */
export const batchGraph = (
  outputs: readonly Value[],
  replacements: ReadonlyMap<Value, Value>,
  count: number,
): Value[] => {
  const batched = new Map<string, Value>([...replacements].map(([from, to]) => [valueKey(from), to]));
  for (const [from, to] of replacements) {
    if (to.type.shape[0] !== count)
      throw new ArgumentError(
        `batch: an argument ${describeType(to.type)} does not hold ${count} examples of ${describeType(from.type)}; the first axes must be equal`,
      );
  }
  const shared = new Map<string, Value>();
  for (const node of topological(outputs)) {
    if (node.kind !== "op") continue;
    const isBatched = node.inputs.map((input) => batched.has(valueKey(input)));
    const inputs = node.inputs.map((input) => batched.get(valueKey(input)) ?? shared.get(valueKey(input)) ?? input);
    if (!isBatched.includes(true)) {
      applyOp(node.op.name, inputs, node.attributes).forEach((value, index) => {
        shared.set(`${node.id}:${index}`, value);
      });
      continue;
    }
    const rule = batchRule(node.op.name, elementwiseOps.has(node.op.name));
    const [out] = node.types;
    if (!rule || !out) throw new UnknownOpError(`op "${node.op.name}" has no batching rule`);
    const result = rule({
      inputs,
      batched: isBatched,
      types: node.inputs.map((input) => input.type),
      out,
      attributes: node.attributes,
      count,
    });
    (Array.isArray(result) ? result : [result]).forEach((value: Value, index) => {
      batched.set(`${node.id}:${index}`, value);
    });
  }
  return outputs.map(
    (output) =>
      batched.get(valueKey(output)) ??
      broadcastTo(shared.get(valueKey(output)) ?? output, [count, ...output.type.shape]),
  );
};
