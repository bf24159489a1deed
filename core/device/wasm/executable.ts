// A plan as a program in memory: kernels chosen, argument blocks written, temporaries placed. A run patches the addresses of
// what is bound from outside and makes one call.
import {
  type BufferReference,
  byteSizeOf,
  type DeviceTraits,
  type TensorType,
  type WasmEmittedFunction,
  type WasmLaunch,
  type WasmLowered,
} from "@millrace/kernels";
import { wasmKernels } from "@millrace/kernels/wasm";
import { describeStep } from "../../plan/describe-step.ts";
import type { Plan, Step } from "../../plan/plan.ts";
import type { HostArray } from "../../tensor/host-array.ts";
import { chooseKernel, contextOf } from "../choose-kernel.ts";
import type { PrepareProgress } from "../device.ts";
import { UnsupportedError } from "../error.ts";

/** What a program needs of its device. */
export interface ProgramHost {
  readonly memory: WebAssembly.Memory;
  readonly traits: DeviceTraits;
  readonly allocate: (byteLength: number) => number;
  readonly release: (at: number) => void;
  readonly writeAt: (at: number, type: TensorType, data: HostArray) => void;
  /** Table index of an exported kernel, or undefined. */
  readonly kernel: (name: string) => number | undefined;
  /** Table index of an emitted function, compiled once for its key. */
  readonly emitted: (f: WasmEmittedFunction) => Promise<number>;
  /** Told of each launch that has its code. */
  readonly progress?: PrepareProgress | undefined;
}

export interface Program {
  /** Address of the launches and their number. */
  readonly at: number;
  readonly count: number;
  /** Writes the address of the plan's external slot `index` into the argument blocks; `stamp` names its content. */
  readonly bind: (index: number, address: number, stamp: number) => void;
  /** The launch to begin with: 0 when what was made from constant inputs is to be made anew, else the first behind that. */
  readonly begin: () => number;
  readonly release: () => void;
}

/** Loads the kernels of a plan's steps. */
export const loadKernels = ({ steps }: Plan): Promise<void> => wasmKernels.load(steps.map(({ op }) => op));

/** True when no kernel fits the step and it is no mere view. */
export const lacksKernel = (step: Step, device: DeviceTraits): boolean =>
  !isView(step) && chooseKernel(wasmKernels.of(step.op), contextOf(step, device)) === undefined;

/** Lowers a step with the first kernel that fits. @throws UnsupportedError when the op has none */
export const lowerStep = (step: Step, device: DeviceTraits, mayPrepare = true): WasmLowered => {
  const context = { ...contextOf(step, device), ...(mayPrepare ? {} : { constant: [] }) };
  const kernel = chooseKernel(wasmKernels.of(step.op), context);
  if (!kernel) throw new UnsupportedError(`the WASM device has no kernel for ${describeStep(step)}`);
  return kernel.lower(context);
};

interface PlacedLaunch {
  readonly step: Step;
  readonly launch: WasmLaunch;
  /** Offset of each scratch buffer in the shared scratch block. */
  readonly scratch: readonly number[];
  /** Index of the step's first prepared buffer among all. */
  readonly prepared: number;
  readonly index: number;
}

/** Writes the plan into the device's memory. @throws OutOfMemoryError, UnsupportedError; nothing is kept then */
export const writeProgram = async (plan: Plan, host: ProgramHost): Promise<Program> => {
  const { launches, scratchBytes, preparedBytes, preparations } = await placeLaunches(plan, host);
  const owned: number[] = [];
  const own = (byteLength: number): number => {
    const at = host.allocate(byteLength);
    owned.push(at);
    return at;
  };
  const release = (): void => {
    for (const at of owned.splice(0)) host.release(at);
  };
  try {
    const slots = plan.slots.map((slot) => {
      if (slot.kind === "external") return 0;
      const at = own(slot.byteLength);
      if (slot.kind === "constant") host.writeAt(at, slot.type, slot.data);
      return at;
    });
    const scratch = scratchBytes > 0 ? own(scratchBytes) : 0;
    const prepared = preparedBytes.map(own);
    const wordCount = launches.reduce((sum, { launch }) => sum + 4 + blockWords(launch), 0);
    const at = own(4 * wordCount);
    const words = new Uint32Array(host.memory.buffer, at, wordCount);
    const floats = new Float32Array(host.memory.buffer, at, wordCount);
    const patches = plan.externals.map((): { word: number; offset: number }[] => []);
    const externalOf = new Map(plan.externals.map((slot, i) => [slot, i]));
    /** For each external that a preparation reads, the stamp of what it was made from. */
    const madeFrom: (number | undefined)[] = plan.externals.map(() => undefined);
    let block = 4 * launches.length;
    launches.forEach((placed, i) => {
      const { launch, step, index } = placed;
      words.set([index, at + 4 * block, launch.units, launch.grain], 4 * i);
      launch.arguments.forEach((argument, j) => {
        const word = block + j;
        if ("u32" in argument) words[word] = argument.u32;
        else if ("f32" in argument) floats[word] = argument.f32;
        else if ("scratch" in argument)
          words[word] = scratch + (placed.scratch[argument.scratch] ?? 0) + (argument.offset ?? 0);
        else if ("prepared" in argument)
          words[word] = (prepared[placed.prepared + argument.prepared] ?? 0) + (argument.offset ?? 0);
        else {
          const slot = slotOf(step, argument);
          const external = externalOf.get(slot);
          if (external === undefined) words[word] = (slots[slot] ?? 0) + (argument.offset ?? 0);
          else {
            patches[external]?.push({ word: (at >>> 2) + word, offset: argument.offset ?? 0 });
            if (i < preparations) madeFrom[external] = -1;
          }
        }
      });
      block += blockWords(launch);
    });
    const bound = new Array<number>(plan.externals.length).fill(-1);
    let isStale = true;
    const bind = (index: number, address: number, stamp: number): void => {
      const known = madeFrom[index];
      if (known !== undefined && known !== stamp) {
        madeFrom[index] = stamp;
        isStale = true;
      }
      if (bound[index] === address) return;
      bound[index] = address;
      const memory = new Uint32Array(host.memory.buffer);
      for (const { word, offset } of patches[index] ?? []) memory[word] = address + offset;
    };
    const begin = (): number => {
      const first = isStale ? 0 : preparations;
      isStale = false;
      return first;
    };
    return { at, count: launches.length, bind, begin, release };
  } catch (error) {
    release();
    throw error;
  }
};

