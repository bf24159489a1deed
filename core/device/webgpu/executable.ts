// A plan on the GPU, ready to be replayed: pipelines compiled, temporaries and constants in place, bind groups kept by the
// buffers they bind. A run is one encoder, one pass and one submit, and a launch at most three calls of the pass. Its parameters
// are constants of the plan, so they lie in its bind group: immediates would be a fourth call, of 2 us in Node.
import { ArgumentError } from "@millrace/kernels";
import { describeStep } from "../../plan/describe-step.ts";
import type { Plan } from "../../plan/plan.ts";
import type { PrepareProgress } from "../device.ts";
import { DeviceFaultError } from "../error.ts";
import { lowerPlan, type PlacedLaunch } from "./lower.ts";
import type { GPUMemory, MemoryBlock } from "./memory.ts";
import { mostParameters, type Pipeline, type PipelineCache } from "./pipeline.ts";
import type { Timestamps } from "./timestamps.ts";
import { writeWords } from "./words.ts";

/** What an executable uses of its device. */
export interface ExecutableContext {
  readonly gpu: GPUDevice;
  readonly memory: GPUMemory;
  readonly pipelines: PipelineCache;
  readonly traits: Parameters<typeof lowerPlan>[1];
}

/** An executable that takes memory blocks; the device turns its buffers into them. */
export interface BlockExecutable extends Disposable {
  run(externals: readonly MemoryBlock[], timestamps?: Timestamps): void;
}

/** Sets of external buffers whose bind groups are kept: a training loop meets a few. */
export const keptBindings = 32;

type Source = { readonly own: MemoryBlock } | { readonly external: number };

interface ReadyLaunch {
  readonly pipeline: Pipeline;
  readonly sources: readonly Source[];
  readonly writesExternal: readonly number[];
  readonly workgroups: readonly [number, number, number];
  /** What is bound behind its buffers. */
  readonly parameters: GPUBufferBinding | undefined;
  /** The launch before it leaves its pipeline set. */
  readonly keepsPipeline: boolean;
  /** Which external buffers the launch binds; none: its group never changes. */
  readonly externals: readonly number[];
}

interface Binding {
  readonly ids: readonly number[];
  readonly groups: readonly GPUBindGroup[];
  /** What was bound after it last time: loops go round the same few sets, which are then found without a key. */
  next: Binding | undefined;
}

const binds = ({ ids }: Binding, externals: readonly MemoryBlock[]): boolean => {
  for (let i = 0; i < ids.length; i++) if (ids[i] !== externals[i]?.id) return false;
  return true;
};

/** Makes a plan ready. All pipelines compile at the same time; `progress` is told of each. */
export const makeExecutable = async (
  context: ExecutableContext,
  plan: Plan,
  progress?: PrepareProgress,
): Promise<BlockExecutable> => {
  const { gpu, memory } = context;
  const lowered = lowerPlan(plan, context.traits);
  let compiled = 0;
  const pipelines = await Promise.all(
    lowered.launches.map(async ({ step, launch }) => {
      const pipeline = await context.pipelines.get(launch).catch((error: unknown) => {
        if (!(error instanceof DeviceFaultError)) throw error;
        throw new DeviceFaultError(`${describeStep(step)}: ${error.message}`, { cause: error });
      });
      compiled += 1;
      progress?.(compiled, lowered.launches.length);
      return pipeline;
    }),
  );
  const own: MemoryBlock[] = [];
  const take = (byteLength: number): MemoryBlock => {
    const block = memory.take(byteLength);
    own.push(block);
    return block;
  };
  const slots = plan.slots.map((slot, i): Source => {
    if (slot.kind === "external") return { external: plan.externals.indexOf(i) };
    const block = take(slot.byteLength);
    if (slot.kind === "constant") writeWords(gpu.queue, block.buffer, slot.type, slot.data);
    return { own: block };
  });
  const scratch = lowered.scratch.map(take);
  const parameters = uniformParameters(gpu, lowered.launches);
  const launches: ReadyLaunch[] = [];
  lowered.launches.forEach((placed, i) => {
    const pipeline = pipelines[i];
    if (pipeline)
      launches.push(readyLaunch(placed, pipeline, parameters?.bindings[i], slots, scratch, launches.at(-1)));
  });
  const fixed = launches.map((launch) => (launch.externals.length === 0 ? group(gpu, launch, []) : undefined));
  const kept = new Map<string, Binding>();
  let last: Binding | undefined;
  let disposed = false;

  const bind = (externals: readonly MemoryBlock[]): Binding => {
    const next = last?.next;
    if (next && binds(next, externals)) return next;
    const ids = externals.map((block) => block.id);
    const key = ids.join();
    const known = kept.get(key);
    if (known) {
      kept.delete(key);
      kept.set(key, known);
      return known;
    }
    refuseOverlap(launches, ids);
    const made = launches.map((launch, i) => {
      const before = launch.externals.every((at) => last?.ids[at] === ids[at]) ? last?.groups[i] : undefined;
      return fixed[i] ?? before ?? group(gpu, launch, externals);
    });
    const binding: Binding = { ids, groups: made, next: undefined };
    kept.set(key, binding);
    const [oldest] = kept.keys();
    if (kept.size > keptBindings && oldest !== undefined) kept.delete(oldest);
    return binding;
  };

  return {
    run(externals, timestamps) {
      if (disposed) throw new ArgumentError("this executable was disposed; prepare the plan again");
      if (externals.length !== plan.externals.length)
        throw new ArgumentError(`this plan binds ${plan.externals.length} buffers, but got ${externals.length}`);
      const binding = bind(externals);
      if (last) last.next = binding;
      last = binding;
      if (launches.length === 0) return;
      const encoder = gpu.createCommandEncoder();
      const pass = encoder.beginComputePass(timestamps && { timestampWrites: timestamps.writes });
      for (let i = 0; i < launches.length; i++) {
        const launch = launches[i];
        if (!launch) continue;
        const { workgroups } = launch;
        if (!launch.keepsPipeline) pass.setPipeline(launch.pipeline.pipeline);
        pass.setBindGroup(0, binding.groups[i]);
        pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
      }
      pass.end();
      timestamps?.resolve(encoder);
      gpu.queue.submit([encoder.finish()]);
    },
    [Symbol.dispose]() {
      disposed = true;
      for (const block of own.splice(0)) memory.giveBack(block);
      parameters?.buffer.destroy();
      kept.clear();
    },
  };
};

