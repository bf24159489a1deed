// The right to write for a job. An attempt holds a lease; whoever is given the job next has another, and from then on
// the first one's transactions are refused as a whole.
import type { DatabaseTransaction } from "../data/database.ts";
import { lockJob } from "../data/job/store.ts";
import type { Row } from "../data/schema.ts";
import type { MachineMeter } from "./meter.ts";

/** The job was given to another attempt, or ended: this one's work counts for nothing. */
export class LeaseLost extends Error {
  constructor(jobId: string) {
    super(`The lease of job ${jobId} is lost: another attempt has it, or it was ended.`);
  }
}

/** The reason of a signal that aborts because the job was cancelled. */
export class JobCancelled extends Error {
  constructor() {
    super("The job was cancelled.");
  }
}

/** The reason of a signal that aborts because the gateway stops. The job goes on from its checkpoint at the next start. */
export class GatewayStopping extends Error {
  constructor() {
    super("The gateway is stopping.");
  }
}

/** A transaction that holds the job's row, books the machine's time, and fails when the lease is lost. */
export type FencedTransaction = <Result>(
  work: (transaction: DatabaseTransaction, job: Row<"job">, book: () => Promise<void>) => Promise<Result>,
) => Promise<Result>;

/** Makes the transactions of a lease. @throws LeaseLost from each, once it is lost */
export function fencedBy(meter: MachineMeter, job: Row<"job">, lease: string): FencedTransaction {
  return (work) =>
    meter.transact(async (transaction, book) => {
      const row = await lockJob(transaction, job.tenantId, job.id, lease);
      if (row === undefined) throw new LeaseLost(job.id);
      return work(transaction, row, book);
    });
}
