// One attempt at a job: claimed under a new lease, run while a pulse watches over it, and ended in one transaction
// with everything it leaves behind.
import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import type { DatabaseTransaction } from "../data/database.ts";
import {
  claimJob,
  deleteCheckpoint,
  endAttempt,
  type JobEnding,
  selectCheckpoint,
  selectOrders,
  updateProgress,
} from "../data/job/store.ts";
import { selectSeries } from "../data/metric/store.ts";
import type { Row } from "../data/schema.ts";
import { recordOutcome } from "../domain/cost/estimate.ts";
import { DomainError } from "../domain/error.ts";
import { JobCrashed } from "../domain/job/errors.ts";
import { announceJob } from "../domain/job/events.ts";
import { createCheckpointKeeper } from "./checkpoint.ts";
import type { Workplace } from "./engine.ts";
import type { JobContext, JobEffect, JobExecutor } from "./executor.ts";
import { fencedBy, GatewayStopping, JobCancelled, LeaseLost } from "./lease.ts";
import type { QueueClaim } from "./queue.ts";
import { createRecorder } from "./recorder.ts";

const PULSE_MILLISECONDS = 400;
const HEARTBEAT_MILLISECONDS = 4_000;
/** An executor that does not heed a cancel is shut out after this long. */
const CANCEL_PATIENCE_MILLISECONDS = 2_000;
/** Crashes in a row, without a checkpoint between them, after which a job is taken for the cause. */
const MOST_CRASHES = 5;

/** An attempt that runs. */
export type Attempt = {
  readonly jobId: string;
  /** Looks for orders at once: a hint came that there are some. */
  look(): void;
  /** Aborts the work so that it can be taken up later. */
  stop(): void;
  /** Settles when the executor has returned and the ending is written. Never rejects. */
  readonly done: Promise<void>;
};

async function claim(workplace: Workplace, entry: QueueClaim, lease: string): Promise<Row<"job"> | undefined> {
  const { meter, queue } = workplace;
  return meter.transact(async (transaction) => {
    const job = await claimJob(transaction, entry.tenantId, entry.id, lease, meter.machine.id);
    if (job === undefined) await queue.complete(transaction, entry);
    else await announceJob(transaction, job, "STATE");
    return job;
  });
}

/** Why an attempt ended, as its job is to be told. */
function endingOf(error: unknown, job: Row<"job">): JobEnding | undefined {
  if (error instanceof LeaseLost) return undefined;
  if (error instanceof JobCancelled) return { state: "CANCELLED" };
  if (error instanceof GatewayStopping) return { state: "QUEUED", crashed: false };
  const told =
    error instanceof DomainError
      ? error
      : job.crashes + 1 >= MOST_CRASHES
        ? new JobCrashed(job.id, job.crashes + 1)
        : undefined;
  if (told === undefined) return { state: "QUEUED", crashed: true };
  return { state: "FAILED", error: { code: told.code, message: told.message, path: [...told.path] } };
}

/** Starts an attempt at the job of a queue entry; undefined when the job is over already. */
export async function startAttempt(
  workplace: Workplace,
  executors: ReadonlyMap<string, JobExecutor>,
  entry: QueueClaim,
): Promise<Attempt | undefined> {
  const lease = randomUUID();
  const job = await claim(workplace, entry, lease);
  if (job === undefined) return undefined;
  const series = await selectSeries(workplace.database, job.tenantId, job.id);
  const lastSteps = series.flatMap(({ name, lastStep }): [string, number][] =>
    lastStep === null ? [] : [[name, lastStep]],
  );
  const checkpoint = await selectCheckpoint(workplace.database, job.tenantId, job.id);
  return launch({ workplace, executor: executors.get(job.kind), entry, lease, job, lastSteps, checkpoint });
}

