// compile: traces a function once for each form of its arguments, plans it, and replays the plan from then on.
import { ArgumentError, type TensorType } from "@millrace/kernels";
import { defaultDevice } from "../device/default-device.ts";
import type { Device, DeviceBuffer, Executable, PrepareProgress } from "../device/device.ts";
import { inputValue, type Value } from "../graph/node.ts";
import { makePlan } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { boundLeaves, deviceOf } from "../tensor/evaluate.ts";
import { leafOf, Storage, storageOf } from "../tensor/storage.ts";
import { Tensor } from "../tensor/tensor.ts";
import { describeTree, flattenTree, formOf, hasForm, rebuildTree, type TreeForm, treeOf } from "../tensor/tree.ts";

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
  /**
   * Makes ready for arguments of this form and runs nothing: traces, plans, loads and compiles all kernels at the same time
   * (WebGPU pipelines, WASM modules), so that the first call is as fast as the next. Arguments stand for their shapes and
   * dtypes alone: they are neither computed nor, where donated, used up.
   * @throws as the call would before it runs
   * @example
   * await step.warmUp([zeros([784, 10]), zeros([128, 784])], { onProgress: (done, total) => bar.show(done / total) });
   */
  warmUp(args: A, options?: WarmUpOptions): Promise<void>;
}

/** Options of a compiled function's warmUp. */
export interface WarmUpOptions {
  /** Called as kernels are compiled: how many are done, of how many. */
  readonly onProgress?: PrepareProgress | undefined;
}

interface Trace {
  readonly form: TreeForm;
  readonly plan: Plan;
  readonly resultForm: TreeForm;
  /** With their nodes: elements are freed when no one holds the node. */
  readonly captured: ReturnType<typeof boundLeaves>;
  readonly executables: Map<Device, Promise<Executable>>;
  /** Flattened places of the donated arguments. */
  readonly donated: readonly number[];
  /** Donated arguments whose memory no result takes over. */
  readonly spent: readonly number[];
  /** For each result, the external that holds it. */
  readonly resultAt: readonly number[];
  /** Types of the externals behind the arguments: results in memory of their own. */
  readonly fresh: readonly TensorType[];
}

/** A trace made ready on a device. */
interface Ready {
  readonly trace: Trace;
  readonly device: Device;
  readonly executable: Executable;
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
  const ready: Ready[] = [];
  const donated = options.donate ?? [];
  const traceFor = (args: A, device?: Device): Trace => {
    const key = `${device?.maximumMapBuffers ?? ""} ${describeTree(args)}`;
    const known = traces.get(key);
    if (known) return known;
    const made = trace(fn, args, donated, device?.maximumMapBuffers);
    traces.set(key, made);
    return made;
  };
  const deviceFor = async (leaves: readonly Tensor[]): Promise<Device> => {
    const storages = leaves.flatMap((leaf) => storageOf(leaf.value.node) ?? []);
    return options.device ?? deviceOf(storages) ?? (await defaultDevice());
  };
  const readyOn = async (made: Trace, device: Device, progress?: PrepareProgress): Promise<Ready> => {
    const { executables, plan } = made;
    let executable = executables.get(device);
    if (!executable) {
      executable = device.prepare(plan, progress);
      executables.set(device, executable);
      executable.catch(() => executables.delete(device));
    }
    const known = { trace: made, device, executable: await executable };
    // Replays are looked for in this list first; what was used last is found at once.
    if (traces.size > 0 && ready.every((other) => other.trace !== made || other.device !== device))
      ready.unshift(known);
    return known;
  };
  const prepare = async (args: A): Promise<R> => {
    const leaves = leavesOf(args);
    const device = await deviceFor(leaves);
    const made = traceFor(args, device);
    for (const leaf of leaves) if (!storageOf(leaf.value.node)) await leaf.evaluate(device);
    return runTrace(await readyOn(made, device), leaves) as R;
  };
  const call = async (...args: A): Promise<R> => {
    for (const known of ready) {
      const leaves: Tensor[] = [];
      if (hasForm(args, known.trace.form, leaves) && isAt(leaves, known.device, options.device))
        return runTrace(known, leaves) as R;
    }
    return prepare(args);
  };
  const held = { traces, ready };
  const compiled = Object.assign(call, {
    plan: (...args: A) => traceFor(args, options.device).plan,
    warmUp: async (args: A, { onProgress }: WarmUpOptions = {}): Promise<void> => {
      const device = await deviceFor(leavesOf(args));
      await readyOn(traceFor(args, device), device, onProgress);
    },
    [Symbol.dispose]: () => release(held),
  });
  forgotten.register(compiled, held);
  return compiled;
};

