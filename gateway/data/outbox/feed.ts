// Following a topic of the outbox: read what is there, then wait for a hint or a second, whichever comes first.
import type { Database } from "../database.ts";
import type { Notifications } from "../notifications.ts";
import { type OutboxEvent, selectEvents } from "./store.ts";

const BATCH = 200;
const POLL_MILLISECONDS = 1000;

/** The outbox as a subscription sees it. */
export type EventFeed = {
  /**
   * The events of a topic after a position, each once and in order, for ever. Ends (without an error) when the signal
   * aborts. At most 200 events are held in memory: a slow reader slows the reading.
   *
   * @example
   * for await (const event of feed.listen(tenantId, `job/${id}`, cursor, signal)) send(event);
   */
  listen(tenantId: string, topic: string, after: number, signal: AbortSignal): AsyncGenerator<OutboxEvent, void, void>;
};

/** Waits for a call of the returned `wake`, the time, or the signal, and leaves no listener behind. */
function createAlarm(signal: AbortSignal) {
  let ring: (() => void) | undefined;
  let rung = false;
  const wake = (): void => {
    rung = true;
    ring?.();
  };
  const wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      if (rung || signal.aborted) {
        rung = false;
        resolve();
        return;
      }
      const timer = setTimeout(done, milliseconds);
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        ring = undefined;
        rung = false;
        resolve();
      }
      ring = done;
      signal.addEventListener("abort", done);
    });
  return { wake, wait };
}

/** Makes the feed of a database. */
export function createEventFeed(database: Database, notifications: Notifications): EventFeed {
  return {
    async *listen(tenantId, topic, after, signal) {
      const alarm = createAlarm(signal);
      const key = `${tenantId}/${topic}`;
      const unsubscribe = notifications.subscribe("millrace_outbox", (payload) => {
        if (payload === undefined || payload === key) alarm.wake();
      });
      let position = after;
      try {
        while (!signal.aborted) {
          const events = await selectEvents(database, tenantId, topic, position, BATCH);
          for (const event of events) {
            if (signal.aborted) return;
            position = event.position;
            yield event;
          }
          if (events.length < BATCH) await alarm.wait(POLL_MILLISECONDS);
        }
      } finally {
        unsubscribe();
      }
    },
  };
}