function launch(start: {
  workplace: Workplace;
  executor: JobExecutor | undefined;
  entry: QueueClaim;
  lease: string;
  job: Row<"job">;
  lastSteps: [string, number][];
  checkpoint: Row<"checkpoint"> | undefined;
}): Attempt {
  const { workplace, executor, entry, lease, job } = start;
  const { database, store, meter, queue, log } = workplace;
  let endActivity = meter.beginJob(job);
  const fenced = fencedBy(meter, job, lease);
  const abort = new AbortController();
  const recorder = createRecorder(new Map(start.lastSteps));
  const checkpoint = createCheckpointKeeper({ job, store, recorder, fenced, checkpoint: start.checkpoint });
  let told: { fraction: number; message: string } | undefined;

  const context: JobContext = {
    job,
    tenantId: job.tenantId,
    projectId: job.projectId,
    database,
    store,
    async put(source) {
      const object = await store.put(source, abort.signal);
      recorder.keep(object);
      return object;
    },
    signal: abort.signal,
    async breathe() {
      await turn();
      abort.signal.throwIfAborted();
    },
    progress(fraction, message) {
      const bounded = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
      told = { fraction: bounded, message: message ?? told?.message ?? job.progressMessage };
    },
    metrics: { append: (name, step, value) => recorder.append(name, step, value) },
    checkpoint,
    usage: { add: (kernel, device, use) => recorder.use(kernel, device, use) },
  };

  async function writeProgress(): Promise<void> {
    const news = told;
    if (news === undefined) return;
    told = undefined;
    await database.transaction().execute(async (transaction) => {
      const row = await updateProgress(transaction, entry.tenantId, entry.id, lease, news.fraction, news.message);
      if (row === undefined) throw new LeaseLost(entry.id);
      await announceJob(transaction, row, "PROGRESS");
    });
  }

  let lastHeartbeat = performance.now();
  async function pulse(): Promise<void> {
    const orders = await selectOrders(database, entry.tenantId, entry.id, lease);
    if (orders === undefined) throw new LeaseLost(entry.id);
    if (orders.cancelRequested) throw new JobCancelled();
    await writeProgress();
    if (performance.now() - lastHeartbeat < HEARTBEAT_MILLISECONDS) return;
    if (!(await queue.touch(entry))) throw new LeaseLost(entry.id);
    lastHeartbeat = performance.now();
    const batch = recorder.take("USE");
    await fenced((transaction, row) => batch.write(transaction, row)).catch((error: unknown) => {
      batch.putBack();
      throw error;
    });
  }

  let pulsing: Promise<void> | undefined;
  const beat = (): void => {
    pulsing ??= pulse()
      .catch((error: unknown) => {
        if (error instanceof LeaseLost || error instanceof JobCancelled) abort.abort(error);
        // Anything else is the database's trouble: the next pulse tries again, and a lost lease will tell.
        else log({ level: "warning", event: "pulse failed", jobId: entry.id, error });
      })
      .finally(() => {
        pulsing = undefined;
      });
  };
  const timer = setInterval(beat, PULSE_MILLISECONDS);

  /** Writes the ending with all it brings; a success that fails in its effect ends as that failure. */
  async function end(ending: JobEnding | undefined, effect: JobEffect | undefined, returned: boolean): Promise<void> {
    if (ending === undefined && effect === undefined) return;
    // Points of a job that will be taken up again are not kept: they come again from the checkpoint.
    const batch = recorder.take(ending?.state === "QUEUED" ? "USE" : "ALL");
    try {
      await fenced(async (transaction, row, book) => {
        const output = effect === undefined ? undefined : await effect(transaction);
        const last = told;
        if (last !== undefined && effect === undefined) {
          await updateProgress(transaction, entry.tenantId, entry.id, lease, last.fraction, last.message);
        }
        await batch.write(transaction, row);
        const final: JobEnding | undefined = output === undefined ? ending : { state: "SUCCEEDED", output };
        if (final === undefined) return;
        const ended = await endAttempt(transaction, entry.tenantId, entry.id, lease, final);
        if (ended === undefined) throw new LeaseLost(entry.id);
        await settle(transaction, final);
        // The job's time ends with this booking, so that its bill is whole when it is over.
        if (returned) endActivity();
        await book();
        if (final.state === "SUCCEEDED") await recordOutcome(transaction, ended);
        await announceJob(transaction, ended, "STATE");
      });
    } catch (error) {
      batch.putBack();
      endActivity();
      endActivity = meter.beginJob(job);
      throw error;
    }
    if (ending?.state !== "QUEUED" && checkpoint.blobHash !== null) {
      await store.delete(checkpoint.blobHash).catch((error: unknown) => {
        log({ level: "warning", event: "checkpoint not removed", jobId: entry.id, error });
      });
    }
  }

  async function settle(transaction: DatabaseTransaction, ending: JobEnding): Promise<void> {
    const settled =
      ending.state === "QUEUED"
        ? await queue.giveBack(transaction, entry, ending.crashed ? "later" : "now")
        : await queue.complete(transaction, entry);
    if (!settled) throw new LeaseLost(entry.id);
    if (ending.state !== "QUEUED") await deleteCheckpoint(transaction, entry.tenantId, entry.id);
  }

  async function fail(error: unknown, row: Row<"job">, returned: boolean): Promise<void> {
    // Whatever an executor throws after its signal was aborted, the abort is why.
    const reason: unknown = abort.signal.aborted ? abort.signal.reason : error;
    const ending = endingOf(reason, row);
    if (ending !== undefined && !(reason instanceof DomainError) && reason === error) {
      log({ level: "error", event: "job crashed", jobId: entry.id, kind: row.kind, attempt: row.attempt, error });
    }
    await end(ending, undefined, returned);
  }

  async function run(row: Row<"job">): Promise<JobEffect> {
    if (row.crashes >= MOST_CRASHES) throw new JobCrashed(row.id, row.crashes);
    if (executor === undefined) throw new Error(`This gateway has no executor for jobs of kind ${row.kind}.`);
    return executor.run(context);
  }

  async function work(row: Row<"job">): Promise<void> {
    let ended = false;
    let returned = false;
    const forceCancel = new Promise<never>((_, reject) => {
      abort.signal.addEventListener("abort", () => {
        if (!(abort.signal.reason instanceof JobCancelled)) return;
        const patience = setTimeout(() => {
          if (!ended) reject(abort.signal.reason);
        }, CANCEL_PATIENCE_MILLISECONDS);
        patience.unref();
      });
    });
    forceCancel.catch(() => {});
    const running = run(row).finally(() => {
      returned = true;
    });
    try {
      const effect = await Promise.race([running, forceCancel]);
      ended = true;
      await end(undefined, effect, true);
    } catch (error) {
      await fail(error, row, returned);
    } finally {
      ended = true;
      // The machine's time and its place in the worker belong to the job until it has really let go.
      await running.catch(() => {});
    }
  }

  const done = work(job)
    .catch((error: unknown) => {
      if (!(error instanceof LeaseLost)) log({ level: "error", event: "job not ended", jobId: entry.id, error });
    })
    .finally(async () => {
      clearInterval(timer);
      await pulsing;
      endActivity();
    });
  return { jobId: entry.id, look: beat, stop: () => abort.abort(new GatewayStopping()), done };
}
