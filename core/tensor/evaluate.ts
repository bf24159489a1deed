// Plans and runs lazy values: the leaves that hold elements are the arguments, the values asked for are the results.
import { ArgumentError } from "@millrace/kernels";
import { defaultDevice } from "../device/default-device.ts";
import type { Device } from "../device/device.ts";
import { type GraphNode, topological, type Value } from "../graph/node.ts";
import { makePlan } from "../plan/make-plan.ts";
import { leafOf, Storage, storageOf } from "./storage.ts";

/** Leaves with elements among what the values depend on, but for `except`. @throws ArgumentError for a leaf that is a traced argument */
export const boundLeaves = (
  values: readonly Value[],
  except: ReadonlySet<GraphNode> = new Set(),
): { value: Value; storage: Storage }[] =>
  topological(values).flatMap((node: GraphNode) => {
    if (node.kind !== "input" || except.has(node)) return [];
    const storage = storageOf(node);
    if (!storage)
      throw new ArgumentError(
        "a tensor from inside a traced function was used outside; return it from the function instead",
      );
    return [{ value: { node, index: 0, type: node.types[0] }, storage }];
  });

/** The one device on which the storages' elements are, if any. */
export const deviceOf = (storages: readonly Storage[]): Device | undefined =>
  storages.find((storage) => storage.device)?.device;

/** Computes values in one plan and gives leaves that hold them. Values that are leaves already are given back. */
export const evaluate = async (values: readonly Value[], device?: Device): Promise<Value[]> => {
  const pending = values.filter((value) => value.node.kind !== "input");
  const leaves = boundLeaves(values);
  if (pending.length === 0) return [...values];
  const target = device ?? deviceOf(leaves.map((leaf) => leaf.storage)) ?? (await defaultDevice());
  const plan = makePlan(
    leaves.map((leaf) => leaf.value),
    pending,
    { maximumMapBuffers: target.maximumMapBuffers },
  );
  using executable = await target.prepare(plan);
  const inputs = leaves.map((leaf) => leaf.storage.bufferOn(target));
  const outputs = plan.results.map((result) => target.allocate(result.type));
  await executable.run([...inputs, ...outputs]);
  const computed = new Map(
    pending.map((value, i) => {
      const buffer = outputs[i];
      if (!buffer) throw new ArgumentError("a plan gave fewer results than were asked for");
      return [value, leafOf(new Storage(value.type, { buffer }))];
    }),
  );
  return values.map((value) => computed.get(value) ?? value);
};
