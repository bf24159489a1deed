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
  const rebuilt = new Map<GraphNode, readonly Value[]>();
  const take = (value: Value): Value => rebuilt.get(value.node)?.[value.index] ?? value;
  for (const node of topological(outputs))
    rebuilt.set(
      node,
      node.kind === "op" ? rewrite(node, node.inputs.map(take)) : [leaf(node, { node, index: 0, type: node.types[0] })],
    );
  return outputs.map(take);
};

/** The outputs with some leaves replaced by values of the same type. */
export const substitute = (outputs: readonly Value[], replacements: ReadonlyMap<Value, Value>): Value[] => {
  const byKey = new Map([...replacements].map(([from, to]) => [valueKey(from), to]));
  return rebuild(outputs, keep, (_, value) => byKey.get(valueKey(value)) ?? value);
};
