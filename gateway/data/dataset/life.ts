// Pins, versions at a point in time, and what a collection may take, in SQL.
import { type SqlBool, sql } from "kysely";
import type { Database, DatabaseTransaction } from "../database.ts";
import type { Row } from "../schema.ts";

/** The dataset version of an id, whose row stays locked to the transaction's end: no collection takes it meanwhile. */
export function lockVersion(
  transaction: DatabaseTransaction,
  tenantId: string,
  id: string,
): Promise<Row<"datasetVersion"> | undefined> {
  return transaction
    .selectFrom("datasetVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirst();
}

/** Adds a pin; one of that name that is there already stays. */
export async function insertPin(
  transaction: DatabaseTransaction,
  tenantId: string,
  pin: { id: string; datasetVersionId: string; name: string },
): Promise<void> {
  await transaction
    .insertInto("datasetPin")
    .values({ ...pin, tenantId })
    .onConflict((conflict) => conflict.columns(["datasetVersionId", "name"]).doNothing())
    .execute();
}

/** Removes a pin; false when there was none. */
export async function deletePin(
  database: Database,
  tenantId: string,
  datasetVersionId: string,
  name: string,
): Promise<boolean> {
  const { numDeletedRows } = await database
    .deleteFrom("datasetPin")
    .where("tenantId", "=", tenantId)
    .where("datasetVersionId", "=", datasetVersionId)
    .where("name", "=", name)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** The pins of versions, oldest first. */
export function selectPins(
  database: Database,
  tenantId: string,
  versionIds: readonly string[],
): Promise<Row<"datasetPin">[]> {
  return database
    .selectFrom("datasetPin")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("datasetVersionId", "in", versionIds)
    .orderBy("id")
    .execute();
}

/** The version of a number, or the newest that was there at a time, or the newest. */
export function selectVersionAt(
  database: Database,
  tenantId: string,
  datasetId: string,
  { number, at }: { number?: number | undefined; at?: Date | undefined },
): Promise<Row<"datasetVersion"> | undefined> {
  let query = database
    .selectFrom("datasetVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("datasetId", "=", datasetId);
  if (number !== undefined) query = query.where("number", "=", number);
  if (at !== undefined) query = query.where("createdAt", "<=", at);
  return query.orderBy("number", "desc").limit(1).executeTakeFirst();
}

/**
 * Locks the versions of a project that a collection may take: not among the newest of their dataset, made before a
 * time, neither pinned nor used by a model, a prediction or a job that is not over. Ask again before taking them: what
 * was pinned while the lock was waited for shows only then.
 */
export async function lockCollectable(
  transaction: DatabaseTransaction,
  tenantId: string,
  projectId: string,
  { keepVersions, madeBefore }: { keepVersions: number; madeBefore: Date },
): Promise<string[]> {
  const rows = await transaction
    .selectFrom("datasetVersion")
    .innerJoin("dataset", "dataset.id", "datasetVersion.datasetId")
    .select("datasetVersion.id")
    .where("datasetVersion.tenantId", "=", tenantId)
    .where("dataset.projectId", "=", projectId)
    .where("datasetVersion.collectedAt", "is", null)
    .where("datasetVersion.createdAt", "<", madeBefore)
    .where(
      sql<SqlBool>`(select count(*) from dataset_version as newer
        where newer.dataset_id = dataset_version.dataset_id and newer.number > dataset_version.number
        and newer.collected_at is null) >= ${keepVersions}`,
    )
    .where(isUnused)
    .orderBy("datasetVersion.id")
    .forUpdate("datasetVersion")
    .execute();
  return rows.map(({ id }) => id);
}

const isUnused = sql<SqlBool>`(
  not exists (select from dataset_pin where dataset_pin.dataset_version_id = dataset_version.id)
  and not exists (select from model_version where model_version.dataset_version_id = dataset_version.id)
  and not exists (select from prediction_set where prediction_set.dataset_version_id = dataset_version.id)
  and not exists (select from job where job.state in ('QUEUED', 'RUNNING')
    and position(dataset_version.id in job.input::text) > 0))`;

/** Marks versions as collected, but for those that have come into use since they were locked. */
export async function markCollected(
  transaction: DatabaseTransaction,
  tenantId: string,
  ids: readonly string[],
  now: Date,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await transaction
    .updateTable("datasetVersion")
    .set({ collectedAt: now })
    .where("tenantId", "=", tenantId)
    .where("id", "in", ids)
    .where(isUnused)
    .returning("id")
    .execute();
  return rows.map(({ id }) => id);
}

/** The hash of every object that something names: of every tenant, since they share the store. */
export async function selectNamedObjects(database: Database): Promise<Set<string>> {
  const { rows } = await sql<{ hash: string }>`
    select file->>'hash' as hash from dataset_version, jsonb_array_elements(files) as file where collected_at is null
    union select quarantine->>'hash' from dataset_version where collected_at is null and quarantine is not null
    union select file->>'hash' from prediction_set, jsonb_array_elements(files) as file
    union select bundle_hash from model_version
    union select blob_hash from checkpoint where blob_hash is not null
    union select sha256 from upload where state = 'COMPLETE' and sha256 is not null
    union select job_storage.hash from job_storage join job on job.id = job_storage.job_id
      where job.state in ('QUEUED', 'RUNNING')`.execute(database);
  return new Set(rows.map(({ hash }) => hash));
}
