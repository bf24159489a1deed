// The engine: takes jobs from the queue, as many at once as it was given places, and runs an attempt at each. It
// also is the door for submitting and cancelling, since both have to reach the queue in the job's own transaction.
import { sql } from "kysely";
import type { Database } from "../data/database.ts";
import { selectAbandoned, selectLeftCheckpoints } from "../data/job/store.ts";
import type { JsonObject } from "../data/json.ts";
import type { Notifications } from "../data/notifications.ts";
import type { JobEstimate, JobKind, Row } from "../data/schema.ts";
import { estimateJob } from "../domain/cost/estimate.ts";
import { cancelJob, type JobSubmission, prioritiseJob, submitJob } from "../domain/job/service.ts";
import type { Log } from "../http/log.ts";
import type { ObjectStore } from "../store/store.ts";
import { type Attempt, startAttempt } from "./attempt.ts";
import { removeCheckpoint, removeLostStates } from "./checkpoint.ts";
import type { JobExecutor } from "./executor.ts";
import type { MachineMeter } from "./meter.ts";
import type { JobQueue, QueueClaim } from "./queue.ts";

const POLL_MILLISECONDS = 500;
/** How long a stop waits for executors to heed it. */
const STOP_PATIENCE_MILLISECONDS = 10_000;

/** What the engine and its attempts work with. */
export type Workplace = {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly queue: JobQueue;
  readonly meter: MachineMeter;
  readonly notifications: Notifications;
  readonly log: Log;
};

/** The engine of a process. */
export type JobEngine = {
  /**
   * Estimates a job, adds it and queues it. What was submitted is on disk.
   *
   * @throws DomainError when the kind's executor refuses the input
   * @throws IdempotencyKeyReused
   */
  submit(tenantId: string, submission: JobSubmission): Promise<Row<"job">>;
  /** What a job would take, without running it; undefined where its kind cannot say. */
  estimate(tenantId: string, kind: JobKind, input: JsonObject): Promise<JobEstimate | undefined>;
  /** Cancels a job. @throws NotFound @throws JobOver */
  cancel(tenantId: string, jobId: string): Promise<Row<"job">>;
  /** Gives a job that waits another priority. @throws NotFound @throws JobStarted */
  prioritise(tenantId: string, jobId: string, priority: number): Promise<Row<"job">>;
  /** How many jobs run here now. */
  readonly running: number;
  /** Whether jobs are taken from the queue, and why not. */
  readonly health: { ready: boolean; message: string };
  /** Takes no more jobs, stops those that run (they go on from their checkpoints at the next start), and waits. */
  close(): Promise<void>;
};

/**
 * Starts the engine. Jobs that this machine's last process left running are queued again at once: the machine's lock
 * says that it is dead.
 *
 * @param places how many jobs run at once; 0 submits and cancels without working
 */
export async function startEngine(
  workplace: Workplace,
  executors: readonly JobExecutor[],
  places: number,
): Promise<JobEngine> {
  const { database, store, queue, meter, notifications, log } = workplace;
  const byKind = new Map(executors.map((executor) => [executor.kind, executor]));
  const attempts = new Map<string, Attempt>();
  let starting = 0;
  let stopping = false;
  let trouble: string | undefined;
  let wake: () => void = () => {};

  for (const left of await selectLeftCheckpoints(database, meter.machine.id)) {
    await removeCheckpoint(database, store, left);
  }
  const abandoned = await selectAbandoned(database, meter.machine.id);
  await removeLostStates(store, new Map(abandoned.map(({ id, blobHash }) => [id, blobHash])));
  for (const { id } of abandoned) {
    await database.transaction().execute((transaction) => queue.recover(transaction, id));
  }

  const unsubscribe = notifications.subscribe("millrace_job", (jobId) => {
    wake();
    if (jobId !== undefined) attempts.get(jobId)?.look();
    else for (const attempt of attempts.values()) attempt.look();
  });

  async function attend(entry: QueueClaim): Promise<void> {
    starting++;
    try {
      const attempt = await startAttempt(workplace, byKind, entry);
      if (attempt === undefined) return;
      attempts.set(entry.id, attempt);
      if (stopping) attempt.stop();
      attempt.done.finally(() => {
        if (attempts.get(entry.id) === attempt) attempts.delete(entry.id);
        wake();
      });
    } catch (error) {
      // The claim runs out by itself and the job comes again.
      log({ level: "error", event: "job not started", jobId: entry.id, error });
    } finally {
      starting--;
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, POLL_MILLISECONDS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function work(): Promise<void> {
    while (!stopping) {
      const free = places - attempts.size - starting;
      try {
        const entries = free > 0 ? await queue.take(free) : [];
        trouble = undefined;
        await Promise.all(entries.map(attend));
        if (entries.length > 0) continue;
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error);
        log({ level: "error", event: "queue not read", error });
      }
      if (!stopping) await pause();
    }
  }
  const working = places > 0 ? work() : Promise.resolve();

  const hint = (jobId: string) => sql`select pg_notify('millrace_job', ${jobId})`;
  const estimate: JobEngine["estimate"] = async (tenantId, kind, input) => {
    const count = await byKind.get(kind)?.estimate(input, { tenantId, database, store });
    return count === undefined ? undefined : estimateJob(database, tenantId, meter.machine, kind, count);
  };

  return {
    estimate,
    async submit(tenantId, submission) {
      const estimated = await estimate(tenantId, submission.kind, submission.input);
      return database.transaction().execute(async (transaction) => {
        const job = await submitJob(transaction, queue.add, tenantId, { ...submission, estimate: estimated });
        await hint(job.id).execute(transaction);
        return job;
      });
    },
    cancel: (tenantId, jobId) =>
      database.transaction().execute(async (transaction) => {
        const job = await cancelJob(transaction, queue.remove, tenantId, jobId);
        await hint(jobId).execute(transaction);
        return job;
      }),
    prioritise: (tenantId, jobId, priority) =>
      database
        .transaction()
        .execute((transaction) => prioritiseJob(transaction, queue.prioritise, tenantId, jobId, priority)),
    get running() {
      return attempts.size;
    },
    get health() {
      if (stopping) return { ready: false, message: "The worker is stopping." };
      if (trouble !== undefined) return { ready: false, message: `The queue cannot be read: ${trouble}` };
      return {
        ready: true,
        message: places > 0 ? `${attempts.size} of ${places} places are taken.` : "No worker here.",
      };
    },
    async close() {
      stopping = true;
      wake();
      await working;
      for (const attempt of attempts.values()) attempt.stop();
      const all = Promise.all([...attempts.values()].map((attempt) => attempt.done));
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, STOP_PATIENCE_MILLISECONDS);
      });
      await Promise.race([all, patience]);
      clearTimeout(timer);
      unsubscribe();
    },
  };
}
