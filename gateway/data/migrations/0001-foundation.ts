// The first schema, told in SQL because SQL is what it is. Rules that must hold whoever writes (unique names,
// append-only ledger, one checkpoint a job) stand here and not in the services alone.
import { type Kysely, sql } from "kysely";

const statements = [
  `create table project (
    id text primary key, tenant_id text not null, name text not null,
    created_at timestamptz not null default now(), unique (tenant_id, name))`,

  `create table dataset (
    id text primary key, tenant_id text not null, project_id text not null references project, name text not null,
    created_at timestamptz not null default now(), unique (project_id, name))`,

  `create table upload (
    id text primary key, tenant_id text not null, file_name text not null, byte_count bigint not null,
    sha256 text, received_bytes bigint not null default 0,
    state text not null check (state in ('OPEN', 'COMPLETE', 'CONSUMED', 'EXPIRED')),
    created_at timestamptz not null default now(), expires_at timestamptz not null)`,

  `create table pipeline (
    id text primary key, tenant_id text not null, project_id text not null references project, name text not null,
    created_at timestamptz not null default now(), unique (project_id, name))`,

  `create table pipeline_version (
    id text primary key, tenant_id text not null, pipeline_id text not null references pipeline,
    number integer not null, specification jsonb not null, hash text not null,
    created_at timestamptz not null default now(), unique (pipeline_id, number))`,

  `create table machine (
    id text primary key, tenant_id text not null, name text not null, cores integer not null,
    calibration jsonb not null default '{}', started_microsecond bigint not null, mark_microsecond bigint not null,
    created_at timestamptz not null default now(), check (mark_microsecond >= started_microsecond))`,

  `create table job (
    id text primary key, tenant_id text not null, project_id text not null references project,
    kind text not null check (kind in ('IMPORT', 'DERIVE', 'TRAIN', 'PREDICT')),
    state text not null check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    input jsonb not null, output jsonb, progress double precision not null default 0 check (progress between 0 and 1),
    progress_message text not null default '', error jsonb, attempt integer not null default 0,
    crashes integer not null default 0, lease text, machine_id text references machine, cancel_requested boolean not null default false, estimate jsonb,
    idempotency_key text, created_at timestamptz not null default now(), started_at timestamptz, ended_at timestamptz,
    unique (tenant_id, idempotency_key),
    check ((state = 'RUNNING') = (lease is not null)),
    check ((state = 'FAILED') = (error is not null)))`,
  `create index job_by_project on job (tenant_id, project_id, id)`,
  `create index job_unfinished on job (machine_id) where state in ('QUEUED', 'RUNNING')`,

  `create table dataset_version (
    id text primary key, tenant_id text not null, dataset_id text not null references dataset, number integer not null,
    content_hash text not null, row_count bigint not null, byte_count bigint not null, schema jsonb not null,
    files jsonb not null, parents jsonb not null default '[]', job_id text references job,
    created_at timestamptz not null default now(), unique (dataset_id, number))`,

  `create table metric_series (
    id text primary key, tenant_id text not null, job_id text not null references job on delete cascade,
    name text not null, point_count bigint not null default 0, last_step integer, last_value double precision,
    unique (job_id, name))`,
  `create table metric_chunk (
    series_id text not null references metric_series on delete cascade, first_step integer not null,
    last_step integer not null, point_count integer not null, steps bytea not null, values bytea not null,
    recorded_at timestamptz not null default now(), primary key (series_id, first_step),
    check (octet_length(steps) = 4 * point_count and octet_length(values) = 8 * point_count))`,

  `create table checkpoint (
    job_id text primary key references job on delete cascade, tenant_id text not null, position jsonb not null,
    blob_hash text, created_at timestamptz not null default now())`,

  `create table model (
    id text primary key, tenant_id text not null, project_id text not null references project, name text not null,
    created_at timestamptz not null default now(), unique (project_id, name))`,
  `create table model_version (
    id text primary key, tenant_id text not null, model_id text not null references model, number integer not null,
    bundle_hash text not null, signature jsonb not null, metrics jsonb not null,
    dataset_version_id text not null references dataset_version, split jsonb not null,
    pipeline_version_id text not null references pipeline_version, job_id text not null references job,
    created_at timestamptz not null default now(), unique (model_id, number))`,
  `create table prediction_set (
    id text primary key, tenant_id text not null, project_id text not null references project,
    model_version_id text not null references model_version, dataset_version_id text not null references dataset_version,
    job_id text not null references job, row_count bigint not null, files jsonb not null, metrics jsonb,
    created_at timestamptz not null default now())`,

  `create table price (
    id text primary key, tenant_id text not null,
    resource text not null check (resource in ('MACHINE_SECOND', 'STORED_BYTE_MONTH')), device text not null,
    unit_price numeric not null check (unit_price >= 0), currency text not null check (currency ~ '^[A-Z]{3}$'),
    source text not null, valid_from timestamptz not null, created_at timestamptz not null default now(),
    unique (tenant_id, resource, device, valid_from))`,

  `create table ledger_entry (
    id text primary key, tenant_id text not null, key text not null unique, machine_id text not null references machine,
    account text not null, contra_account text not null,
    activity text not null check (activity in ('JOB', 'SERVE', 'IDLE', 'DOWN')),
    job_id text references job, project_id text references project,
    quantity_microseconds bigint not null check (quantity_microseconds >= 0),
    from_microsecond bigint not null, to_microsecond bigint not null,
    price_id text references price, amount numeric not null, currency text not null,
    created_at timestamptz not null default now(),
    check (account <> contra_account), check (to_microsecond >= from_microsecond),
    check ((activity = 'JOB') = (job_id is not null)))`,
  `create index ledger_entry_by_machine on ledger_entry (machine_id, from_microsecond)`,
  `create index ledger_entry_by_job on ledger_entry (job_id) where job_id is not null`,
  `create function refuse_change() returns trigger language plpgsql as $$
    begin raise exception 'the table % is append-only: book a correcting entry instead', tg_table_name
      using errcode = 'restrict_violation'; end $$`,
  `create trigger ledger_entry_append_only before update or delete on ledger_entry
    for each row execute function refuse_change()`,
  `create trigger ledger_entry_no_truncate before truncate on ledger_entry
    for each statement execute function refuse_change()`,

  `create table job_usage (
    job_id text not null references job on delete cascade, tenant_id text not null, attempt integer not null,
    kernel text not null, device text not null, calls bigint not null, flops double precision not null,
    bytes double precision not null, seconds double precision not null,
    primary key (job_id, attempt, kernel, device))`,
  `create table job_storage (
    job_id text not null references job on delete cascade, tenant_id text not null, hash text not null,
    byte_count bigint not null, created_at timestamptz not null default now(), primary key (job_id, hash))`,
  `create table estimate_outcome (
    job_id text primary key references job on delete cascade, tenant_id text not null,
    machine_id text not null references machine, kind text not null, raw_seconds double precision not null,
    estimated_seconds double precision not null, actual_seconds double precision not null,
    created_at timestamptz not null default now())`,
  `create index estimate_outcome_by_kind on estimate_outcome (machine_id, kind, created_at)`,

  `create table outbox (
    position bigserial primary key, tenant_id text not null, topic text not null, payload jsonb not null,
    created_at timestamptz not null default now())`,
  `create index outbox_by_topic on outbox (tenant_id, topic, position)`,
];

/** Creates every table of the first release. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}
