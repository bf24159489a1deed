// Jobs in SQL. Every write of an attempt names its lease: an attempt that lost it changes no row.
import type { Database, DatabaseTransaction } from "../database.ts";
import { type JsonObject, toJson } from "../json.ts";
import { type Page, pageOrder, withinPage } from "../page.ts";
import type { JobError, JobEstimate, JobKind, JobState, Row } from "../schema.ts";

/** A job to be queued. */
export type NewJob = {
  readonly id: string;
  readonly projectId: string;
  readonly kind: JobKind;
  readonly input: JsonObject;
  readonly estimate?: JobEstimate | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly priority?: number | undefined;
};

/** Adds a queued job; undefined when the tenant has one of that idempotency key. */
export function insertJob(database: Database, tenantId: string, job: NewJob): Promise<Row<"job"> | undefined> {
  return database
    .insertInto("job")
    .values({
      id: job.id,
      tenantId,
      projectId: job.projectId,
      kind: job.kind,
      state: "QUEUED",
      input: toJson(job.input),
      estimate: job.estimate === undefined ? null : toJson(job.estimate),
      idempotencyKey: job.idempotencyKey ?? null,
      priority: job.priority ?? 0,
    })
    .onConflict((conflict) => conflict.columns(["tenantId", "idempotencyKey"]).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** The job of an idempotency key. */
export function selectJobByKey(database: Database, tenantId: string, key: string): Promise<Row<"job"> | undefined> {
  return database
    .selectFrom("job")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("idempotencyKey", "=", key)
    .executeTakeFirst();
}

/** Jobs by id, in no order; ids that are not there are left out. */
export function selectJobs(database: Database, tenantId: string, ids: readonly string[]): Promise<Row<"job">[]> {
  return database.selectFrom("job").selectAll().where("tenantId", "=", tenantId).where("id", "in", ids).execute();
}

/** A page of a tenant's jobs, of one project, kind or state where given. */
export function pageJobs(
  database: Database,
  tenantId: string,
  filter: { projectId?: string | undefined; kind?: JobKind | undefined; state?: JobState | undefined },
  page: Page,
): Promise<Row<"job">[]> {
  let query = database.selectFrom("job").selectAll().where("tenantId", "=", tenantId);
  if (filter.projectId !== undefined) query = query.where("projectId", "=", filter.projectId);
  if (filter.kind !== undefined) query = query.where("kind", "=", filter.kind);
  if (filter.state !== undefined) query = query.where("state", "=", filter.state);
  return query.where(withinPage(page, "job.id")).orderBy("id", pageOrder(page)).limit(page.limit).execute();
}

/**
 * Gives a job to an attempt: it runs under a new lease, and whoever held the old one is shut out. A job that was
 * running already lost its worker, which counts as a crash. Undefined when the job is over.
 */
export function claimJob(
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
  lease: string,
  machineId: string,
): Promise<Row<"job"> | undefined> {
  return transaction
    .updateTable("job")
    .set((expression) => ({
      state: "RUNNING",
      lease,
      machineId,
      attempt: expression("attempt", "+", 1),
      crashes: expression("crashes", "+", expression.case().when("state", "=", "RUNNING").then(1).else(0).end()),
      startedAt: expression.fn.coalesce("startedAt", expression.fn<Date>("now", [])),
    }))
    .where("tenantId", "=", tenantId)
    .where("id", "=", jobId)
    .where("state", "in", ["QUEUED", "RUNNING"])
    .returningAll()
    .executeTakeFirst();
}

/** Locks the job's row for the holder of the lease; undefined when the lease is lost. */
export function lockJob(
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
  lease: string,
): Promise<Row<"job"> | undefined> {
  return transaction
    .selectFrom("job")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "=", jobId)
    .where("lease", "=", lease)
    .forUpdate()
    .executeTakeFirst();
}

/** Whether the lease still stands and the job is to be cancelled; undefined when the lease is lost. */
export function selectOrders(
  database: Database,
  tenantId: string,
  jobId: string,
  lease: string,
): Promise<{ cancelRequested: boolean } | undefined> {
  return database
    .selectFrom("job")
    .select("cancelRequested")
    .where("tenantId", "=", tenantId)
    .where("id", "=", jobId)
    .where("lease", "=", lease)
    .executeTakeFirst();
}

/** Writes how far an attempt is. Undefined when the lease is lost. */
export function updateProgress(
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
  lease: string,
  progress: number,
  progressMessage: string,
): Promise<Row<"job"> | undefined> {
  return transaction
    .updateTable("job")
    .set({ progress, progressMessage })
    .where("tenantId", "=", tenantId)
    .where("id", "=", jobId)
    .where("lease", "=", lease)
    .returningAll()
    .executeTakeFirst();
}

/** How an attempt leaves its job. */
export type JobEnding =
  | { readonly state: "SUCCEEDED"; readonly output: JsonObject }
  | { readonly state: "FAILED"; readonly error: JobError }
  | { readonly state: "CANCELLED" }
  | { readonly state: "QUEUED"; readonly crashed: boolean };

/** Ends the attempt of a lease. Undefined when the lease is lost. */
export function endAttempt(
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
  lease: string,
  ending: JobEnding,
): Promise<Row<"job"> | undefined> {
  return transaction
    .updateTable("job")
    .set((expression) => ({
      state: ending.state,
      lease: null,
      ...(ending.state === "SUCCEEDED" ? { output: toJson(ending.output), progress: 1 } : {}),
      ...(ending.state === "FAILED" ? { error: toJson(ending.error) } : {}),
      ...(ending.state === "QUEUED"
        ? { crashes: expression("crashes", "+", ending.crashed ? 1 : 0) }
        : { endedAt: expression.fn<Date>("now", []) }),
    }))
    .where("tenantId", "=", tenantId)
    .where("id", "=", jobId)
    .where("lease", "=", lease)
    .returningAll()
    .executeTakeFirst();
}

/** Asks a running job to stop, or ends a queued one. Undefined when the job is over or not there. */
export function requestCancel(
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
): Promise<Row<"job"> | undefined> {
  return transaction
    .updateTable("job")
    .set((expression) => ({
      cancelRequested: true,
      state: expression
        .case()
        .when("state", "=", "QUEUED")
        .then<JobState>("CANCELLED")
        .else(expression.ref("state"))
        .end(),
      endedAt: expression
        .case()
        .when("state", "=", "QUEUED")
        .then(expression.fn<Date>("now", []))
        .else(expression.ref("endedAt"))
        .end(),
    }))
    .where("tenantId", "=", tenantId)
    .where("id", "=", jobId)
    .where("state", "in", ["QUEUED", "RUNNING"])
    .returningAll()
    .executeTakeFirst();
}

/** Gives a job that waits another priority; undefined when it does not wait. */
export function updatePriority(
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
  priority: number,
): Promise<Row<"job"> | undefined> {
  return transaction
    .updateTable("job")
    .set({ priority })
    .where("tenantId", "=", tenantId)
    .where("id", "=", jobId)
    .where("state", "=", "QUEUED")
    .returningAll()
    .executeTakeFirst();
}

/** Jobs that a machine's last process left running, with the objects of their checkpoints. */
export function selectAbandoned(
  database: Database,
  machineId: string,
): Promise<{ id: string; tenantId: string; blobHash: string | null }[]> {
  return database
    .selectFrom("job")
    .leftJoin("checkpoint", "checkpoint.jobId", "job.id")
    .select(["job.id", "job.tenantId", "checkpoint.blobHash"])
    .where("job.machineId", "=", machineId)
    .where("job.state", "=", "RUNNING")
    .execute();
}

/** Checkpoints of jobs that ended on a machine whose process did not get to removing them. */
export function selectLeftCheckpoints(database: Database, machineId: string): Promise<Row<"checkpoint">[]> {
  return database
    .selectFrom("checkpoint")
    .innerJoin("job", "job.id", "checkpoint.jobId")
    .selectAll("checkpoint")
    .where("job.machineId", "=", machineId)
    .where("job.state", "in", ["SUCCEEDED", "FAILED", "CANCELLED"])
    .execute();
}

/** The checkpoint of a job. */
export function selectCheckpoint(
  database: Database,
  tenantId: string,
  jobId: string,
): Promise<Row<"checkpoint"> | undefined> {
  return database
    .selectFrom("checkpoint")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("jobId", "=", jobId)
    .executeTakeFirst();
}

/** Puts the checkpoint of a job in place of its last one. A job that gets on is not taken for one that only crashes. */
export async function replaceCheckpoint(
  transaction: DatabaseTransaction,
  tenantId: string,
  jobId: string,
  position: JsonObject,
  blobHash: string | null,
): Promise<void> {
  const values = { position: toJson(position), blobHash, createdAt: new Date() };
  await transaction
    .insertInto("checkpoint")
    .values({ jobId, tenantId, ...values })
    .onConflict((conflict) => conflict.column("jobId").doUpdateSet(values))
    .execute();
  await transaction
    .updateTable("job")
    .set({ crashes: 0 })
    .where("tenantId", "=", tenantId)
    .where("id", "=", jobId)
    .where("crashes", ">", 0)
    .execute();
}

/** Forgets the checkpoint of a job that is over. */
export async function deleteCheckpoint(database: Database, tenantId: string, jobId: string): Promise<void> {
  await database.deleteFrom("checkpoint").where("tenantId", "=", tenantId).where("jobId", "=", jobId).execute();
}
