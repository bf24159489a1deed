// The order of steps. Nodes run in the order they were written, but a node that nothing reads (an optimizer's update)
// waits until all other readers of the donated arguments that it reads are done, so that it may overwrite them; not
// longer, so that gradients die early.
import { type GraphNode, type OpNode, topological, type Value } from "../graph/node.ts";

/** Op nodes of the outputs in the order of their steps. */
export const schedule = (outputs: readonly Value[], donated: readonly Value[]): OpNode[] => {
  const nodes = topological(outputs).filter((node): node is OpNode => node.kind === "op");
  const read = new Set<GraphNode>(nodes.flatMap((node) => node.inputs.map((input) => input.node)));
  const watched = new Set<GraphNode>(donated.map((value) => value.node));
  const readersLeft = new Map<GraphNode, number>();
  const watchedInputs = (node: OpNode): GraphNode[] =>
    [...new Set(node.inputs.map((input) => input.node))].filter((input) => watched.has(input));
  for (const node of nodes)
    for (const input of watchedInputs(node)) readersLeft.set(input, (readersLeft.get(input) ?? 0) + 1);
  const order: OpNode[] = [];
  const waiting: OpNode[] = [];
  /** Whether a watched input has come to its last reader since the waiting ones were looked at. */
  let released = false;
  const run = (node: OpNode): void => {
    order.push(node);
    for (const input of watchedInputs(node)) {
      const left = (readersLeft.get(input) ?? 1) - 1;
      readersLeft.set(input, left);
      if (left === 1) released = true;
    }
  };
  const isFree = (node: OpNode): boolean => watchedInputs(node).every((input) => (readersLeft.get(input) ?? 0) <= 1);
  for (const node of nodes) {
    if (!read.has(node) && !isFree(node)) waiting.push(node);
    else run(node);
    while (released) {
      released = false;
      for (let at = waiting.findIndex(isFree); at >= 0; at = waiting.findIndex(isFree))
        waiting.splice(at, 1).forEach(run);
    }
  }
  waiting.forEach(run);
  return order;
};
