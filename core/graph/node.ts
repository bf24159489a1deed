// The graph: immutable nodes, free of any device. A value is one output of one node.
import {
  type AnyOp,
  ArgumentError,
  type Attributes,
  type DType,
  DTypeError,
  ops,
  roundToHalf,
  type TensorType,
  UnknownOpError,
} from "@millrace/kernels";
import type { GradientRule } from "./gradient-rules.ts";
import { isPacked, widen } from "./packed.ts";

let created = 0;

/** A placeholder whose memory is bound when the graph is run. */
export interface InputNode {
  readonly kind: "input";
  readonly id: number;
  readonly types: readonly [TensorType];
  /** What holds its elements, for whoever made it; the graph does not look inside. */
  readonly content?: unknown;
}

/** A number written in the program; a scalar. */
export interface ConstantNode {
  readonly kind: "constant";
  readonly id: number;
  readonly types: readonly [TensorType];
  readonly value: number;
}

/** One application of an op. */
export interface OpNode {
  readonly kind: "op";
  /** Greater than the id of every input: ids are a topological order. */
  readonly id: number;
  readonly op: AnyOp;
  readonly attributes: Attributes;
  readonly inputs: readonly Value[];
  readonly types: readonly TensorType[];
  /** A gradient rule of this node's own, before the op's. */
  readonly rule?: GradientRule;
}

export type GraphNode = InputNode | ConstantNode | OpNode;

/** One output of a node. */
export interface Value {
  readonly node: GraphNode;
  readonly index: number;
  readonly type: TensorType;
}

const outputOf = (node: GraphNode, index: number): Value => {
  const type = node.types[index];
  if (!type) throw new RangeError(`node ${node.id} has no output ${index}`);
  return { node, index, type };
};

/** A new placeholder of a type, or a leaf around `content`. */
export const inputValue = (type: TensorType, content?: unknown): Value => ({
  node: { kind: "input", id: created++, types: [type], content },
  index: 0,
  type,
});

/** A scalar constant, rounded to f16 if that is its dtype. @throws ArgumentError for a number that u8 cannot hold */
export const constantValueOf = (value: number, dtype: DType = "f32"): Value => {
  if (dtype === "u8" && !(Number.isInteger(value) && value >= 0 && value <= 255))
    throw new ArgumentError(
      `u8 holds whole numbers from 0 to 255, but got ${value}; convert the tensor with .to("i32")`,
    );
  const held = dtype === "f16" ? roundToHalf(value) : value;
  return outputOf({ kind: "constant", id: created++, types: [{ dtype, shape: [] }], value: held }, 0);
};

/**
 * Applies an op by name; shapes and dtypes are checked here, where the op is written. f16 and u8 are widened for an op
 * whose kernels do not take them, and its results narrowed: see packed.ts.
 * @throws ShapeError, DTypeError, ArgumentError from the op's own rule
 */
export const applyOp = (
  name: string,
  inputs: readonly Value[],
  attributes: Attributes = {},
  rule?: GradientRule,
): Value[] => {
  const op = ops.get(name);
  if (!op) throw new UnknownOpError(`there is no op "${name}"`);
  if (op.packed !== "native" && inputs.some(isPacked)) return applyWidened(op, inputs, attributes, rule);
  const types = op.outputs(
    inputs.map((input) => input.type),
    attributes,
  );
  const node: OpNode = { kind: "op", id: created++, op, attributes, inputs, types, ...(rule && { rule }) };
  return types.map((_, index) => outputOf(node, index));
};

const applyWidened = (op: AnyOp, inputs: readonly Value[], attributes: Attributes, rule?: GradientRule): Value[] => {
  const wide = widen(op, inputs, (name, x) => apply(name, [x]));
  try {
    return applyOp(op.name, wide.inputs, attributes, rule).map(wide.narrow);
  } catch (error) {
    // The op's own message names the dtypes that were given to it, if it refuses those too.
    if (error instanceof DTypeError)
      op.outputs(
        inputs.map((input) => input.type),
        attributes,
      );
    throw error;
  }
};

/** Applies an op that has one output. */
export const apply = (name: string, inputs: readonly Value[], attributes: Attributes = {}): Value => {
  const [value] = applyOp(name, inputs, attributes);
  if (!value) throw new UnknownOpError(`op "${name}" gives no output`);
  return value;
};

/** All nodes that the values depend on, inputs before users. */
export const topological = (values: readonly Value[]): GraphNode[] => {
  const seen = new Set<GraphNode>();
  const stack = values.map((value) => value.node);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.kind === "op") for (const input of node.inputs) stack.push(input.node);
  }
  return [...seen].sort((a, b) => a.id - b.id);
};

/** The node of a value if it is an application of that op. */
export const opNodeOf = (value: Value | undefined, name: string): OpNode | undefined =>
  value?.node.kind === "op" && value.node.op.name === name ? value.node : undefined;

/** A stable text key of a value, for maps. */
export const valueKey = (value: Value): string => `${value.node.id}:${value.index}`;
