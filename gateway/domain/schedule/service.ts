// Schedules: a job made at the times of a cron expression. Each occurrence makes one job, however many gateways look and
// whenever one is killed: its time is in the job's idempotency key.
import { CronExpressionParser } from "cron-parser";
import type { Database } from "../../data/database.ts";
import { newIdentifier } from "../../data/identifier.ts";
import type { JsonObject } from "../../data/json.ts";
import { deleteSchedule, insertSchedule, moveSchedule, selectDue } from "../../data/schedule/store.ts";
import type { JobKind, Row } from "../../data/schema.ts";
import { DomainError, InvalidInput, NameTaken, NotFound } from "../error.ts";
import { checkPriority, type JobSubmission } from "../job/service.ts";
import { checkName } from "../name.ts";

/** A schedule to be made. */
export type ScheduleInput = {
  readonly projectId: string;
  readonly name: string;
  /** Five fields, or six with seconds first: "0 6 * * 1-5". */
  readonly cron: string;
  /** An IANA time zone: "Europe/Oslo". */
  readonly timeZone: string;
  readonly kind: JobKind;
  readonly input: JsonObject;
  readonly priority: number;
};

/** The first time of a cron expression after a moment. @throws InvalidInput */
export function nextTime({ cron, timeZone }: Pick<ScheduleInput, "cron" | "timeZone">, after: Date): Date {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    throw new InvalidInput(`"${timeZone}" is no time zone: one such as Europe/Oslo or UTC is wanted.`, ["timeZone"]);
  }
  try {
    return CronExpressionParser.parse(cron, { tz: timeZone, currentDate: after }).next().toDate();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidInput(`"${cron}" is no cron expression (${reason}): "0 6 * * 1-5" is 6:00 on weekdays.`, ["cron"]);
  }
}

/** Makes a schedule. @throws InvalidInput, NameTaken */
export async function createSchedule(
  database: Database,
  tenantId: string,
  input: ScheduleInput,
  now = new Date(),
): Promise<Row<"schedule">> {
  const name = checkName(input.name, ["name"]);
  checkPriority(input.priority);
  if (input.cron.trim().split(/\s+/).length < 5) {
    throw new InvalidInput(`"${input.cron}" has fewer than five fields: "0 6 * * 1-5" is 6:00 on weekdays.`, ["cron"]);
  }
  const nextAt = nextTime(input, now);
  const made = await insertSchedule(database, tenantId, { ...input, id: newIdentifier(), name, nextAt });
  if (!made) throw new NameTaken("schedule", name, ["name"]);
  return made;
}

/** Removes a schedule; jobs that it made stay. @throws NotFound */
export async function removeSchedule(database: Database, tenantId: string, id: string): Promise<Row<"schedule">> {
  const removed = await deleteSchedule(database, tenantId, id);
  if (!removed) throw new NotFound("schedule", id, ["scheduleId"]);
  return removed;
}

/**
 * Makes the jobs whose time has come, and gives how many. Occurrences that were missed make one job together; one that
 * comes while the job before is not over makes none. What refuses a job is kept with the schedule.
 */
export async function runSchedules(
  database: Database,
  submit: (tenantId: string, submission: JobSubmission) => Promise<Row<"job">>,
  now = new Date(),
): Promise<number> {
  let count = 0;
  for (const schedule of await selectDue(database, now)) {
    const { id, tenantId, projectId, kind, input, priority } = schedule;
    const nextAt = nextTime(schedule, now);
    if (schedule.lastState === "QUEUED" || schedule.lastState === "RUNNING") {
      await moveSchedule(database, tenantId, schedule, { nextAt });
      continue;
    }
    const idempotencyKey = `schedule/${id}/${schedule.nextAt.toISOString()}`;
    try {
      const job = await submit(tenantId, { projectId, kind, input, priority, idempotencyKey });
      await moveSchedule(database, tenantId, schedule, { nextAt, lastJobId: job.id, lastError: null });
      count++;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const { code, message, path } = error;
      await moveSchedule(database, tenantId, schedule, { nextAt, lastError: { code, message, path: [...path] } });
    }
  }
  return count;
}
