// Graph to graph: what algebra.ts knows to be simpler, equal applications become one, epilogues move into products. Meaning
// and rounding order of what remains are unchanged. It runs behind differentiation: what a gradient is written of is
// simplified with it, and rules of gradients see the functions that a program was written in.
import { type Activation, activations, sameShape } from "@millrace/kernels";
import { simplerThan } from "./algebra.ts";
import { apply, applyOp, type GraphNode, type OpNode, opNodeOf, topological, type Value, valueKey } from "./node.ts";
import { keep, rebuild } from "./rebuild.ts";

/** How often the values of each node are used, results of the graph included. */
const countUses = (outputs: readonly Value[]): Map<GraphNode, number> => {
  const uses = new Map<GraphNode, number>();
  const use = ({ node }: Value): void => {
    uses.set(node, (uses.get(node) ?? 0) + 1);
  };
  for (const node of topological(outputs)) if (node.kind === "op") node.inputs.forEach(use);
  outputs.forEach(use);
  return uses;
};

/** Simpler values, and common subexpressions: equal ops on equal inputs with equal attributes are computed once. */
const shareEqual = (outputs: readonly Value[]): Value[] => {
  const known = new Map<string, readonly Value[]>();
  const constants = new Map<string, Value>();
  const shareLeaf = (value: Value): Value => {
    const { node, type } = value;
    if (node.kind !== "constant") return value;
    const key = `${type.dtype} ${Object.is(node.value, -0) ? "-0" : node.value}`;
    const same = constants.get(key) ?? value;
    constants.set(key, same);
    return same;
  };
  const make = (name: string, inputs: readonly Value[], attributes = {}): Value => {
    const value = apply(name, inputs, attributes);
    return value.node.kind === "op" ? (rewrite(value.node, value.node.inputs)[value.index] ?? value) : value;
  };
  const rewrite = (node: OpNode, inputs: readonly Value[]): readonly Value[] => {
    const { op, attributes, types } = node;
    const [type] = types;
    // An identity is there to keep two equal computations apart.
    if (op.name === "identity" || !type) return keep(node, inputs);
    const simpler = simplerThan({ name: op.name, inputs, attributes, type, make });
    if (simpler) return [shareLeaf(simpler)];
    const key = `${op.name} ${JSON.stringify(attributes)} ${inputs.map(valueKey).join(" ")}`;
    const values = known.get(key) ?? keep(node, inputs);
    known.set(key, values);
    return values;
  };
  return rebuild(outputs, rewrite, (_, value) => shareLeaf(value));
};

/** An activation of a product or convolution, or a bias row added to a product, that nothing else reads goes into its epilogue. */
const foldEpilogue =
  (uses: ReadonlyMap<GraphNode, number>) =>
  (node: OpNode, inputs: readonly Value[]): readonly Value[] => {
    const product = (name: string, old: Value | undefined, fresh: Value | undefined): OpNode | undefined => {
      const candidate = opNodeOf(fresh, name);
      return old && candidate && uses.get(old.node) === 1 && candidate.attributes.activation === "none"
        ? candidate
        : undefined;
    };
    const activation = activations.find((name: Activation) => name === node.op.name);
    if (activation) {
      for (const name of ["matmul", "convolution"]) {
        const found = product(name, node.inputs[0], inputs[0]);
        if (found) return applyOp(name, found.inputs, { ...found.attributes, activation });
      }
    }
    if (node.op.name === "add") {
      for (const [at, other] of [
        [0, 1],
        [1, 0],
      ] as const) {
        const matmul = product("matmul", node.inputs[at], inputs[at]);
        const bias = inputs[other];
        const [type] = matmul?.types ?? [];
        const columns = type?.shape[type.shape.length - 1];
        if (
          matmul &&
          bias &&
          matmul.inputs.length === 2 &&
          bias.type.shape.length === 1 &&
          sameShape(bias.type.shape, [columns ?? -1])
        )
          return applyOp("matmul", [...matmul.inputs, bias], matmul.attributes);
      }
    }
    return keep(node, inputs);
  };

/** The simplified values that stand for `outputs`. */
export const simplify = (outputs: readonly Value[]): Value[] => {
  const shared = shareEqual(outputs);
  return rebuild(shared, foldEpilogue(countUses(shared)));
};
