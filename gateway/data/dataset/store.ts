// Datasets and their versions in SQL.
import type { Database, DatabaseTransaction } from "../database.ts";
import { toJson } from "../json.ts";
import { type Page, pageOrder, withinPage } from "../page.ts";
import type { ColumnProfile, ColumnSchema, DataFile, DatasetParent, Row } from "../schema.ts";

/** The dataset of that name, made when it is not there; its row stays locked to the transaction's end. */
export function lockDataset(
  transaction: DatabaseTransaction,
  tenantId: string,
  dataset: { id: string; projectId: string; name: string },
): Promise<Row<"dataset">> {
  return transaction
    .insertInto("dataset")
    .values({ ...dataset, tenantId })
    .onConflict((conflict) => conflict.columns(["projectId", "name"]).doUpdateSet({ name: dataset.name }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The newest version of a dataset. */
export function selectLatestVersion(
  database: Database,
  tenantId: string,
  datasetId: string,
): Promise<Row<"datasetVersion"> | undefined> {
  return database
    .selectFrom("datasetVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("datasetId", "=", datasetId)
    .orderBy("number", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** The newest version of the dataset of a name; undefined when there is none. */
export function selectLatestVersionOf(
  database: Database,
  tenantId: string,
  projectId: string,
  name: string,
): Promise<Row<"datasetVersion"> | undefined> {
  return database
    .selectFrom("datasetVersion")
    .innerJoin("dataset", "dataset.id", "datasetVersion.datasetId")
    .selectAll("datasetVersion")
    .where("datasetVersion.tenantId", "=", tenantId)
    .where("dataset.projectId", "=", projectId)
    .where("dataset.name", "=", name)
    .orderBy("number", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** What a new version's row holds beside its tenant. */
export type NewVersion = {
  readonly id: string;
  readonly datasetId: string;
  readonly number: number;
  readonly contentHash: string;
  readonly rowCount: number;
  readonly byteCount: number;
  readonly schema: readonly ColumnSchema[];
  readonly files: readonly DataFile[];
  readonly parents: readonly DatasetParent[];
  readonly quarantine: DataFile | null;
  readonly profile: readonly ColumnProfile[] | null;
  readonly madeFrom: string | null;
  readonly jobId: string | null;
};

/** Adds a version. */
export function insertVersion(
  transaction: DatabaseTransaction,
  tenantId: string,
  version: NewVersion,
): Promise<Row<"datasetVersion">> {
  return transaction
    .insertInto("datasetVersion")
    .values({
      ...version,
      tenantId,
      schema: toJson(version.schema),
      files: toJson(version.files),
      parents: toJson(version.parents),
      quarantine: version.quarantine && toJson(version.quarantine),
      profile: version.profile && toJson(version.profile),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Datasets by id, in no order; ids that are not there are left out. */
export function selectDatasets(
  database: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<Row<"dataset">[]> {
  return database.selectFrom("dataset").selectAll().where("tenantId", "=", tenantId).where("id", "in", ids).execute();
}

/** Dataset versions by id, in no order; ids that are not there are left out. */
export function selectVersions(
  database: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<Row<"datasetVersion">[]> {
  return database
    .selectFrom("datasetVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "in", ids)
    .execute();
}

/** The project that a dataset version belongs to, by version id. */
export function selectProjectsOfVersions(
  database: Database,
  tenantId: string,
  versionIds: readonly string[],
): Promise<{ id: string; projectId: string }[]> {
  return database
    .selectFrom("datasetVersion")
    .innerJoin("dataset", "dataset.id", "datasetVersion.datasetId")
    .select(["datasetVersion.id as id", "dataset.projectId as projectId"])
    .where("datasetVersion.tenantId", "=", tenantId)
    .where("datasetVersion.id", "in", versionIds)
    .execute();
}

/** The first version that has the content of another, when that is an earlier one. */
export function selectEarlierEqual(
  database: Database,
  tenantId: string,
  version: { id: string; contentHash: string },
): Promise<Row<"datasetVersion"> | undefined> {
  return database
    .selectFrom("datasetVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("contentHash", "=", version.contentHash)
    .where("id", "<", version.id)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
}

/** A page of a project's datasets. */
export function pageDatasets(
  database: Database,
  tenantId: string,
  projectId: string,
  page: Page,
): Promise<Row<"dataset">[]> {
  return database
    .selectFrom("dataset")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("projectId", "=", projectId)
    .where(withinPage(page, "dataset.id"))
    .orderBy("id", pageOrder(page))
    .limit(page.limit)
    .execute();
}

/** A page of a dataset's versions. */
export function pageVersions(
  database: Database,
  tenantId: string,
  datasetId: string,
  page: Page,
): Promise<Row<"datasetVersion">[]> {
  return database
    .selectFrom("datasetVersion")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("datasetId", "=", datasetId)
    .where(withinPage(page, "dataset_version.id"))
    .orderBy("id", pageOrder(page))
    .limit(page.limit)
    .execute();
}
