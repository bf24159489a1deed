// Reverse-mode differentiation as a pure function from graph to graph, so that a gradient can be differentiated again.
import { ArgumentError, describeType, sizeOf, type TensorType, UnknownOpError } from "@millrace/kernels";
import { add, broadcastTo, constant } from "./build.ts";
import { gradientRules, withoutGradient } from "./gradient-rules.ts";
import { topological, type Value, valueKey } from "./node.ts";

/**
 * Gradients of a scalar with respect to values. A value that the scalar does not depend on gets zeros.
 * @throws ArgumentError when `output` is not one f32 or f16 number
 */
export const gradient = (output: Value, wanted: readonly Value[]): Value[] => {
  if (!isFloat(output) || sizeOf(output.type.shape) !== 1)
    throw new ArgumentError(
      `grad needs a function that gives one f32 number, but it gave ${describeType(output.type)}; reduce it with sum() or mean()`,
    );
  const needed = dependents(output, wanted);
  const gradients = new Map<string, Value>([[valueKey(output), filled(1, output.type)]]);
  for (const node of topological([output]).reverse()) {
    if (node.kind !== "op" || !needed.has(node.id)) continue;
    const [type] = node.types;
    const upstreams = node.types.map((_, index) => gradients.get(`${node.id}:${index}`));
    if (!type || upstreams.every((item) => !item)) continue;
    const rule = node.rule ?? gradientRules[node.op.name];
    if (!rule) {
      if (node.op.name in withoutGradient) continue;
      throw new UnknownOpError(`op "${node.op.name}" has no gradient rule`);
    }
    const inputGradients = rule(upstreams[0] ?? filled(0, type), {
      inputs: node.inputs,
      out: { node, index: 0, type },
      upstreams,
      attributes: node.attributes,
    });
    node.inputs.forEach((input, i) => {
      const term = inputGradients[i];
      if (!term || !isFloat(input)) return;
      const key = valueKey(input);
      const sum = gradients.get(key);
      gradients.set(key, sum ? add(sum, term) : term);
    });
  }
  return wanted.map((value) => gradients.get(valueKey(value)) ?? filled(0, value.type));
};

const isFloat = ({ type }: Value): boolean => type.dtype === "f32" || type.dtype === "f16";

/** A number in each place of a type; f32 where the type is of no float. */
const filled = (value: number, { dtype, shape }: TensorType): Value =>
  broadcastTo(constant(value, dtype === "f16" ? "f16" : "f32"), shape);

/** Ids of nodes that lie between the wanted values and the output; only through these do gradients flow. */
const dependents = (output: Value, wanted: readonly Value[]): Set<number> => {
  const sources = new Set(wanted.map((value) => value.node.id));
  const reached = new Set<number>();
  for (const node of topological([output])) {
    if (sources.has(node.id) || (node.kind === "op" && node.inputs.some((input) => reached.has(input.node.id))))
      reached.add(node.id);
  }
  return reached;
};
