// Jobs that are made again and again: when, and what.
import { type Kysely, sql } from "kysely";

/** Adds schedules. */
export async function up(database: Kysely<unknown>): Promise<void> {
  await sql`create table schedule (
    id text primary key, tenant_id text not null, project_id text not null references project, name text not null,
    cron text not null, time_zone text not null, kind text not null, input jsonb not null,
    priority integer not null default 0, next_at timestamptz not null, last_job_id text references job,
    last_error jsonb, created_at timestamptz not null default now(), unique (project_id, name))`.execute(database);
  await sql`create index schedule_by_time on schedule (next_at)`.execute(database);
}
