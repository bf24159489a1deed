// Where time goes: a piece of program is run with every step of every plan timed, and summed up by kernel.
import { ArgumentError } from "@millrace/kernels";
import type { Device, DeviceKind, Fallback } from "../device/device.ts";
import { recorderOf, setRecorder } from "../device/replay.ts";
import { nameStep } from "../plan/describe-step.ts";
import { type DeviceRoof, secondsAtRoof } from "../plan/predict.ts";
import { type ProfileEvent, startRecording } from "./record.ts";
import { measureRoof } from "./roof.ts";

/** Options of profiled. */
export interface ProfileOptions {
  /** Measure the device's roof first (0.2 s, once a device), so that each kernel's share of it is known. Default true. */
  readonly roof?: boolean;
}

/** What one kernel did: all calls of one op, or of one fused chain of element-wise functions. */
export interface KernelProfile {
  /** "matmul", "map(multiply add)". */
  readonly name: string;
  readonly calls: number;
  /** Operations and bytes of all calls, as the ops' definitions count them. */
  readonly flops: number;
  readonly bytes: number;
  /** Measured; undefined where the device can only time whole runs. */
  readonly milliseconds: number | undefined;
  /** Time at the device's roof over the time taken, 0 to about 1; undefined without a roof or a time. */
  readonly roofShare: number | undefined;
  /** Which roof is the nearer one. */
  readonly bound: "compute" | "memory" | undefined;
  /** It ran on the reference device, as the profiled one lacks it. */
  readonly fallsBack: boolean;
}

/** What a profiled piece of program did on its device. */
export interface Profile {
  readonly device: string;
  readonly kind: DeviceKind;
  /**
   * "host": each step alone, by performance.now() around it. "device": each step alone, by the GPU's timestamps. "runs":
   * whole runs by the host's clock, since the GPU has no timestamps; kernels have no times then.
   */
  readonly clock: "host" | "device" | "runs";
  /** From begin to end of the profiled function; steps run one by one take longer than a replay does. */
  readonly milliseconds: number;
  /** Plans that were run. */
  readonly runs: number;
  /** By time, longest first. */
  readonly kernels: readonly KernelProfile[];
  readonly roof: DeviceRoof | undefined;
  /** What the device lacks of the ops it was asked for so far. */
  readonly fallbacks: readonly Fallback[];
  /** Every timed step in its order. */
  readonly events: readonly ProfileEvent[];
}

/** See profiled.ts. */
export const profiled = async (
  device: Device,
  fn: () => unknown,
  { roof: wantsRoof = true }: ProfileOptions = {},
): Promise<Profile> => {
  const refuse = (): void => {
    if (recorderOf(device))
      throw new ArgumentError(`${device.name} is being profiled already; end that profile before you begin another`);
  };
  refuse();
  const roof = wantsRoof ? await measureRoof(device) : undefined;
  refuse();
  const origin = performance.now();
  using recording = startRecording(device, origin);
  setRecorder(device, recording.recorder);
  try {
    await fn();
  } finally {
    setRecorder(device, undefined);
  }
  const { events, plans, wholeRuns } = recording;
  return {
    device: device.name,
    kind: device.kind,
    clock: wholeRuns ? "runs" : device.kind === "webgpu" ? "device" : "host",
    milliseconds: performance.now() - origin,
    runs: plans.length,
    kernels: wholeRuns ? untimedKernels(recording) : timedKernels(events, roof),
    roof,
    fallbacks: [...device.fallbacks],
    events,
  };
};

const timedKernels = (events: readonly ProfileEvent[], roof: DeviceRoof | undefined): KernelProfile[] => {
  const groups = Map.groupBy(events, ({ name, fallsBack }) => `${fallsBack} ${name}`);
  const sum = (group: readonly ProfileEvent[], of: (event: ProfileEvent) => number): number =>
    group.reduce((total, event) => total + of(event), 0);
  return [...groups.values()]
    .flatMap((group): KernelProfile[] => {
      const [first] = group;
      if (!first) return [];
      const milliseconds = sum(group, (event) => event.milliseconds);
      const at = (kind: "compute" | "memory"): number =>
        sum(group, (event) => (roof ? secondsAtRoof(roof, event)[kind] : 0));
      const nearest = sum(group, (event) => (roof ? Math.max(...Object.values(secondsAtRoof(roof, event))) : 0));
      const compared = roof && !first.fallsBack && milliseconds > 0;
      return [
        {
          name: first.name,
          calls: group.length,
          flops: sum(group, (event) => event.flops),
          bytes: sum(group, (event) => event.bytes),
          milliseconds,
          roofShare: compared ? (1000 * nearest) / milliseconds : undefined,
          bound: compared ? (at("compute") > at("memory") ? "compute" : "memory") : undefined,
          fallsBack: first.fallsBack,
        },
      ];
    })
    .sort((a, b) => (b.milliseconds ?? 0) - (a.milliseconds ?? 0));
};

const untimedKernels = ({ plans }: Pick<ReturnType<typeof startRecording>, "plans">): KernelProfile[] =>
  [
    ...Map.groupBy(
      plans.flatMap((plan) => plan.steps),
      nameStep,
    ),
  ].map(([name, steps]) => ({
    name,
    calls: steps.length,
    flops: steps.reduce((total, { work }) => total + work.flops, 0),
    bytes: steps.reduce((total, { work }) => total + work.bytes, 0),
    milliseconds: undefined,
    roofShare: undefined,
    bound: undefined,
    fallsBack: false,
  }));
