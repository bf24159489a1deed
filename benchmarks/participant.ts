// What is run side by side: our own device and the peers, each behind the same few functions, in a process of its own.
import type { Workload } from "./workloads/index.ts";
import type { Measure } from "./workloads/task.ts";

/** What one run costs, by the definitions of its kernels. */
export interface Cost {
  readonly flops: number;
  readonly bytes: number;
  readonly dispatches: number;
}

/** A workload built and ready to be run many times. */
export interface Prepared {
  /** Where the participant counts it. */
  readonly cost?: Cost;
  /** One run. A promise, if any, is awaited within the time measured. */
  readonly run: () => unknown;
  /** Waits for what the runs have queued, where they do not wait themselves. Awaited within the time measured. */
  readonly finish?: () => Promise<void>;
  /** The result of a run, on the host. */
  readonly output: () => Promise<ArrayLike<number>>;
  readonly dispose: () => void;
}

export interface Participant {
  readonly name: string;
  readonly version: string;
  /** Where it runs, in its own words. */
  readonly device: string;
  /** Builds a workload; undefined where this participant has no way to do it. */
  readonly prepare: (workload: Workload) => Promise<Prepared | undefined>;
}

/** The one among them that also measures the machine's limits, in the same process as its kernels. */
export interface RoofParticipant extends Participant {
  readonly prepareRoof: (measure: Measure) => Promise<PreparedRoof>;
}

export interface PreparedRoof extends Prepared {
  /** FLOP, bytes or launches of one run. */
  readonly amount: number;
}

export interface ParticipantOptions {
  readonly threads: number;
  readonly device: "wasm" | "webgpu";
  /** Take a GPU in software too. */
  readonly software?: boolean;
}

/** The default export of an adapter. */
export type OpenParticipant = (options: ParticipantOptions) => Promise<Participant>;
