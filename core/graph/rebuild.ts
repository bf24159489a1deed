// Rewriting a graph from its leaves up: the one walk that every graph-to-graph pass uses.
import { applyOp, type GraphNode, type OpNode, topological, type Value, valueKey } from "./node.ts";

type Leaf = Exclude<GraphNode, OpNode>;

/** The node's own values when its inputs are unchanged, else the same op applied to the new ones. */
export const keep = (node: OpNode, inputs: readonly Value[]): readonly Value[] =>
  inputs.every(
    (input, i) =>
      input === node.inputs[i] || (input.node === node.inputs[i]?.node && input.index === node.inputs[i]?.index),
  )
    ? node.types.map((type, index) => ({ node, index, type }))
    : applyOp(node.op.name, inputs, node.attributes, node.rule);

/** Rebuilds `outputs`: `rewrite` gives the values that stand for an op node, `leaf` the one that stands for a leaf. */
export const rebuild = (
  outputs: readonly Value[],
  rewrite: (node: OpNode, inputs: readonly Value[]) => readonly Value[],
  leaf: (node: Leaf, value: Value) => Value = (_, value) => value,
): Value[] => {
  const rebuilt = new Map<string, Value>();
  for (const node of topological(outputs)) {
    if (node.kind !== "op") {
      rebuilt.set(`${node.id}:0`, leaf(node, { node, index: 0, type: node.types[0] }));
      continue;
    }
    const inputs = node.inputs.map((input) => rebuilt.get(valueKey(input)) ?? input);
    rewrite(node, inputs).forEach((value, index) => {
      rebuilt.set(`${node.id}:${index}`, value);
    });
  }
  return outputs.map((output) => rebuilt.get(valueKey(output)) ?? output);
};

/** The outputs with some leaves replaced by values of the same type. */
export const substitute = (outputs: readonly Value[], replacements: ReadonlyMap<Value, Value>): Value[] => {
  const byKey = new Map([...replacements].map(([from, to]) => [valueKey(from), to]));
  return rebuild(outputs, keep, (_, value) => byKey.get(valueKey(value)) ?? value);
};