const readyLaunch = (
  { launch, places, accesses }: PlacedLaunch,
  pipeline: Pipeline,
  parameters: GPUBufferBinding | undefined,
  slots: readonly Source[],
  scratch: readonly MemoryBlock[],
  before: ReadyLaunch | undefined,
): ReadyLaunch => {
  const sources = places.flatMap((place): Source[] => {
    if ("slot" in place) return slots.slice(place.slot, place.slot + 1);
    const block = scratch[place.scratch];
    return block ? [{ own: block }] : [];
  });
  const externalAt = (wanted: "any" | "read_write"): number[] =>
    sources.flatMap((source, i) =>
      "external" in source && (wanted === "any" || accesses[i] === wanted) ? [source.external] : [],
    );
  return {
    pipeline,
    keepsPipeline: before?.pipeline.pipeline === pipeline.pipeline,
    sources,
    writesExternal: externalAt("read_write"),
    workgroups: launch.workgroups,
    parameters,
    externals: externalAt("any"),
  };
};

const group = (
  gpu: GPUDevice,
  { pipeline, sources, parameters }: ReadyLaunch,
  externals: readonly MemoryBlock[],
): GPUBindGroup => {
  const resources = sources.flatMap((source): GPUBufferBinding[] => {
    const block = "own" in source ? source.own : externals[source.external];
    return block ? [{ buffer: block.buffer }] : [];
  });
  if (parameters) resources.push(parameters);
  return gpu.createBindGroup({
    layout: pipeline.layout,
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
};

/** The same buffer may be bound twice when it is only read; written, it would be two names for one memory. */
const refuseOverlap = (launches: readonly ReadyLaunch[], ids: readonly number[]): void => {
  if (new Set(ids).size === ids.length) return;
  const written = new Set(launches.flatMap((launch) => launch.writesExternal.map((at) => ids[at])));
  ids.forEach((id, i) => {
    if (written.has(id) && ids.indexOf(id) !== i)
      throw new ArgumentError(
        `buffers ${ids.indexOf(id)} and ${i} of this run are the same memory and one of them is written; pass a copy`,
      );
  });
};

interface UniformParameters {
  readonly buffer: GPUBuffer;
  /** Each launch's own; undefined for one without parameters. */
  readonly bindings: readonly (GPUBufferBinding | undefined)[];
}

/** Parameters of all launches in one buffer, written once. */
const uniformParameters = (gpu: GPUDevice, launches: readonly PlacedLaunch[]): UniformParameters | undefined => {
  if (!launches.some(({ launch }) => launch.parameters?.length)) return undefined;
  const size = 4 * mostParameters;
  const stride = Math.max(gpu.limits.minUniformBufferOffsetAlignment, size);
  const words = new Uint32Array((stride / 4) * launches.length);
  const buffer = gpu.createBuffer({ size: words.byteLength, usage: 0x40 | 0x08 }); // UNIFORM | COPY_DST
  const bindings = launches.map(({ launch: { parameters = [] } }, i) => {
    words.set(parameters, (i * stride) / 4);
    return parameters.length > 0 ? { buffer, offset: i * stride, size } : undefined;
  });
  gpu.queue.writeBuffer(buffer, 0, words);
  return { buffer, bindings };
};
