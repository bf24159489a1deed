// Schedules in SQL.
import type { Database } from "../database.ts";
import { type JsonObject, toJson } from "../json.ts";
import type { JobError, JobKind, Row } from "../schema.ts";

/** A schedule to be added. */
export type NewSchedule = {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly kind: JobKind;
  readonly input: JsonObject;
  readonly priority: number;
  readonly nextAt: Date;
};

/** Adds a schedule; undefined when the project has one of that name. */
export function insertSchedule(
  database: Database,
  tenantId: string,
  schedule: NewSchedule,
): Promise<Row<"schedule"> | undefined> {
  return database
    .insertInto("schedule")
    .values({ ...schedule, tenantId, input: toJson(schedule.input) })
    .onConflict((conflict) => conflict.columns(["projectId", "name"]).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Removes a schedule and gives what it was. */
export function deleteSchedule(database: Database, tenantId: string, id: string): Promise<Row<"schedule"> | undefined> {
  return database
    .deleteFrom("schedule")
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

/** Schedules by id, in no order. */
export function selectSchedules(
  database: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<Row<"schedule">[]> {
  return database.selectFrom("schedule").selectAll().where("tenantId", "=", tenantId).where("id", "in", ids).execute();
}

/** A project's schedules by name. */
export function selectSchedulesOf(database: Database, tenantId: string, projectId: string): Promise<Row<"schedule">[]> {
  return database
    .selectFrom("schedule")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("projectId", "=", projectId)
    .orderBy("name")
    .execute();
}

/** Schedules of every tenant whose time has come, and whether the job that each made last is over. */
export function selectDue(
  database: Database,
  now: Date,
): Promise<(Row<"schedule"> & { lastState: Row<"job">["state"] | null })[]> {
  return database
    .selectFrom("schedule")
    .leftJoin("job", "job.id", "schedule.lastJobId")
    .selectAll("schedule")
    .select("job.state as lastState")
    .where("schedule.nextAt", "<=", now)
    .orderBy("schedule.nextAt")
    .limit(100)
    .execute();
}

/** Moves a schedule on from an occurrence, unless somebody else did. */
export async function moveSchedule(
  database: Database,
  tenantId: string,
  { id, nextAt }: Pick<Row<"schedule">, "id" | "nextAt">,
  change: { nextAt: Date; lastJobId?: string; lastError?: JobError | null },
): Promise<void> {
  const { lastError, ...rest } = change;
  await database
    .updateTable("schedule")
    .set({ ...rest, ...(lastError === undefined ? {} : { lastError: lastError && toJson(lastError) }) })
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .where("nextAt", "=", nextAt)
    .execute();
}
