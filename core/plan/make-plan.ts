// From a graph to a plan: simplify, fuse, schedule, give out memory, add up the work.
import {
  type AnyOp,
  type Attributes,
  byteSizeOf,
  iterate,
  ops,
  sameType,
  sizeOf,
  type TensorType,
  UnknownOpError,
} from "@millrace/kernels";
import { fuse } from "../graph/fuse.ts";
import { type OpNode, type Value, valueKey } from "../graph/node.ts";
import { simplify } from "../graph/simplify.ts";
import { hostArray } from "../tensor/host-array.ts";
import { costOf } from "./cost.ts";
import { assignSlots, type Storage, slotTable } from "./memory.ts";
import type { Operand, Plan, Step } from "./plan.ts";
import { schedule } from "./schedule.ts";

export interface PlanOptions {
  /** Arguments whose memory the plan may overwrite with a result of the same type. */
  readonly donated?: readonly number[];
  /** Arguments whose content stays from run to run; see Operand.constant. */
  readonly constant?: readonly number[];
  /** Most buffers that one fused map may read and write together; 8 is what every WebGPU device has. */
  readonly maximumMapBuffers?: number;
}

interface Draft {
  readonly op: AnyOp;
  readonly attributes: Attributes;
  readonly inputs: readonly { storage: Storage; type: TensorType }[];
  readonly outputs: readonly { storage: Storage; type: TensorType }[];
}

const bytesOf = (type: TensorType): number => Math.max(4, byteSizeOf(type));

/**
 * Plans the computation of `results` from `args`, which must be input values.
 * @throws ArgumentError when a result depends on an input that is not among the arguments (named by its type)
 */
export const makePlan = (args: readonly Value[], results: readonly Value[], options: PlanOptions = {}): Plan => {
  const outputs = fuse(simplify(results), options.maximumMapBuffers ?? 8);
  const table = slotTable();
  const located = new Map<string, Storage>();
  const argumentStorages = args.map((argument, i): Storage => {
    const storage = newStorage(argument.type, -1);
    return options.constant?.includes(i) ? { ...storage, constant: true } : storage;
  });
  args.forEach((argument, i) => {
    const storage = argumentStorages[i];
    if (storage) located.set(valueKey(argument), storage);
  });
  const drafts: Draft[] = [];
  const find = (value: Value): Storage => {
    const storage = located.get(valueKey(value));
    if (storage) return storage;
    if (value.node.kind !== "constant")
      throw new UnknownOpError(
        `a result depends on an input ${value.type.dtype}[${value.type.shape.join(", ")}] that is not an argument of the plan`,
      );
    const constant = newStorage(value.type, -1);
    const data = hostArray(value.type.dtype, 1).fill(value.node.value);
    constant.slot = table.add({ kind: "constant", byteLength: 4, type: value.type, data });
    located.set(valueKey(value), constant);
    return constant;
  };
  const donated = (options.donated ?? []).flatMap((i) => args[i] ?? []);
  for (const node of schedule(outputs, donated)) draft(node, drafts, located, find);
  const copy = (from: Value): Storage => {
    const storage = newStorage(from.type, drafts.length);
    drafts.push(copyDraft(find(from), storage, from.type));
    return storage;
  };
  const owned = new Set<Storage>(argumentStorages);
  const resultStorages = outputs.map((output) => {
    const storage = find(output);
    const own = owned.has(storage) || storage.writer < 0 ? copy(output) : storage;
    owned.add(own);
    return own;
  });
  drafts.forEach((step, at) => {
    for (const { storage } of step.inputs) storage.lastReader = at;
  });
  const externals = placeExternals(argumentStorages, resultStorages, drafts, options.donated ?? [], table);
  const aliases = assignSlots(
    drafts.map((step) => ({
      inputs: step.inputs.map((i) => i.storage),
      outputs: step.outputs.map((o) => o.storage),
      overwritable: overwritable(step),
    })),
    table,
  );
  const steps = drafts.map((step, at): Step => {
    const inputs = step.inputs.map(operand);
    return {
      op: step.op,
      attributes: step.attributes,
      inputs,
      outputs: step.outputs.map(operand),
      aliases: aliases[at] ?? [],
      work: step.op.work(
        inputs.map((input) => input.type),
        step.attributes,
      ),
    };
  });
  return {
    steps,
    slots: table.slots,
    externals,
    arguments: args.map((argument, i) => ({ slot: argumentStorages[i]?.slot ?? -1, type: argument.type })),
    results: outputs.map((output, i) => ({ slot: resultStorages[i]?.slot ?? -1, type: output.type })),
    cost: costOf(steps, table.slots),
  };
};

