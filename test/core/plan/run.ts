// Two ways to run a graph in float64: each op's reference alone, node by node, and its plan on the reference device.
import type { ReferenceTensor } from "@millrace/kernels";
import { openReferenceDevice } from "../../../core/device/reference/index.ts";
import { topological, type Value, valueKey } from "../../../core/graph/node.ts";
import type { Plan } from "../../../core/plan/plan.ts";
import { referenceOf } from "../../kernels/contract-runner.ts";

/** What the references give, no planner asked. */
export const runPlain = (
  args: readonly Value[],
  data: readonly ReferenceTensor[],
  results: readonly Value[],
): ReferenceTensor[] => {
  const known = new Map<string, ReferenceTensor>(args.map((value, i) => [valueKey(value), data[i] as ReferenceTensor]));
  const at = (value: Value): ReferenceTensor => known.get(valueKey(value)) as ReferenceTensor;
  for (const node of topological(results)) {
    if (node.kind === "constant") known.set(`${node.id}:0`, { type: node.types[0], data: Float64Array.of(node.value) });
    if (node.kind !== "op") continue;
    referenceOf(node.op)(node.inputs.map(at), node.attributes).forEach((result, index) => {
      known.set(`${node.id}:${index}`, result);
    });
  }
  return results.map(at);
};

/** The elements of a plan's results, exactly as the reference device holds them. */
export const runPlan = async (plan: Plan, data: readonly ReferenceTensor[]): Promise<number[][]> => {
  const device = openReferenceDevice();
  using executable = await device.prepare(plan);
  const buffers = plan.externals.map((slot) => {
    const argument = plan.arguments.findIndex((operand) => operand.slot === slot);
    const operand = plan.arguments[argument] ?? plan.results.find((result) => result.slot === slot);
    if (!operand) throw new Error("an external slot is neither argument nor result");
    const buffer = device.allocate(operand.type);
    const given = data[argument];
    if (given) device.write(buffer, operand.type, Float64Array.from(given.data));
    return buffer;
  });
  await executable.run(buffers);
  return plan.results.map((result) => {
    const buffer = buffers[plan.externals.indexOf(result.slot)];
    if (!buffer) throw new Error("a result has no memory");
    return [...device.readExact(buffer)];
  });
};
