// What an attempt has told and nobody has written yet: metric points, kernel use, stored files, progress. Adding is
// synchronous and cheap; writing takes everything at once and puts it back when the transaction fails.
import { addUsage, insertStorage, type Usage } from "../data/cost/store.ts";
import type { DatabaseTransaction } from "../data/database.ts";
import { appendPoints } from "../data/metric/store.ts";
import { appendEvents, type NewEvent } from "../data/outbox/store.ts";
import type { Row } from "../data/schema.ts";
import { metricTopic } from "../domain/job/events.ts";
import type { StoredObject } from "../store/store.ts";

const INT32 = 2 ** 31;

/** Points of a series that wait to be written. */
type Pending = { steps: number[]; values: number[] };
/** Everything that waits to be written. */
type Contents = { points: Map<string, Pending>; usage: Map<string, Usage>; stored: Map<string, StoredObject> };

/** What is written with a transaction, and how it is put back if the transaction fails. */
export type Batch = {
  write(transaction: DatabaseTransaction, job: Row<"job">): Promise<void>;
  putBack(): void;
};

/** The notes of one attempt. */
export type Recorder = {
  append(series: string, step: number, value: number): void;
  use(kernel: string, device: string, use: { calls: number; flops: number; bytes: number; seconds: number }): void;
  keep(object: StoredObject): void;
  /** Takes everything, or only what stands whatever becomes of the attempt: use and files, not points. */
  take(what: "ALL" | "USE"): Batch;
};

function empty(): Contents {
  return { points: new Map(), usage: new Map(), stored: new Map() };
}

function addUse(usage: Map<string, Usage>, use: Usage): void {
  const key = `${use.kernel}\n${use.device}`;
  const sum = usage.get(key);
  if (sum === undefined) {
    usage.set(key, { ...use });
    return;
  }
  sum.calls += use.calls;
  sum.flops += use.flops;
  sum.bytes += use.bytes;
  sum.seconds += use.seconds;
}

async function writePoints(transaction: DatabaseTransaction, job: Row<"job">, points: Map<string, Pending>) {
  const events: NewEvent[] = [];
  for (const [series, run] of points) {
    const seriesId = await appendPoints(transaction, job.tenantId, job.id, series, run);
    events.push({
      topic: metricTopic(job.id),
      payload: { series, seriesId, firstStep: run.steps[0] ?? 0, pointCount: run.steps.length },
    });
  }
  await appendEvents(transaction, job.tenantId, events);
}

/**
 * Starts the notes of an attempt.
 *
 * @param lastSteps the last committed step of each series: points go on after it
 */
export function createRecorder(lastSteps: ReadonlyMap<string, number>): Recorder {
  const last = new Map(lastSteps);
  let pending = empty();

  return {
    append(series, step, value) {
      const before = last.get(series);
      if (!Number.isInteger(step) || step < -INT32 || step >= INT32) {
        throw new RangeError(`The step ${step} of "${series}" is no 32-bit integer.`);
      }
      if (before !== undefined && step <= before) {
        throw new RangeError(
          `The step ${step} of "${series}" comes after ${before}: steps grow, and go on from the checkpoint.`,
        );
      }
      last.set(series, step);
      const run = pending.points.get(series) ?? { steps: [], values: [] };
      run.steps.push(step);
      run.values.push(value);
      pending.points.set(series, run);
    },
    use(kernel, device, use) {
      addUse(pending.usage, { kernel, device, ...use });
    },
    keep(object) {
      pending.stored.set(object.hash, object);
    },
    take(what) {
      const taken = pending;
      pending = empty();
      if (what === "USE") {
        pending.points = taken.points;
        taken.points = new Map();
      }
      return {
        async write(transaction, job) {
          await addUsage(transaction, job.tenantId, job.id, job.attempt, [...taken.usage.values()]);
          await insertStorage(transaction, job.tenantId, job.id, [...taken.stored.values()]);
          await writePoints(transaction, job, taken.points);
        },
        putBack() {
          const later = pending;
          pending = taken;
          for (const [series, run] of later.points) {
            const earlier = pending.points.get(series);
            if (earlier === undefined) pending.points.set(series, run);
            else {
              earlier.steps.push(...run.steps);
              earlier.values.push(...run.values);
            }
          }
          for (const use of later.usage.values()) addUse(pending.usage, use);
          for (const object of later.stored.values()) pending.stored.set(object.hash, object);
        },
      };
    },
  };
}
