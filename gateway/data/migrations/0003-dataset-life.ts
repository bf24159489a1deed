// How long dataset versions live: pins keep them, a collection takes their rows away and leaves their row here, for
// lineage. And what is known of their columns: the profile.
import { type Kysely, sql } from "kysely";

const statements = [
  `alter table dataset_version add column profile jsonb, add column collected_at timestamptz`,
  `create table dataset_pin (
    id text primary key, tenant_id text not null, dataset_version_id text not null references dataset_version,
    name text not null, created_at timestamptz not null default now(), unique (dataset_version_id, name))`,
  `alter table job drop constraint job_kind_check`,
  `alter table job add constraint job_kind_check check (kind in ('IMPORT', 'DERIVE', 'TRAIN', 'PREDICT', 'COLLECT'))`,
];

/** Adds profiles, pins and collection. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}
