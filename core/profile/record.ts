// Running plans step by step under a clock. Each step becomes a plan of its own, so every device's usual way of preparing
// and running is what is timed; what the whole keeps in temporaries is held between the steps.
import type { Device, DeviceBuffer } from "../device/device.ts";
import type { Recorder, Replay } from "../device/replay.ts";
import { describeStep, nameStep } from "../plan/describe-step.ts";
import { partOf } from "../plan/part.ts";
import type { Plan } from "../plan/plan.ts";
import { settle } from "./roof.ts";

/** One step of one run; or one whole run, where the device cannot time steps. */
export interface ProfileEvent {
  /** "matmul", "map(multiply add)"; "run" for a whole run. */
  readonly name: string;
  /** With the sizes of its operands. */
  readonly step: string;
  /** Milliseconds from the profile's begin, by the host's clock. */
  readonly begin: number;
  readonly milliseconds: number;
  readonly flops: number;
  readonly bytes: number;
  /** It ran on the reference device, with copies. */
  readonly fallsBack: boolean;
}

/** What a recording has gathered. */
export interface Recording extends Disposable {
  readonly recorder: Recorder;
  readonly events: ProfileEvent[];
  /** Plans run, each as often as it was. */
  readonly plans: Plan[];
  /** True once a run could only be timed as a whole. */
  readonly wholeRuns: boolean;
}

interface Part {
  readonly name: string;
  readonly step: string;
  readonly flops: number;
  readonly bytes: number;
  readonly fallsBack: boolean;
  readonly run: (externals: readonly DeviceBuffer[]) => Promise<number>;
}

/** Begins a recording on a device; `origin` is the zero of its events. */
export const startRecording = (device: Device, origin: number): Recording => {
  const events: ProfileEvent[] = [];
  const plans: Plan[] = [];
  const owned: Disposable[] = [];
  const prepared = new Map<Plan, Promise<readonly Part[]>>();
  let wholeRuns = false;

  const partsOf = async (plan: Plan, prepare: (plan: Plan) => Promise<Replay>): Promise<readonly Part[]> => {
    const buffers = plan.slots.map((slot) => {
      if (slot.kind !== "temporary") return undefined;
      const buffer = device.allocate({ dtype: "u32", shape: [slot.byteLength / 4] });
      owned.push({ [Symbol.dispose]: () => device.release(buffer) });
      return buffer;
    });
    const parts: Part[] = [];
    for (const [at, step] of plan.steps.entries()) {
      const part = partOf(plan, at, at + 1);
      const replay = await prepare(part.plan);
      owned.push(replay);
      const { timed } = replay;
      if (!timed) return [await wholeOf(plan, prepare)];
      parts.push({
        ...step.work,
        name: nameStep(step),
        step: describeStep(step),
        fallsBack: replay.fallsBack ?? false,
        run: (externals) =>
          timed(part.externals.flatMap((slot) => buffers[slot] ?? externals[plan.externals.indexOf(slot)] ?? [])),
      });
    }
    return parts;
  };

  const wholeOf = async (plan: Plan, prepare: (plan: Plan) => Promise<Replay>): Promise<Part> => {
    const replay = await prepare(plan);
    owned.push(replay);
    wholeRuns = true;
    const { flops, bytes } = plan.cost;
    const run = async (externals: readonly DeviceBuffer[]): Promise<number> => {
      await settle(device);
      const begin = performance.now();
      await replay.run(externals);
      await settle(device);
      return (performance.now() - begin) * 1e6;
    };
    const step = `a plan of ${plan.steps.length} steps`;
    return { name: "run", step, flops, bytes, fallsBack: replay.fallsBack ?? false, run };
  };

  const runOnce: Recorder = async (plan, externals, prepare) => {
    const parts = prepared.get(plan) ?? partsOf(plan, prepare);
    prepared.set(plan, parts);
    parts.catch(() => prepared.delete(plan));
    for (const { run, ...part } of await parts) {
      const begin = performance.now() - origin;
      const milliseconds = (await run(externals)) / 1e6;
      events.push({ ...part, begin, milliseconds });
    }
    plans.push(plan);
  };

  // One run at a time, in the order of the calls: steps of two runs must not meet in one plan's temporaries.
  let last: Promise<unknown> = Promise.resolve();
  return {
    events,
    plans,
    get wholeRuns() {
      return wholeRuns;
    },
    recorder: (...run) => {
      const mine = last.then(() => runOnce(...run));
      last = mine.catch(() => {});
      return mine;
    },
    [Symbol.dispose]: () => {
      for (const each of owned.splice(0)) each[Symbol.dispose]();
    },
  };
};
