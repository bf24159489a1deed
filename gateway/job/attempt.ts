// One attempt at a job: claimed under a new lease, run while a pulse watches over it, and ended in one transaction
// with everything it leaves behind.
import { randomUUID } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { claimJob, selectCheckpoint } from "../data/job/store.ts";
import { selectSeries } from "../data/metric/store.ts";
import type { Row } from "../data/schema.ts";
import { DomainError } from "../domain/error.ts";
import { JobCrashed } from "../domain/job/errors.ts";
import { announceJob } from "../domain/job/events.ts";
import { createCheckpointKeeper, removeCheckpoint } from "./checkpoint.ts";
import { MOST_CRASHES, type Outcome, writeEnding } from "./ending.ts";
import type { Workplace } from "./engine.ts";
import type { JobContext, JobEffect, JobExecutor } from "./executor.ts";
import { fencedBy, GatewayStopping, JobCancelled, LeaseLost } from "./lease.ts";
import { startPulse } from "./pulse.ts";
import type { QueueClaim } from "./queue.ts";
import { createRecorder } from "./recorder.ts";

/** An executor that does not heed a cancel is shut out after this long. */
const CANCEL_PATIENCE_MILLISECONDS = 2_000;

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

/** What an attempt starts from. */
type Start = {
  readonly workplace: Workplace;
  readonly executor: JobExecutor | undefined;
  readonly entry: QueueClaim;
  readonly lease: string;
  readonly job: Row<"job">;
  readonly lastSteps: ReadonlyMap<string, number>;
  readonly checkpoint: Row<"checkpoint"> | undefined;
};

/** Starts an attempt at the job of a queue entry; undefined when the job is over already. */
export async function startAttempt(
  workplace: Workplace,
  executors: ReadonlyMap<string, JobExecutor>,
  entry: QueueClaim,
): Promise<Attempt | undefined> {
  const { database, meter, queue } = workplace;
  const lease = randomUUID();
  const job = await meter.transact(async (transaction) => {
    const claimed = await claimJob(transaction, entry.tenantId, entry.id, lease, meter.machine.id);
    if (claimed === undefined) await queue.complete(transaction, entry);
    else await announceJob(transaction, claimed, "STATE");
    return claimed;
  });
  if (job === undefined) return undefined;
  const series = await selectSeries(database, job.tenantId, job.id);
  const steps = series.flatMap(({ name, lastStep }): [string, number][] =>
    lastStep === null ? [] : [[name, lastStep]],
  );
  const checkpoint = await selectCheckpoint(database, job.tenantId, job.id);
  const executor = executors.get(job.kind);
  return launch({ workplace, executor, entry, lease, job, lastSteps: new Map(steps), checkpoint });
}

/** Settles like the work, but not later than the patience after a cancel. */
function withCancelPatience(work: Promise<JobEffect>, signal: AbortSignal): Promise<JobEffect> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      if (signal.reason instanceof JobCancelled) {
        timer = setTimeout(() => reject(signal.reason), CANCEL_PATIENCE_MILLISECONDS);
      }
    };
    signal.addEventListener("abort", onAbort);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    });
  });
}

function launch({ workplace, executor, entry, lease, job, lastSteps, checkpoint: found }: Start): Attempt {
  const { database, store, meter, queue, log } = workplace;
  let release = meter.beginJob(job);
  const fenced = fencedBy(meter, job, lease);
  const abort = new AbortController();
  const recorder = createRecorder(lastSteps);
  const checkpoint = createCheckpointKeeper({ job, store, recorder, fenced, checkpoint: found });
  const pulse = startPulse({ workplace, entry, lease, fenced, recorder, abort: (reason) => abort.abort(reason) });
  let message = job.progressMessage;

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
    progress(fraction, text) {
      message = text ?? message;
      pulse.tell({ fraction: Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0, message });
    },
    metrics: { append: (series, step, value) => recorder.append(series, step, value) },
    checkpoint,
    usage: { add: (kernel, device, use) => recorder.use(kernel, device, use) },
  };

  async function run(): Promise<JobEffect> {
    if (job.crashes >= MOST_CRASHES) throw new JobCrashed(job.id, job.crashes);
    if (executor === undefined) throw new Error(`This gateway has no executor for jobs of kind ${job.kind}.`);
    return executor.run(context);
  }

  async function end(outcome: Outcome, returned: boolean): Promise<void> {
    // A beat beside the ending would take use and files for a transaction of its own, which then finds the job over.
    await pulse.close();
    const { untold } = pulse;
    let ending: Awaited<ReturnType<typeof writeEnding>>;
    try {
      const releaseIfReturned = () => (returned ? release() : undefined);
      ending = await writeEnding({
        outcome,
        fenced,
        queue,
        entry,
        lease,
        recorder,
        untold,
        release: releaseIfReturned,
      });
    } catch (error) {
      release();
      release = meter.beginJob(job);
      throw error;
    }
    if (ending.state === "QUEUED") return;
    const { tenantId, id: jobId } = job;
    await removeCheckpoint(database, store, { tenantId, jobId, blobHash: checkpoint.blobHash }).catch(
      (error: unknown) => {
        log({ level: "warning", event: "checkpoint not removed", jobId: job.id, error });
      },
    );
  }

  async function work(): Promise<void> {
    let returned = false;
    const running = run().finally(() => {
      returned = true;
    });
    try {
      const effect = await withCancelPatience(running, abort.signal);
      await end({ effect }, true);
    } catch (error) {
      // Whatever an executor throws after its signal was aborted, the abort is why.
      const reason: unknown = abort.signal.aborted ? abort.signal.reason : error;
      if (reason instanceof LeaseLost || error instanceof LeaseLost) throw new LeaseLost(job.id);
      if (reason === error && !(error instanceof DomainError)) {
        log({ level: "error", event: "job crashed", jobId: job.id, kind: job.kind, attempt: job.attempt, error });
      }
      await end({ reason }, returned);
    } finally {
      // The machine's time and its place in the worker belong to the job until it has really let go.
      await running.catch(() => {});
    }
  }

  const done = work()
    .catch((error: unknown) => {
      const expected = error instanceof LeaseLost;
      log({ level: expected ? "info" : "error", event: "job not ended here", jobId: job.id, error });
    })
    .finally(async () => {
      await pulse.close();
      release();
    });
  return { jobId: job.id, look: pulse.look, stop: () => abort.abort(new GatewayStopping()), done };
}
