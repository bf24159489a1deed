// How an attempt ends: the effect's rows, the last points, use and machine time, the job's state and the queue's entry
// become true together, or not at all.
import type { DatabaseTransaction } from "../data/database.ts";
import { endAttempt, type JobEnding, updateProgress } from "../data/job/store.ts";
import type { Row } from "../data/schema.ts";
import { recordOutcome } from "../domain/cost/estimate.ts";
import { DomainError } from "../domain/error.ts";
import { JobCrashed } from "../domain/job/errors.ts";
import { announceJob } from "../domain/job/events.ts";
import type { JobEffect } from "./executor.ts";
import { type FencedTransaction, GatewayStopping, JobCancelled, LeaseLost } from "./lease.ts";
import type { Progress } from "./pulse.ts";
import type { JobQueue, QueueClaim } from "./queue.ts";
import type { Batch, Recorder } from "./recorder.ts";

/** Crashes in a row, without a checkpoint between them, after which a job is taken for the cause. */
export const MOST_CRASHES = 5;

/** What an attempt came to: the effect its executor returned, or why it returned none. */
export type Outcome = { readonly effect: JobEffect } | { readonly reason: unknown };

/** What becomes of a job whose attempt ended without an effect. */
function endingWithout(reason: unknown, job: Row<"job">): JobEnding {
  if (reason instanceof JobCancelled) return { state: "CANCELLED" };
  if (reason instanceof GatewayStopping) return { state: "QUEUED", crashed: false };
  if (reason instanceof DomainError) {
    return { state: "FAILED", error: { code: reason.code, message: reason.message, path: [...reason.path] } };
  }
  const crashes = job.crashes + 1;
  if (crashes < MOST_CRASHES) return { state: "QUEUED", crashed: true };
  const crashed = new JobCrashed(job.id, crashes);
  return { state: "FAILED", error: { code: crashed.code, message: crashed.message, path: [] } };
}

async function settle(
  transaction: DatabaseTransaction,
  queue: JobQueue,
  entry: QueueClaim,
  ending: JobEnding,
): Promise<void> {
  const settled =
    ending.state === "QUEUED"
      ? await queue.giveBack(transaction, entry, ending.crashed ? "later" : "now")
      : await queue.complete(transaction, entry);
  if (!settled) throw new LeaseLost(entry.id);
}

/**
 * Ends an attempt in one transaction and returns how.
 *
 * @param release ends the job's share of the machine, so that its bill is whole when it is over
 * @throws LeaseLost when the job is another attempt's by now, and whatever the effect throws; nothing is written then
 */
export async function writeEnding(options: {
  outcome: Outcome;
  fenced: FencedTransaction;
  queue: JobQueue;
  entry: QueueClaim;
  lease: string;
  recorder: Recorder;
  untold: Progress | undefined;
  release: () => void;
}): Promise<JobEnding> {
  const { outcome, fenced, queue, entry, lease, recorder, untold, release } = options;
  let batch: Batch | undefined;
  try {
    return await fenced(async (transaction, job, book) => {
      const ending: JobEnding =
        "effect" in outcome
          ? { state: "SUCCEEDED", output: await outcome.effect(transaction) }
          : endingWithout(outcome.reason, job);
      // Points of a job that is taken up again are not kept: they come again from its checkpoint.
      batch = recorder.take(ending.state === "QUEUED" ? "USE" : "ALL");
      await batch.write(transaction, job);
      if (untold !== undefined) {
        await updateProgress(transaction, entry.tenantId, entry.id, lease, untold.fraction, untold.message);
      }
      const ended = await endAttempt(transaction, entry.tenantId, entry.id, lease, ending);
      if (ended === undefined) throw new LeaseLost(entry.id);
      await settle(transaction, queue, entry, ending);
      release();
      await book();
      if (ending.state === "SUCCEEDED") await recordOutcome(transaction, ended);
      await announceJob(transaction, ended, "STATE");
      return ending;
    });
  } catch (error) {
    batch?.putBack();
    throw error;
  }
}