/** Words of a launch's argument block, kept a multiple of four so that blocks stay aligned to 16 bytes. */
const blockWords = (launch: WasmLaunch): number => Math.ceil(launch.arguments.length / 4) * 4;

const slotOf = (step: Step, reference: BufferReference): number => {
  const operand = isInput(reference) ? step.inputs[reference.input] : outputOf(step, reference);
  if (!operand) throw new UnsupportedError(`a kernel of ${step.op.name} names an operand that the step does not have`);
  return operand.slot;
};
const isInput = (reference: BufferReference): reference is { readonly input: number } => "input" in reference;
const outputOf = (step: Step, reference: BufferReference) =>
  "output" in reference ? step.outputs[reference.output] : undefined;

/** Most bytes that a plan takes for what it prepares from constant inputs: 512 MiB. Steps past it do without. */
const preparedLimit = 1 << 29;

interface PlacedLaunches {
  /** Preparations first. */
  readonly launches: PlacedLaunch[];
  readonly preparations: number;
  readonly scratchBytes: number;
  readonly preparedBytes: readonly number[];
}

/** Lowers all steps; scratch is shared, as steps run one after another. */
const placeLaunches = async (plan: Plan, host: ProgramHost): Promise<PlacedLaunches> => {
  let scratchBytes = 0;
  let preparedTotal = 0;
  const preparedBytes: number[] = [];
  const preparing: Promise<PlacedLaunch>[] = [];
  const pending: Promise<PlacedLaunch>[] = [];
  for (const step of plan.steps) {
    let lowered: WasmLowered = isView(step) ? lowerCopy(step) : lowerStep(step, host.traits);
    const wanted = (lowered.prepared ?? []).reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (preparedTotal + wanted > preparedLimit) lowered = lowerStep(step, host.traits, false);
    else preparedTotal += wanted;
    const prepared = preparedBytes.length;
    for (const { byteLength } of lowered.prepared ?? []) preparedBytes.push(byteLength);
    let used = 0;
    const scratch = (lowered.scratch ?? []).map((byteLength) => {
      const offset = used;
      used += Math.ceil((byteLength + 16) / 64) * 64;
      return offset;
    });
    scratchBytes = Math.max(scratchBytes, used);
    const place = (launch: WasmLaunch, to: Promise<PlacedLaunch>[]): void => {
      if (launch.units > 0)
        to.push(tableIndex(launch, host).then((index) => ({ step, launch, scratch, prepared, index })));
    };
    for (const each of lowered.prepared ?? []) for (const launch of each.launches) place(launch, preparing);
    for (const launch of lowered.launches) place(launch, pending);
  }
  const all = [...preparing, ...pending];
  let done = 0;
  const launches = await Promise.all(
    all.map(async (placed) => {
      const launch = await placed;
      done += 1;
      host.progress?.(done, all.length);
      return launch;
    }),
  );
  return { launches, preparations: preparing.length, scratchBytes, preparedBytes };
};

const tableIndex = async (launch: WasmLaunch, host: ProgramHost): Promise<number> => {
  if (typeof launch.function !== "string") return host.emitted(launch.function);
  const index = host.kernel(launch.function);
  if (index === undefined) throw new UnsupportedError(`the WASM build exports no kernel "${launch.function}"`);
  return index;
};

const isView = (step: Step): boolean => step.op.name === "reshape";

/** A reshape is a view; it costs a copy only where the planner gave it memory of its own. */
const lowerCopy = (step: Step): WasmLowered => {
  const [from] = step.inputs;
  const [to] = step.outputs;
  if (!from || !to) throw new UnsupportedError(`a step of ${step.op.name} without an operand was planned`);
  if (from.slot === to.slot || byteSizeOf(to.type) === 0) return { launches: [] };
  const count = byteSizeOf(to.type) / 4;
  return {
    launches: [
      {
        function: "copyWords",
        arguments: [{ input: 0 }, { output: 0 }, { u32: count }],
        units: Math.ceil(count / 4096),
        grain: 32,
      },
    ],
  };
};
