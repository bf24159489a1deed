// The bill of a job: its kernels, its machine time, what it stored, and what that costs.
import { selectOutcome, selectPrice, selectUsage, sumJobTime, sumStorage, type Usage } from "../../data/cost/store.ts";
import type { Database } from "../../data/database.ts";
import type { JobEstimate, Row } from "../../data/schema.ts";
import { addAmounts, costOfUnits } from "./money.ts";
import { STORAGE_DEVICE } from "./prices.ts";

/** What a job used and costs. While it runs, what was booked so far. */
export type JobBill = {
  readonly jobId: string;
  /** Over all attempts, most seconds first. Kernel seconds are busy time and may add up to more than machine time. */
  readonly usage: readonly Usage[];
  readonly machineSeconds: number;
  /** Exact, in the currency of the price book. */
  readonly amount: string;
  readonly currency: string;
  readonly storedBytes: number;
  /** What keeping the stored bytes costs each month, not a part of `amount`. */
  readonly storageAmountPerMonth: string;
  readonly estimate: JobEstimate | undefined;
  /** Actual less estimated machine seconds, once the job has succeeded. */
  readonly estimateDifferenceSeconds: number | undefined;
};

/** Makes the bill of a job. */
export async function billOf(database: Database, job: Row<"job">): Promise<JobBill> {
  const [usage, time, storedBytes, outcome, price] = await Promise.all([
    selectUsage(database, job.tenantId, job.id),
    sumJobTime(database, job.tenantId, job.id),
    sumStorage(database, job.tenantId, job.id),
    selectOutcome(database, job.tenantId, job.id),
    selectPrice(database, job.tenantId, "STORED_BYTE_MONTH", STORAGE_DEVICE, new Date()),
  ]);
  const currency = time[0]?.currency ?? price?.currency ?? "USD";
  return {
    jobId: job.id,
    usage,
    machineSeconds: time.reduce((sum, line) => sum + line.microseconds, 0) / 1e6,
    // A price book that changed its currency while the job ran: amounts of the first one only are comparable.
    amount: addAmounts(time.filter((line) => line.currency === currency).map((line) => line.amount)),
    currency,
    storedBytes,
    storageAmountPerMonth: price === undefined ? "0" : costOfUnits(storedBytes, price.unitPrice),
    estimate: job.estimate ?? undefined,
    estimateDifferenceSeconds: outcome === undefined ? undefined : outcome.actualSeconds - outcome.estimatedSeconds,
  };
}