/** Ops that give their first input's memory under another name. */
const views: ReadonlySet<string> = new Set(["reshape", "identity"]);

const newStorage = (type: TensorType, writer: number): Storage => ({
  type,
  byteLength: bytesOf(type),
  writer,
  lastReader: -1,
  slot: -1,
});

const operand = ({ storage, type }: { storage: Storage; type: TensorType }): Operand => ({
  slot: storage.slot,
  type,
  ...(storage.constant && { constant: true }),
});

const draft = (node: OpNode, drafts: Draft[], located: Map<string, Storage>, find: (value: Value) => Storage): void => {
  const inputs = node.inputs.map((value) => ({ storage: find(value), type: value.type }));
  const [first] = inputs;
  if (views.has(node.op.name) && first) {
    located.set(`${node.id}:0`, first.storage);
    return;
  }
  const outputs = node.types.map((type, index) => {
    const storage = newStorage(type, drafts.length);
    located.set(`${node.id}:${index}`, storage);
    return { storage, type };
  });
  drafts.push({ op: node.op, attributes: node.attributes, inputs, outputs });
};

const copyDraft = (from: Storage, to: Storage, type: TensorType): Draft => {
  const op = ops.get("map");
  if (!op) throw new UnknownOpError('there is no op "map"');
  return {
    op,
    attributes: { instructions: [], outputs: [0], shape: type.shape },
    inputs: [{ storage: from, type }],
    outputs: [{ storage: to, type }],
  };
};

/** Which inputs of a step an output may overwrite: dense inputs of an in-place op. A storage read twice never is. */
const overwritable = (step: Draft): boolean[] => {
  if (!step.op.inPlace) return step.inputs.map(() => false);
  const shape = step.outputs[0]?.type.shape ?? [];
  const { accesses } = iterate(
    shape,
    step.inputs.map((input) => input.type.shape),
  );
  return step.inputs.map((input, i) => {
    const dense = accesses[i]?.kind === "dense" || (sizeOf(shape) === 1 && sizeOf(input.type.shape) === 1);
    return dense && step.inputs.filter((other) => other.storage === input.storage).length === 1;
  });
};

/** External slots: arguments first, then results; a result takes over a donated argument of its type when it may. */
const placeExternals = (
  args: readonly Storage[],
  results: readonly Storage[],
  drafts: readonly Draft[],
  donated: readonly number[],
  table: SlotTableOf,
): number[] => {
  const externals = args.map((storage) => {
    storage.slot = table.add({ kind: "external", byteLength: storage.byteLength });
    return storage.slot;
  });
  const waiting = donated.flatMap((i) => args[i] ?? []);
  for (const result of results) {
    const at = waiting.findIndex(
      (argument) => sameType(argument.type, result.type) && mayTakeOver(argument, result, drafts),
    );
    const [argument] = at >= 0 ? waiting.splice(at, 1) : [];
    if (argument) result.slot = argument.slot;
    else {
      result.slot = table.add({ kind: "external", byteLength: result.byteLength });
      externals.push(result.slot);
    }
  }
  return externals;
};

type SlotTableOf = ReturnType<typeof slotTable>;

/** True when the argument is read for the last time before the result is written, or element by element as it is. */
const mayTakeOver = (argument: Storage, result: Storage, drafts: readonly Draft[]): boolean => {
  if (argument.lastReader < result.writer) return true;
  const step = drafts[result.writer];
  if (!step || argument.lastReader > result.writer) return false;
  const at = step.inputs.findIndex((input) => input.storage === argument);
  return overwritable(step)[at] ?? false;
};
