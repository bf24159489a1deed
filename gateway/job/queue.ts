// pg-boss as the engine uses it: one queue whose entries bear the ids of jobs. It decides which worker runs what and
// when; what happened to a job is told by the job's row, in the same transaction.
import { fromKysely, PgBoss } from "pg-boss";
import type { DatabaseTransaction } from "../data/database.ts";

const QUEUE = "job";
/** A worker that is silent this long has lost its jobs (pg-boss takes no less than 10). */
const HEARTBEAT_SECONDS = 15;

/** A claim on an entry: settling is refused once the entry has been given to somebody else. */
export type QueueClaim = { readonly id: string; readonly retryCount: number; readonly tenantId: string };

/** The queue of jobs. */
export type JobQueue = {
  /** Queues a job with the transaction. Of jobs that wait, the greatest priority is taken first, then the oldest. */
  add(transaction: DatabaseTransaction, tenantId: string, jobId: string, priority: number): Promise<void>;
  /** Gives an entry that waits another priority, with the transaction. */
  prioritise(transaction: DatabaseTransaction, jobId: string, priority: number): Promise<void>;
  /** Takes up to `count` entries that are due. */
  take(count: number): Promise<QueueClaim[]>;
  /** Says that the worker lives; false when the claim is lost. */
  touch(claim: QueueClaim): Promise<boolean>;
  /** Ends an entry with the transaction; false when the claim is lost. */
  complete(transaction: DatabaseTransaction, claim: QueueClaim): Promise<boolean>;
  /** Ends an entry that nobody works on, with the transaction. */
  remove(transaction: DatabaseTransaction, jobId: string): Promise<void>;
  /** Gives an entry back with the transaction: at once, or after a delay that doubles from 1 second to 30. */
  giveBack(transaction: DatabaseTransaction, claim: QueueClaim, when: "now" | "later"): Promise<boolean>;
  /** Gives back an entry whose worker is known to be dead. */
  recover(transaction: DatabaseTransaction, jobId: string): Promise<void>;
  close(): Promise<void>;
};

/** Whether a command of pg-boss changed its one entry (its types leave the count out). */
function changedOne(response: object): boolean {
  return "affected" in response && response.affected === 1;
}

/** Opens the queue; its tables are made in a schema of their own, `pgboss`, when they are not there. */
export async function openQueue(url: string, onError: (error: unknown) => void): Promise<JobQueue> {
  const boss = new PgBoss({
    connectionString: url,
    application_name: "millrace queue",
    max: 3,
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
    registerInstance: false,
  });
  boss.on("error", onError);
  await boss.start();
  if ((await boss.getQueue(QUEUE)) === null) {
    await boss.createQueue(QUEUE, {
      // How often a job is tried is decided by the engine, which tells crashes from stops.
      retryLimit: 1_000_000,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 30,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      // The longest that pg-boss knows. An attempt that is cut off goes on from its checkpoint.
      expireInSeconds: 24 * 3600,
      retentionSeconds: 365 * 24 * 3600,
      deleteAfterSeconds: 3600,
    });
  }
  const within = (transaction: DatabaseTransaction) => ({ db: fromKysely(transaction.withoutPlugins()) });
  const dueNow = (transaction: DatabaseTransaction, id: string) =>
    boss.update(QUEUE, undefined, { ...within(transaction), id, startAfter: new Date() });

  return {
    async add(transaction, tenantId, jobId, priority) {
      await boss.send(QUEUE, { tenantId }, { ...within(transaction), id: jobId, priority });
    },
    async prioritise(transaction, jobId, priority) {
      await boss.update(QUEUE, undefined, { ...within(transaction), id: jobId, priority });
    },
    async take(count) {
      const entries = await boss.fetch<{ tenantId: string }>(QUEUE, { batchSize: count, includeMetadata: true });
      return entries.map(({ id, retryCount, data }) => ({ id, retryCount, tenantId: data.tenantId }));
    },
    async touch({ id, retryCount }) {
      return changedOne(await boss.touch(QUEUE, { id, retryCount }));
    },
    async complete(transaction, { id, retryCount }) {
      return changedOne(await boss.complete(QUEUE, { id, retryCount }, null, within(transaction)));
    },
    async remove(transaction, jobId) {
      await boss.cancel(QUEUE, jobId, within(transaction));
    },
    async giveBack(transaction, { id, retryCount }, when) {
      const changed = changedOne(await boss.fail(QUEUE, { id, retryCount }, null, within(transaction)));
      if (changed && when === "now") await dueNow(transaction, id);
      return changed;
    },
    async recover(transaction, jobId) {
      await boss.fail(QUEUE, jobId, null, within(transaction));
      await dueNow(transaction, jobId);
    },
    close: () => boss.stop({ graceful: false, close: true }),
  };
}
