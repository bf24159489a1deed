// Pipelines and their versions in SQL.
import type { Database, DatabaseTransaction } from "../database.ts";
import { toJson } from "../json.ts";
import { type Page, pageOrder, withinPage } from "../page.ts";
import type { Row } from "../schema.ts";

/** The pipeline of that name, made when it is not there; its row stays locked to the transaction's end. */
export function lockPipeline(
  transaction: DatabaseTransaction,
  tenantId: string,
  pipeline: { id: string; projectId: string; name: string },
): Promise<Row<"pipeline">> {
  return transaction
    .insertInto("pipeline")
    .values({ ...pipeline, tenantId })
    .onConflict((conflict) => conflict.columns(["projectId", "name"]).doUpdateSet({ name: pipeline.name }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The newest version of a pipeline. */
export function selectLatestVersion(
  database: Database,
  tenantId: string,
  pipelineId: string,
): Promise<Row<"pipelineVersion"> | undefined> {
  return database
    .selectFrom("pipelineVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("pipelineId", "=", pipelineId)
    .orderBy("number", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** Adds a version. */
export function insertVersion(
  transaction: DatabaseTransaction,
  tenantId: string,
  version: { id: string; pipelineId: string; number: number; specification: object; hash: string },
): Promise<Row<"pipelineVersion">> {
  return transaction
    .insertInto("pipelineVersion")
    .values({ ...version, tenantId, specification: toJson(version.specification) })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Pipelines by id, in no order; ids that are not there are left out. */
export function selectPipelines(
  database: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<Row<"pipeline">[]> {
  return database.selectFrom("pipeline").selectAll().where("tenantId", "=", tenantId).where("id", "in", ids).execute();
}

/** Pipeline versions by id, in no order; ids that are not there are left out. */
export function selectVersions(
  database: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<Row<"pipelineVersion">[]> {
  return database
    .selectFrom("pipelineVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "in", ids)
    .execute();
}

/** A page of a project's pipelines. */
export function pagePipelines(
  database: Database,
  tenantId: string,
  projectId: string,
  page: Page,
): Promise<Row<"pipeline">[]> {
  return database
    .selectFrom("pipeline")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("projectId", "=", projectId)
    .where(withinPage(page, "pipeline.id"))
    .orderBy("id", pageOrder(page))
    .limit(page.limit)
    .execute();
}

/** A page of a pipeline's versions. */
export function pageVersions(
  database: Database,
  tenantId: string,
  pipelineId: string,
  page: Page,
): Promise<Row<"pipelineVersion">[]> {
  return database
    .selectFrom("pipelineVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("pipelineId", "=", pipelineId)
    .where(withinPage(page, "pipeline_version.id"))
    .orderBy("id", pageOrder(page))
    .limit(page.limit)
    .execute();
}
