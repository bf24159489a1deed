// compile: traces a function once for each form of its arguments, plans it, and replays the plan from then on.
import { ArgumentError } from "@millrace/kernels";
import { defaultDevice } from "../device/default-device.ts";
import type { Device, DeviceBuffer, Executable } from "../device/device.ts";
import { inputValue, type Value } from "../graph/node.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { boundLeaves, deviceOf, leafOf } from "../tensor/evaluate.ts";
import { Storage, storageOf } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { describeTree, flattenTree, rebuildTree } from "../tensor/tree.ts";

/** Options of compile. */
export interface CompileOptions {
  /** Where it runs. Default: where its arguments are, else the default device. */
  readonly device?: Device;
  /**
   * Positions of arguments that the call uses up: their memory becomes that of results of the same type, so that a
   * training step updates its state in place. Their tensors cannot be used afterwards. Default: none.
   */
  readonly donate?: readonly number[];
}

/** A compiled function. Calls with arguments of a form seen before replay its plan. */
export interface CompiledFunction<A extends readonly unknown[], R> extends Disposable {
  (...args: A): Promise<R>;
  /** The plan for arguments of this form: its steps, memory and cost. Traces if need be, runs nothing. */
  plan(...args: A): Plan;
}

interface Trace {
  readonly plan: Plan;
  readonly result: unknown;
  readonly captured: readonly Storage[];
  readonly executables: Map<Device, Promise<Executable>>;
}

/**
 * Compiles a function of tensors, or of nested arrays and objects of tensors. It is called once for each form (shapes,
 * dtypes, nesting) of its arguments; what it reads from outside is taken as it was then.
 * @throws ArgumentError when an argument or result is not made of tensors, or a donated argument was used before
 * @example
 * using step = compile((w: Tensor, x: Tensor) => w.subtract(grad(loss)(w, x).multiply(0.1)), { donate: [0] });
 * for (const batch of batches) w = await step(w, batch);
 */
export const compile = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): CompiledFunction<A, R> => {
  const traces = new Map<string, Trace>();
  const donated = options.donate ?? [];
  const traceFor = (args: A, device?: Device): Trace => {
    const key = `${device?.maximumMapBuffers ?? ""} ${describeTree(args)}`;
    const known = traces.get(key);
    if (known) return known;
    const made = trace(fn, args, donated, device?.maximumMapBuffers);
    traces.set(key, made);
    return made;
  };
  const call = async (...args: A): Promise<R> => {
    const leaves = args.flatMap((argument, i) => flattenTree(argument, `argument ${i}`));
    const storages = leaves.map((leaf) => storageOf(leaf.value.node));
    const device =
      options.device ?? deviceOf(storages.filter((storage) => storage !== undefined)) ?? (await defaultDevice());
    const { plan, result, captured, executables } = traceFor(args, device);
    for (const leaf of leaves) if (!storageOf(leaf.value.node)) await leaf.evaluate(device);
    let executable = executables.get(device);
    if (!executable) {
      executable = device.prepare(plan);
      executables.set(device, executable);
    }
    const ready = await executable;
    return runTrace(plan, ready, device, leaves, captured, donatedLeaves(args, donated), result) as Promise<R>;
  };
  const compiled = Object.assign(call, {
    plan: (...args: A) => traceFor(args, options.device).plan,
    [Symbol.dispose]: () => release(traces),
  });
  forgotten.register(compiled, traces);
  return compiled;
};

/** Frees what plans hold on devices. Calling the function again takes it anew. */
const release = (traces: Map<string, Trace>): void => {
  for (const { executables } of traces.values()) {
    for (const executable of executables.values())
      executable.then(
        (ready) => ready[Symbol.dispose](),
        () => {},
      );
  }
  traces.clear();
};

/** A compiled function that nobody holds any more gives its plans' memory back. */
const forgotten = new FinalizationRegistry<Map<string, Trace>>(release);

/** Which of the flattened leaves belong to donated arguments. */
const donatedLeaves = (args: readonly unknown[], donated: readonly number[]): number[] => {
  let offset = 0;
  return args.flatMap((argument, i) => {
    const count = flattenTree(argument).length;
    const own = donated.includes(i) ? Array.from({ length: count }, (_, k) => offset + k) : [];
    offset += count;
    return own;
  });
};

const trace = <A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  args: A,
  donated: readonly number[],
  maximumMapBuffers: number | undefined,
): Trace => {
  const leaves = flattenTree(args, "arguments");
  const placeholders = leaves.map((leaf) => inputValue(leaf.value.type));
  const traced = rebuildTree(
    args,
    placeholders.map((value) => new Tensor(value)),
  );
  const result = fn(...traced);
  const values = flattenTree(result, "the result").map((tensor) => tensor.value);
  const own = new Set(placeholders.map((value) => value.node));
  const captured = boundLeaves(values, own);
  const inputs: Value[] = [...placeholders, ...captured.map((leaf) => leaf.value)];
  const plan = makePlan(inputs, values, {
    donated: donatedLeaves(args, donated),
    ...(maximumMapBuffers === undefined ? {} : { maximumMapBuffers }),
  });
  return { plan, result, captured: captured.map((leaf) => leaf.storage), executables: new Map() };
};

const runTrace = async (
  plan: Plan,
  executable: Executable,
  device: Device,
  leaves: readonly Tensor[],
  captured: readonly Storage[],
  donated: readonly number[],
  result: unknown,
): Promise<unknown> => {
  const storages = [...leaves.map((leaf, i) => leafStorage(leaf, i)), ...captured];
  for (const i of donated) {
    const storage = storages[i];
    if (storage && storages.indexOf(storage) !== storages.lastIndexOf(storage))
      throw new ArgumentError("a donated tensor is passed twice in one call; donate it alone, or pass a copy");
  }
  const buffers = new Map<number, DeviceBuffer>();
  plan.arguments.forEach(({ slot }, i) => {
    const buffer = storages[i]?.bufferOn(device);
    if (buffer) buffers.set(slot, buffer);
  });
  for (const { slot, type } of plan.results) if (!buffers.has(slot)) buffers.set(slot, device.allocate(type));
  const externals = plan.externals.flatMap((slot) => buffers.get(slot) ?? []);
  await executable.run(externals);
  const kept = new Set(plan.results.map(({ slot }) => slot));
  for (const i of donated) {
    const buffer = storages[i]?.take("was donated to a compiled function");
    if (buffer && !kept.has(plan.arguments[i]?.slot ?? -1)) device.release(buffer);
  }
  const tensors = plan.results.map(({ slot, type }) => {
    const buffer = buffers.get(slot);
    if (!buffer) throw new ArgumentError("a plan names a result that has no memory");
    return new Tensor(leafOf(new Storage(type, { buffer })));
  });
  return rebuildTree(result, tensors);
};

const leafStorage = (leaf: Tensor, at: number): Storage => {
  const storage = storageOf(leaf.value.node);
  if (!storage) throw new ArgumentError(`argument tensor ${at} has no elements`);
  return storage;
};
