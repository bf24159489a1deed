// Looks each second which schedules are due. Every process does: an occurrence makes one job whoever sees it first.
import type { Database } from "../data/database.ts";
import { runSchedules } from "../domain/schedule/service.ts";
import type { Log } from "../http/log.ts";
import type { JobEngine } from "./engine.ts";

const LOOK_MILLISECONDS = 1_000;

/** Starts looking; closing waits for the look that is under way. */
export function startScheduler(
  database: Database,
  { submit }: Pick<JobEngine, "submit">,
  log: Log,
): { close(): Promise<void> } {
  let looking: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    looking ??= runSchedules(database, submit)
      .catch((error: unknown) => log({ level: "error", event: "schedules not looked at", error }))
      .finally(() => {
        looking = undefined;
      });
  }, LOOK_MILLISECONDS);
  return {
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