const leavesOf = (args: readonly unknown[]): Tensor[] =>
  args.flatMap((argument, i) => flattenTree(argument, `argument ${i}`));

/** True when computed leaves would be run on `device`: it was asked for, or is where the first of them that has one is. */
const isAt = (leaves: readonly Tensor[], device: Device, asked: Device | undefined): boolean => {
  let found = asked;
  for (const leaf of leaves) {
    const storage = storageOf(leaf.value.node);
    if (!storage) return false;
    found ??= storage.device;
  }
  return found === device;
};

interface Held {
  readonly traces: Map<string, Trace>;
  readonly ready: Ready[];
}

/** Frees what plans hold on devices. Calling the function again takes it anew. */
const release = ({ traces, ready }: Held): void => {
  for (const { executables } of traces.values()) {
    for (const executable of executables.values())
      executable.then(
        (made) => made[Symbol.dispose](),
        () => {},
      );
  }
  for (const { executables } of traces.values()) executables.clear();
  traces.clear();
  ready.length = 0;
};

/** A compiled function that nobody holds any more gives its plans' memory back. */
const forgotten = new FinalizationRegistry<Held>(release);

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
  const places = donatedLeaves(args, donated);
  const plan = makePlan(inputs, values, {
    donated: places,
    constant: captured.map((_, i) => placeholders.length + i),
    ...(maximumMapBuffers === undefined ? {} : { maximumMapBuffers }),
  });
  const kept = new Set(plan.results.map(({ slot }) => slot));
  const typeAt = new Map(plan.results.map(({ slot, type }) => [slot, type]));
  return {
    form: formOf(args),
    plan,
    resultForm: formOf(result, "the result"),
    captured,
    executables: new Map(),
    donated: places,
    spent: places.filter((i) => !kept.has(plan.arguments[i]?.slot ?? -1)),
    resultAt: plan.results.map(({ slot }) => plan.externals.indexOf(slot)),
    fresh: plan.externals.slice(plan.arguments.length).flatMap((slot) => typeAt.get(slot) ?? []),
  };
};

/** One replay: arguments bound, results allocated. Synchronous where the device is, so that a small call costs one promise. */
const runTrace = ({ trace, device, executable }: Ready, leaves: readonly Tensor[]): unknown => {
  const { captured, donated, fresh, resultAt, plan, resultForm, spent } = trace;
  const storages = leaves.map(leafStorage);
  if (donated.length > 0) refuseSharedDonation(storages, trace);
  const buffers: DeviceBuffer[] = [];
  for (const storage of storages) buffers.push(storage.bufferOn(device));
  for (const { storage } of captured) buffers.push(storage.bufferOn(device));
  const giveBack = (error: unknown): never => {
    for (const buffer of buffers.slice(plan.arguments.length)) device.release(buffer);
    throw error;
  };
  const finish = (): unknown => {
    for (const i of donated) storages[i]?.take("was donated to a compiled function");
    for (const i of spent) {
      const buffer = buffers[i];
      if (buffer) device.release(buffer);
    }
    const tensors = plan.results.map(({ type }, i) => {
      const buffer = buffers[resultAt[i] ?? -1];
      if (!buffer) throw new ArgumentError("a plan names a result that has no memory");
      return new Tensor(leafOf(new Storage(type, { buffer })));
    });
    return treeOf(resultForm, tensors.values());
  };
  try {
    for (const type of fresh) buffers.push(device.allocate(type));
    const pending = executable.run(buffers);
    if (pending) return pending.then(finish, giveBack);
  } catch (error) {
    return giveBack(error);
  }
  return finish();
};

/** Asked at each call: the common case, all storages different, costs one set. */
const refuseSharedDonation = (storages: readonly Storage[], { donated, captured }: Trace): void => {
  const all = [...storages, ...captured.map(({ storage }) => storage)];
  if (new Set(all).size === all.length) return;
  for (const i of donated) {
    const storage = storages[i];
    if (storage && all.indexOf(storage) !== all.lastIndexOf(storage))
      throw new ArgumentError("a donated tensor is passed twice in one call; donate it alone, or pass a copy");
  }
};

const leafStorage = (leaf: Tensor, at: number): Storage => {
  const storage = storageOf(leaf.value.node);
  if (!storage) throw new ArgumentError(`argument tensor ${at} has no elements`);
  return storage;
};
