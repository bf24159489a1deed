// The contract between the job engine and the kinds of work: what an executor is given, and what it gives back.
// Nothing an executor does is seen by others until its effect commits together with the job's completion.
import type { Database, DatabaseTransaction } from "../data/database.ts";
import type { JsonObject } from "../data/json.ts";
import type { JobKind, Row } from "../data/schema.ts";
import type { ObjectHash, ObjectSource, ObjectStore, StoredObject } from "../store/store.ts";

/** What a kind of work counts before it runs: totals over the whole job. */
export type WorkEstimate = {
  /** Floating-point operations of the kernels. */
  flops: number;
  /** Bytes that kernels and readers move. */
  bytes: number;
  /** Bytes that the job will leave in the object store. */
  storedBytes: number;
};

/** Where a job goes on from: any JSON the executor understands, and the bytes of its state. */
export type Checkpoint = { readonly position: JsonObject; readonly state: Uint8Array | undefined };

/** How an executor keeps its place. */
export type CheckpointKeeper = {
  /** The last committed checkpoint of this job, or undefined at the first attempt. */
  load(): Promise<Checkpoint | undefined>;
  /**
   * Whether enough time has passed for another one: true about each second, less often when commits are slow, so that
   * they take at most a twentieth of the time. Cheap: ask it at every step.
   */
  readonly due: boolean;
  /**
   * Commits position, state, every metric point appended so far, usage and machine time in one transaction. After a
   * crash the job goes on from here and points appended later are as if they never were, so append a step's points
   * before the commit that covers the step. @throws LeaseLost
   */
  commit(checkpoint: { position: JsonObject; state?: Uint8Array }): Promise<void>;
};

/** How an executor reports curves. */
export type MetricRecorder = {
  /**
   * Adds one point. Synchronous and cheap; points become visible with the next checkpoint or the job's end.
   * @param step an int32 that grows strictly within a series
   */
  append(series: string, step: number, value: number): void;
};

/** How an executor meters its kernels. */
export type UsageRecorder = {
  /** Adds to the job's use of one kernel on one device. Synchronous and cheap. */
  add(kernel: string, device: string, use: { calls: number; flops: number; bytes: number; seconds: number }): void;
};

/** What an executor works with. */
export type JobContext = {
  readonly job: Row<"job">;
  readonly tenantId: string;
  readonly projectId: string;
  /** For reading; writes go into the effect that `run` returns. */
  readonly database: Database;
  /** For reading objects. */
  readonly store: ObjectStore;
  /** Stores an object on the job's account (billed as storage). The same as `store.put` otherwise. */
  put(source: ObjectSource): Promise<StoredObject>;
  /** Aborts when the job is cancelled, the lease is lost or the gateway stops. Pass it on; check it in every loop. */
  readonly signal: AbortSignal;
  /** Throws the signal's reason when it has aborted, and lets the event loop turn: call it in long synchronous loops. */
  breathe(): Promise<void>;
  /** How far the job is, 0 to 1, and what it is doing. Synchronous and cheap: written at most twice a second. */
  progress(fraction: number, message?: string): void;
  readonly metrics: MetricRecorder;
  readonly checkpoint: CheckpointKeeper;
  readonly usage: UsageRecorder;
};

/**
 * What a job does at its end: writes its rows and returns its output, inside the transaction that completes the job.
 * Keep it short, and idempotent only in the sense that it runs at most once to a commit: it is rolled back whole when
 * the lease is lost.
 */
export type JobEffect = (transaction: DatabaseTransaction) => Promise<JsonObject>;

/** A kind of work as the engine sees it. */
export type JobExecutor = {
  readonly kind: JobKind;
  /** Counts the work of an input; undefined where nothing can be said. @throws DomainError on a bad input */
  estimate(input: JsonObject, sources: EstimateSources): Promise<WorkEstimate | undefined>;
  /**
   * Does the work. A DomainError fails the job at once with its code, message and path; any other error is taken for
   * a crash and tried again with a growing delay, at most three times.
   */
  run(context: JobContext): Promise<JobEffect>;
};

/** What an estimate may look at. */
export type EstimateSources = {
  readonly tenantId: string;
  readonly database: Database;
  readonly store: ObjectStore;
};

/**
 * Makes an executor from a typed definition: `parse` turns the stored JSON into the kind's own input type, so that
 * `run` and `estimate` need no cast.
 *
 * @example
 * export const importExecutor = defineExecutor({ kind: "IMPORT", parse: parseImportInput,
 *   async run(input, context) { ...; return async (transaction) => ({ datasetVersionId }); } });
 */
export function defineExecutor<Input>(definition: {
  kind: JobKind;
  parse(input: JsonObject): Input;
  estimate?(input: Input, sources: EstimateSources): Promise<WorkEstimate | undefined>;
  run(input: Input, context: JobContext): Promise<JobEffect>;
}): JobExecutor {
  return {
    kind: definition.kind,
    estimate: async (input, sources) => definition.estimate?.(definition.parse(input), sources),
    run: (context) => definition.run(definition.parse(context.job.input), context),
  };
}

export type { ObjectHash };
