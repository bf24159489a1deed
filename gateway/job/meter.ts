// The meter of the machine: it keeps the timeline and books it into the ledger, in the same transaction as the job's
// checkpoint or completion where there is one. A second of the machine is booked once or not yet, never twice.
import { insertEntries, lockMachine, moveMark, selectPrice } from "../data/cost/store.ts";
import type { Database, DatabaseTransaction } from "../data/database.ts";
import { newIdentifier } from "../data/identifier.ts";
import type { MachineActivity, NewRow, Row } from "../data/schema.ts";
import { costOfMicroseconds } from "../domain/cost/money.ts";
import { deviceOf } from "../domain/cost/prices.ts";
import { createTimeline, type Segment, type Timeline } from "./timeline.ts";

const SERVE = "serve";
/** How often the time is booked while work is done, and while none is: a killed process loses at most that much. */
const BUSY_MILLISECONDS = 1_000;
const IDLE_MILLISECONDS = 15_000;

/** A job as the meter books it. */
export type MeteredJob = { readonly id: string; readonly tenantId: string; readonly projectId: string };

/** The meter of this process's machine. */
export type MachineMeter = {
  readonly machine: Row<"machine">;
  /** Counts a job as active until the returned function is called. */
  beginJob(job: MeteredJob): () => void;
  /** Counts the serving of requests as active until the returned function is called. */
  beginServe(): () => void;
  /**
   * Runs a transaction that also books the machine's time up to its end. `book` books at that moment, for work that
   * reads the ledger afterwards. Transactions take turns, so keep them short.
   */
  transact<Result>(
    work: (transaction: DatabaseTransaction, book: () => Promise<void>) => Promise<Result>,
  ): Promise<Result>;
  /** Books everything up to now: what a report calls before it adds up. */
  flush(): Promise<void>;
  /** Books the rest and stops. */
  close(): Promise<void>;
};

/** Another process books the time of this machine. */
export class MachineClash extends Error {
  constructor(machineId: string) {
    super(`Another process books the time of machine ${machineId}: was the data folder copied while in use?`);
  }
}

/** A clock in whole microseconds that never steps back: the wall clock at its start, monotonic from there on. */
export function createClock(notBefore = 0): () => number {
  const wall = Math.max(Date.now() * 1000, notBefore);
  const start = process.hrtime.bigint();
  return () => wall + Number((process.hrtime.bigint() - start) / 1000n);
}

/** The entries of a segment: each share is debited to its activity and credited to the machine. */
async function entriesOf(
  transaction: DatabaseTransaction,
  machine: Row<"machine">,
  segment: Segment,
  jobs: ReadonlyMap<string, MeteredJob>,
): Promise<NewRow<"ledgerEntry">[]> {
  const at = new Date(segment.to / 1000);
  const price = await selectPrice(transaction, machine.tenantId, "MACHINE_SECOND", deviceOf(machine), at);
  return [...segment.shares].map(([account, microseconds]) => {
    const job = jobs.get(account);
    const activity: MachineActivity = job !== undefined ? "JOB" : account === SERVE ? "SERVE" : "IDLE";
    return {
      id: newIdentifier(),
      tenantId: job?.tenantId ?? machine.tenantId,
      key: `${machine.id}/${segment.from}/${account}`,
      machineId: machine.id,
      account,
      contraAccount: `machine/${machine.id}`,
      activity,
      jobId: job?.id ?? null,
      projectId: job?.projectId ?? null,
      quantityMicroseconds: microseconds,
      fromMicrosecond: segment.from,
      toMicrosecond: segment.to,
      priceId: price?.id ?? null,
      amount: price === undefined ? "0" : costOfMicroseconds(microseconds, price.unitPrice),
      currency: price?.currency ?? "USD",
    };
  });
}

/** Starts the meter of a machine whose time is booked up to its mark. */
export function startMeter(
  database: Database,
  machine: Row<"machine">,
  clock: () => number,
  onError: (error: unknown) => void,
): MachineMeter {
  const timeline: Timeline = createTimeline(machine.markMicrosecond);
  const jobs = new Map<string, MeteredJob>();
  const ended = new Set<string>();
  let uncertain: Segment | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let lastBooking = performance.now();

  /** A commit whose answer was lost may have happened: the mark in the database says whether it did. */
  async function settle(transaction: DatabaseTransaction, segment: Segment): Promise<Segment> {
    const row = await lockMachine(transaction, machine.tenantId, machine.id);
    if (row?.markMicrosecond === segment.from) return segment;
    if (uncertain !== undefined && row?.markMicrosecond === uncertain.to) return timeline.without(segment, uncertain);
    throw new MachineClash(machine.id);
  }

  async function transact<Result>(
    work: (transaction: DatabaseTransaction, book: () => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    let taken: Segment | undefined;
    let booked: Segment | undefined;
    let over: string[] = [];
    try {
      const result = await database.transaction().execute(async (transaction) => {
        const book = async (): Promise<void> => {
          if (taken !== undefined) return;
          taken = timeline.take(clock());
          over = [...ended];
          booked = await settle(transaction, taken);
          await insertEntries(transaction, await entriesOf(transaction, machine, booked, jobs));
          const moved = await moveMark(transaction, machine.tenantId, machine.id, booked.from, booked.to);
          if (!moved) throw new MachineClash(machine.id);
        };
        const answer = await work(transaction, book);
        await book();
        return answer;
      });
      uncertain = undefined;
      lastBooking = performance.now();
      // Jobs that ended before the segment was taken have no time left to book.
      for (const account of over.filter((account) => ended.delete(account))) jobs.delete(account);
      return result;
    } catch (error) {
      if (taken !== undefined) timeline.restore(taken);
      uncertain = booked ?? uncertain;
      throw error;
    }
  }

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  }

  function begin(account: string): () => void {
    timeline.enter(account, clock());
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      timeline.leave(account, clock());
    };
  }

  const flush = (): Promise<void> => inTurn(() => transact(async () => {}));
  let flushing = false;
  const timer = setInterval(() => {
    const due = performance.now() - lastBooking >= (timeline.busy ? BUSY_MILLISECONDS : IDLE_MILLISECONDS);
    if (!due || flushing) return;
    flushing = true;
    flush()
      .catch(onError)
      .finally(() => {
        flushing = false;
      });
  }, 250);
  timer.unref();

  return {
    machine,
    beginJob(job) {
      const account = `job/${job.id}`;
      jobs.set(account, job);
      ended.delete(account);
      const end = begin(account);
      return () => {
        end();
        ended.add(account);
      };
    },
    beginServe: () => begin(SERVE),
    transact: (work) => inTurn(() => transact(work)),
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
