// What watches over a running attempt: it hands on progress, keeps the claim on the queue alive, and brings orders to
// stop. It looks every 0.4 s, and at once when a notification hints that there is something.
import { selectOrders, updateProgress } from "../data/job/store.ts";
import { announceJob } from "../domain/job/events.ts";
import type { Workplace } from "./engine.ts";
import { type FencedTransaction, JobCancelled, LeaseLost } from "./lease.ts";
import type { QueueClaim } from "./queue.ts";
import type { Recorder } from "./recorder.ts";

const PULSE_MILLISECONDS = 400;
const HEARTBEAT_MILLISECONDS = 4_000;

/** How far an executor says it is. */
export type Progress = { readonly fraction: number; readonly message: string };

/** The pulse of an attempt. */
export type Pulse = {
  /** Notes progress; the next beat writes the newest note. */
  tell(progress: Progress): void;
  /** The note that no beat has written yet. */
  readonly untold: Progress | undefined;
  /** Beats now. */
  look(): void;
  /** Stops, when a beat that is under way has ended. */
  close(): Promise<void>;
};

/** Starts the pulse; `abort` is called with the reason when the attempt has to stop. */
export function startPulse(options: {
  workplace: Workplace;
  entry: QueueClaim;
  lease: string;
  fenced: FencedTransaction;
  recorder: Recorder;
  abort: (reason: Error) => void;
}): Pulse {
  const { workplace, entry, lease, fenced, recorder, abort } = options;
  const { database, queue, log } = workplace;
  let untold: Progress | undefined;
  let lastHeartbeat = performance.now();
  let beating: Promise<void> | undefined;

  async function writeProgress(): Promise<void> {
    const news = untold;
    if (news === undefined) return;
    untold = undefined;
    await database.transaction().execute(async (transaction) => {
      const row = await updateProgress(transaction, entry.tenantId, entry.id, lease, news.fraction, news.message);
      if (row === undefined) throw new LeaseLost(entry.id);
      await announceJob(transaction, row, "PROGRESS");
    });
  }

  async function writeUse(): Promise<void> {
    const batch = recorder.take("USE");
    try {
      await fenced((transaction, row) => batch.write(transaction, row));
    } catch (error) {
      batch.putBack();
      throw error;
    }
  }

  async function beat(): Promise<void> {
    const orders = await selectOrders(database, entry.tenantId, entry.id, lease);
    if (orders === undefined) throw new LeaseLost(entry.id);
    if (orders.cancelRequested) throw new JobCancelled();
    await writeProgress();
    if (performance.now() - lastHeartbeat < HEARTBEAT_MILLISECONDS) return;
    if (!(await queue.touch(entry))) throw new LeaseLost(entry.id);
    lastHeartbeat = performance.now();
    await writeUse();
  }

  const look = (): void => {
    beating ??= beat()
      .catch((error: unknown) => {
        if (error instanceof LeaseLost || error instanceof JobCancelled) abort(error);
        // Anything else is the database's trouble: the next beat tries again, and a lost lease will tell.
        else log({ level: "warning", event: "pulse failed", jobId: entry.id, error });
      })
      .finally(() => {
        beating = undefined;
      });
  };
  const timer = setInterval(look, PULSE_MILLISECONDS);

  return {
    tell(progress) {
      untold = progress;
    },
    get untold() {
      return untold;
    },
    look,
    async close() {
      clearInterval(timer);
      await beating;
    },
  };
}
