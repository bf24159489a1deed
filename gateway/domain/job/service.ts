// Jobs as a caller knows them: submitted once, looked at, cancelled. Running them is the engine's business.
import type { Database, DatabaseTransaction } from "../../data/database.ts";
import { newIdentifier } from "../../data/identifier.ts";
import {
  insertJob,
  pageJobs,
  requestCancel,
  selectJobByKey,
  selectJobs,
  updatePriority,
} from "../../data/job/store.ts";
import type { JsonObject } from "../../data/json.ts";
import type { EventFeed } from "../../data/outbox/feed.ts";
import type { Page } from "../../data/page.ts";
import type { JobEstimate, JobKind, JobState, Row } from "../../data/schema.ts";
import { InvalidInput, NotFound } from "../error.ts";
import { IdempotencyKeyReused, JobOver, JobStarted } from "./errors.ts";
import { announceJob, jobTopic } from "./events.ts";

/** Work to be done. */
export type JobSubmission = {
  readonly projectId: string;
  readonly kind: JobKind;
  /** What the kind's executor takes. */
  readonly input: JsonObject;
  /** The same key gives the same job, so that a caller that lost the answer can ask again. */
  readonly idempotencyKey?: string | undefined;
  /** -100 to 100; of jobs that wait, the greatest goes first. Default 0. */
  readonly priority?: number | undefined;
};

/** Where submitted jobs go. */
export type Enqueue = (
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
  priority: number,
) => Promise<void>;

/** Refuses a priority that is none. @throws InvalidInput */
export function checkPriority(priority: number): void {
  if (Number.isInteger(priority) && Math.abs(priority) <= 100) return;
  throw new InvalidInput(`A priority is a whole number from -100 to 100; it got ${priority}.`, ["priority"]);
}

/** One order of members, so that the same input reads the same however it was written down. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
}

/**
 * Adds a job and queues it in one transaction.
 *
 * @throws IdempotencyKeyReused when the key stands for another input
 */
export async function submitJob(
  transaction: DatabaseTransaction,
  enqueue: Enqueue,
  tenantId: string,
  submission: JobSubmission & { estimate?: JobEstimate | undefined },
): Promise<Row<"job">> {
  checkPriority(submission.priority ?? 0);
  const job = await insertJob(transaction, tenantId, { id: newIdentifier(), ...submission });
  if (job !== undefined) {
    await enqueue(transaction, tenantId, job.id, job.priority);
    await announceJob(transaction, job, "STATE");
    return job;
  }
  const key = submission.idempotencyKey ?? "";
  const first = await selectJobByKey(transaction, tenantId, key);
  const same =
    first?.kind === submission.kind &&
    first.projectId === submission.projectId &&
    canonical(first.input) === canonical(submission.input);
  if (first === undefined || !same) throw new IdempotencyKeyReused(key);
  return first;
}

/** A job. @throws NotFound */
export async function findJob(database: Database, tenantId: string, jobId: string): Promise<Row<"job">> {
  const [job] = await selectJobs(database, tenantId, [jobId]);
  if (job === undefined) throw new NotFound("job", jobId);
  return job;
}

/** A page of jobs, newest first. */
export function listJobs(
  database: Database,
  tenantId: string,
  filter: { projectId?: string; kind?: JobKind; state?: JobState },
  page: Page,
): Promise<Row<"job">[]> {
  return pageJobs(database, tenantId, filter, page);
}

/**
 * Cancels a job: a queued one at once, a running one as soon as its executor stops, within seconds.
 *
 * @throws NotFound
 * @throws JobOver when it has ended already
 */
export async function cancelJob(
  transaction: DatabaseTransaction,
  dequeue: (transaction: DatabaseTransaction, jobId: string) => Promise<void>,
  tenantId: string,
  jobId: string,
): Promise<Row<"job">> {
  const job = await requestCancel(transaction, tenantId, jobId);
  if (job === undefined) {
    const found = await findJob(transaction, tenantId, jobId);
    throw new JobOver(jobId, found.state);
  }
  if (job.state === "CANCELLED") {
    await dequeue(transaction, jobId);
    await announceJob(transaction, job, "STATE");
  }
  return job;
}

/**
 * Gives a job that waits another priority.
 *
 * @throws NotFound
 * @throws JobStarted when it does not wait any more
 */
export async function prioritiseJob(
  transaction: DatabaseTransaction,
  prioritise: (transaction: DatabaseTransaction, jobId: string, priority: number) => Promise<void>,
  tenantId: string,
  jobId: string,
  priority: number,
): Promise<Row<"job">> {
  checkPriority(priority);
  const job = await updatePriority(transaction, tenantId, jobId, priority);
  if (job === undefined) throw new JobStarted(jobId, (await findJob(transaction, tenantId, jobId)).state);
  await prioritise(transaction, jobId, priority);
  return job;
}

/** How a job stands, as a subscription gets it. The cursor is where to go on from. */
export type JobNews = { readonly job: Row<"job">; readonly cursor: number };

const FINAL: readonly JobState[] = ["SUCCEEDED", "FAILED", "CANCELLED"];

/**
 * Follows a job: how it stands now, then each change. Changes that come faster than they are read are told once, by
 * the last of them. Ends with the job.
 *
 * @throws NotFound
 */
export async function* followJob(
  database: Database,
  feed: EventFeed,
  tenantId: string,
  jobId: string,
  cursor: number,
  signal: AbortSignal,
): AsyncGenerator<JobNews, void, void> {
  let job = await findJob(database, tenantId, jobId);
  yield { job, cursor };
  if (FINAL.includes(job.state)) return;
  for await (const { position } of feed.listen(tenantId, jobTopic(jobId), cursor, signal)) {
    job = await findJob(database, tenantId, jobId);
    yield { job, cursor: position };
    if (FINAL.includes(job.state)) return;
  }
}
