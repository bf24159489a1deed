// Graph to graph: equal applications become one, casts that undo each other go, transposes and epilogues move into matmul. Meaning and rounding order
// of what remains are unchanged.
import { type Activation, activations, sameShape } from "@millrace/kernels";
import { applyOp, type ConstantNode, type GraphNode, type OpNode, topological, type Value, valueKey } from "./node.ts";
import { packedBefore, wideBefore } from "./packed.ts";
import { keep, rebuild } from "./rebuild.ts";

/** How often each value is used, results of the graph included. */
const countUses = (outputs: readonly Value[]): Map<string, number> => {
  const uses = new Map<string, number>();
  const use = (value: Value): void => {
    uses.set(valueKey(value), (uses.get(valueKey(value)) ?? 0) + 1);
  };
  for (const node of topological(outputs)) if (node.kind === "op") node.inputs.forEach(use);
  outputs.forEach(use);
  return uses;
};

/** Common subexpressions: equal ops on equal inputs with equal attributes are computed once. */
const shareEqual = (outputs: readonly Value[]): Value[] => {
  const known = new Map<string, readonly Value[]>();
  const constants = new Map<string, Value>();
  const leaf = (node: Exclude<GraphNode, OpNode>, value: Value): Value => {
    if (node.kind === "input") return value;
    const key = constantKey(node);
    const same = constants.get(key);
    if (same) return same;
    constants.set(key, value);
    return value;
  };
  const rewrite = (node: OpNode, inputs: readonly Value[]): readonly Value[] => {
    // An identity is there to keep two equal computations apart.
    if (node.op.name === "identity") return keep(node, inputs);
    const key = `${node.op.name} ${JSON.stringify(node.attributes)} ${inputs.map(valueKey).join(" ")}`;
    const same = known.get(key);
    if (same) return same;
    const values = keep(node, inputs);
    known.set(key, values);
    return values;
  };
  return rebuild(outputs, rewrite, leaf);
};

const constantKey = (node: ConstantNode): string =>
  `${node.types[0].dtype} ${Object.is(node.value, -0) ? "-0" : node.value}`;

const opNodeOf = (value: Value | undefined, name: string): OpNode | undefined =>
  value?.node.kind === "op" && value.node.op.name === name ? value.node : undefined;

/** True for a permutation that swaps the last two axes and leaves the others. */
const swapsLastTwo = (permutation: unknown): boolean =>
  Array.isArray(permutation) &&
  permutation.length >= 2 &&
  permutation.every(
    (axis, i) => axis === (i === permutation.length - 2 ? i + 1 : i === permutation.length - 1 ? i - 1 : i),
  );

/** matmul of a transposed matrix reads it transposed instead. */
const foldTranspose = (node: OpNode, inputs: readonly Value[]): readonly Value[] => {
  if (node.op.name !== "matmul") return keep(node, inputs);
  const [a, b, ...rest] = inputs;
  const left = opNodeOf(a, "transpose");
  const right = opNodeOf(b, "transpose");
  const leftFolds = left !== undefined && swapsLastTwo(left.attributes.permutation);
  const rightFolds = right !== undefined && swapsLastTwo(right.attributes.permutation);
  if (!leftFolds && !rightFolds) return keep(node, inputs);
  const newA = leftFolds ? left.inputs[0] : a;
  const newB = rightFolds ? right.inputs[0] : b;
  if (!newA || !newB) return keep(node, inputs);
  const { transposeA, transposeB } = node.attributes;
  return applyOp("matmul", [newA, newB, ...rest], {
    ...node.attributes,
    transposeA: leftFolds ? transposeA !== true : transposeA === true,
    transposeB: rightFolds ? transposeB !== true : transposeB === true,
  });
};

/** A cast that undoes the one before it without loss, to f16 or u8 or from them, leaves what there was. */
const foldCasts = (node: OpNode, inputs: readonly Value[]): readonly Value[] => {
  const { name } = node.op;
  const [x] = inputs;
  let under = x;
  for (let view = opNodeOf(x, "reshape"); view; view = opNodeOf(under, "reshape")) under = view.inputs[0];
  const before = packedBefore(name, x) ?? wideBefore(name, under);
  if (!x || !before) return foldTranspose(node, inputs);
  return sameShape(before.type.shape, x.type.shape) ? [before] : applyOp("reshape", [before], { shape: x.type.shape });
};

/** An activation of a product or convolution, or a bias row added to a product, that nothing else reads goes into its epilogue. */
const foldEpilogue =
  (uses: ReadonlyMap<string, number>) =>
  (node: OpNode, inputs: readonly Value[]): readonly Value[] => {
    const product = (name: string, old: Value | undefined, fresh: Value | undefined): OpNode | undefined => {
      const candidate = opNodeOf(fresh, name);
      return old && candidate && uses.get(valueKey(old)) === 1 && candidate.attributes.activation === "none"
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
  const shared = shareEqual(rebuild(shareEqual(outputs), foldCasts));
  return rebuild(shared, foldEpilogue(countUses(shared)));
};
