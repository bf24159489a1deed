// Between a device's own way of preparing a plan and its callers, the same for every device: ops that it lacks run on the
// reference device, memory that runs out is told by op and size, and a recorder may watch each run.
import type { Plan, Step } from "../plan/plan.ts";
import type { Device, DeviceBuffer, Executable, Fallback, PrepareProgress } from "./device.ts";
import { sayWhatNeedsRoom } from "./error.ts";
import { prepareInParts } from "./fallback.ts";

/** A plan made ready by a device itself. */
export interface Replay extends Executable {
  /**
   * Runs, waits for the end, and gives the nanoseconds that the work took. Absent where only the caller's own wait could
   * tell (a GPU without timestamps).
   */
  timed?(externals: readonly DeviceBuffer[]): Promise<number>;
  /** Some of its steps run on the reference device. */
  readonly fallsBack?: true;
}

/** What a device does by itself. */
export interface ReplayHost {
  readonly device: Device;
  /** The list behind `device.fallbacks`. */
  readonly fallbacks: Fallback[];
  /** Loads the kernels that a plan needs; absent where all are there. */
  readonly load?: (plan: Plan) => Promise<void>;
  /** True when it has no kernel for the step, once they are loaded. */
  readonly lacks: (step: Step) => boolean;
  /** Prepares a plan that it lacks nothing of. */
  readonly prepare: (plan: Plan, progress?: PrepareProgress) => Promise<Replay>;
}

/** Watches the runs on a device: called in place of each, with a way to prepare plans that are not watched. */
export type Recorder = (
  plan: Plan,
  externals: readonly DeviceBuffer[],
  prepare: (plan: Plan) => Promise<Replay>,
) => Promise<void>;

const recorders = new Map<Device, Recorder>();

/** The recorder of a device, if it has one. */
export const recorderOf = (device: Device): Recorder | undefined =>
  recorders.size === 0 ? undefined : recorders.get(device);

/** Sets the recorder of a device, or takes it away. It sees executables that were prepared before, too. */
export const setRecorder = (device: Device, recorder: Recorder | undefined): void => {
  if (recorder) recorders.set(device, recorder);
  else recorders.delete(device);
};

/** Prepares a plan as every device does. */
export const prepareReplay = async (host: ReplayHost, plan: Plan, progress?: PrepareProgress): Promise<Executable> => {
  const { device } = host;
  const prepare = async (wanted: Plan): Promise<Replay> => {
    try {
      await host.load?.(wanted);
      return await (wanted.steps.some(host.lacks) ? prepareInParts(host, wanted) : host.prepare(wanted, progress));
    } catch (error) {
      throw sayWhatNeedsRoom(error, wanted);
    }
  };
  const made = await prepare(plan);
  return {
    run: (externals) => recorderOf(device)?.(plan, externals, prepare) ?? made.run(externals),
    [Symbol.dispose]: () => made[Symbol.dispose](),
  };
};

/** The host's clock around a run that resolves when its work is done. */
export const timedByHost =
  (run: Executable["run"]): NonNullable<Replay["timed"]> =>
  async (externals) => {
    const begin = performance.now();
    await run(externals);
    return (performance.now() - begin) * 1e6;
  };
