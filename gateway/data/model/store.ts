// Models and their versions in SQL: written by the training job's effect, read by the registry.
import type { Database, DatabaseTransaction } from "../database.ts";
import { toJson } from "../json.ts";
import { type Page, pageOrder, withinPage } from "../page.ts";
import type { DataFile, Row } from "../schema.ts";

/** The model of that name, made when it is not there; its row stays locked to the transaction's end. */
export function lockModel(
  transaction: DatabaseTransaction,
  tenantId: string,
  model: { id: string; projectId: string; name: string },
): Promise<Row<"model">> {
  return transaction
    .insertInto("model")
    .values({ ...model, tenantId })
    .onConflict((conflict) => conflict.columns(["projectId", "name"]).doUpdateSet({ name: model.name }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The number of a model's newest version; 0 when it has none. Call it with the model locked. */
export async function selectLastNumber(
  transaction: DatabaseTransaction,
  tenantId: string,
  modelId: string,
): Promise<number> {
  const row = await transaction
    .selectFrom("modelVersion")
    .select((expression) => expression.fn.max("number").as("number"))
    .where("tenantId", "=", tenantId)
    .where("modelId", "=", modelId)
    .executeTakeFirst();
  return row?.number ?? 0;
}

/** Adds a version. */
export function insertModelVersion(
  transaction: DatabaseTransaction,
  tenantId: string,
  version: {
    id: string;
    modelId: string;
    number: number;
    bundleHash: string;
    signature: object;
    metrics: object;
    datasetVersionId: string;
    split: object;
    pipelineVersionId: string;
    jobId: string;
  },
): Promise<Row<"modelVersion">> {
  const { signature, metrics, split, ...columns } = version;
  return transaction
    .insertInto("modelVersion")
    .values({
      ...columns,
      tenantId,
      signature: toJson(signature),
      metrics: toJson(metrics),
      split: toJson(split),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Models by id, in no order; ids that are not there are left out. */
export function selectModels(database: Database, tenantId: string, ids: readonly string[]): Promise<Row<"model">[]> {
  return database.selectFrom("model").selectAll().where("tenantId", "=", tenantId).where("id", "in", ids).execute();
}

/** Model versions by id, in no order; ids that are not there are left out. */
export function selectModelVersions(
  database: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<Row<"modelVersion">[]> {
  return database
    .selectFrom("modelVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "in", ids)
    .execute();
}

/** The version that a job trained. */
export function selectModelVersionOfJob(
  database: Database,
  tenantId: string,
  jobId: string,
): Promise<Row<"modelVersion"> | undefined> {
  return database
    .selectFrom("modelVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("jobId", "=", jobId)
    .executeTakeFirst();
}

/** Whether a bundle of that hash belongs to a model version of the tenant: what a download asks before it reads. */
export async function bundleBelongsTo(database: Database, tenantId: string, bundleHash: string): Promise<boolean> {
  const row = await database
    .selectFrom("modelVersion")
    .select("id")
    .where("tenantId", "=", tenantId)
    .where("bundleHash", "=", bundleHash)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** A page of a project's models. */
export function pageModels(
  database: Database,
  tenantId: string,
  projectId: string,
  page: Page,
): Promise<Row<"model">[]> {
  return database
    .selectFrom("model")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("projectId", "=", projectId)
    .where(withinPage(page, "model.id"))
    .orderBy("id", pageOrder(page))
    .limit(page.limit)
    .execute();
}

/** A page of a model's versions. */
export function pageModelVersions(
  database: Database,
  tenantId: string,
  modelId: string,
  page: Page,
): Promise<Row<"modelVersion">[]> {
  return database
    .selectFrom("modelVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("modelId", "=", modelId)
    .where(withinPage(page, "model_version.id"))
    .orderBy("id", pageOrder(page))
    .limit(page.limit)
    .execute();
}

/** Adds a prediction set: for the effect of a batch prediction job. */
export function insertPredictionSet(
  transaction: DatabaseTransaction,
  tenantId: string,
  set: {
    id: string;
    projectId: string;
    modelVersionId: string;
    datasetVersionId: string;
    jobId: string;
    rowCount: number;
    files: readonly DataFile[];
    metrics: object | null;
  },
): Promise<Row<"predictionSet">> {
  return transaction
    .insertInto("predictionSet")
    .values({
      ...set,
      tenantId,
      files: toJson(set.files),
      metrics: set.metrics === null ? null : toJson(set.metrics),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Prediction sets by id, in no order; ids that are not there are left out. */
export function selectPredictionSets(
  database: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<Row<"predictionSet">[]> {
  return database
    .selectFrom("predictionSet")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "in", ids)
    .execute();
}
