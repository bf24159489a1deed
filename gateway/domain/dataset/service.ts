// Datasets: imported or derived by jobs, immutable once there. A version comes into being in the transaction that ends
// its job, so there is never a dataset without a whole version.
import { hash } from "node:crypto";
import type { Database, DatabaseTransaction } from "../../data/database.ts";
import {
  insertVersion,
  lockDataset,
  selectDatasets,
  selectEarlierEqual,
  selectLatestVersion,
  selectLatestVersionOf,
  selectVersions,
} from "../../data/dataset/store.ts";
import type { DatasetContent } from "../../data/dataset/write.ts";
import { newIdentifier } from "../../data/identifier.ts";
import { isJsonObject, type JsonObject } from "../../data/json.ts";
import type { ColumnProfile, DatasetParent, Row } from "../../data/schema.ts";
import { type InputPath, NotFound } from "../error.ts";
import type { JobSubmission } from "../job/service.ts";
import { checkName } from "../name.ts";
import { getProject } from "../project/service.ts";
import { type Derivation, inputsOf, parseDerivation, type TypedDerivation, typeDerivation } from "./derivation.ts";
import { type ImportInput, parseImport } from "./import.ts";
import { requireRows } from "./life.ts";

/** The engine's door for new jobs. */
export type Submit = (tenantId: string, submission: JobSubmission) => Promise<Row<"job">>;

/** Where a job belongs, and how it is queued. */
type Submission = Pick<JobSubmission, "projectId" | "idempotencyKey" | "priority">;

/** JSON without members that are undefined, as a job's input is stored. */
const plain = (value: object): JsonObject => {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  return isJsonObject(copy) ? copy : {};
};

/** The input of an import job. @throws InvalidInput */
export const importJobInput = (input: ImportInput, path: InputPath = []): JsonObject =>
  plain(parseImport(plain(input), path));

/**
 * Queues the import of a file as a version of the dataset of that name. What can be told at once is: a path that is
 * not allowed, a file that is not there, empty, cut, or of another format. What lies within the file fails the job.
 *
 * @throws NotFound, InvalidInput, UploadNotReady, DatasetFileError
 */
export async function importDataset(
  database: Database,
  submit: Submit,
  tenantId: string,
  input: ImportInput & Submission,
): Promise<Row<"job">> {
  const { projectId, idempotencyKey, priority, ...rest } = input;
  const checked = importJobInput(rest);
  await getProject(database, tenantId, projectId, ["projectId"]);
  return submit(tenantId, { projectId, kind: "IMPORT", input: checked, idempotencyKey, priority });
}

/** A derivation, and the name of the dataset that it makes. */
export type DeriveInput = Derivation & { readonly name: string };

/** Reads the input of a derive job. @throws InvalidInput */
export const parseDerive = (value: unknown): DeriveInput => {
  const name = isJsonObject(value) && typeof value.name === "string" ? value.name : "";
  return { name: checkName(name), ...parseDerivation(value) };
};

/** A derivation with the versions that it reads, the dataset itself first. */
export type ReadyDerivation = { readonly versions: Row<"datasetVersion">[]; readonly typed: TypedDerivation };

/** Finds a derivation's inputs and checks it against them. @throws NotFound and what `typeDerivation` throws */
export async function readyDerivation(
  database: Database,
  tenantId: string,
  derivation: Derivation,
): Promise<ReadyDerivation> {
  const ids = inputsOf(derivation);
  const found = new Map((await selectVersions(database, tenantId, ids)).map((version) => [version.id, version]));
  const versions = ids.map((id, index) => {
    const version = found.get(id);
    const path: InputPath = index === 0 ? ["datasetVersionId"] : ["joins", index - 1, "datasetVersionId"];
    if (version) {
      requireRows(version, path);
      return version;
    }
    throw new NotFound("dataset version", id, path);
  });
  const typed = typeDerivation(
    derivation,
    versions.map(({ schema }) => schema),
  );
  return { versions, typed };
}

/**
 * Queues a derivation as a version of the dataset of that name, after checking it against its inputs' columns.
 *
 * @throws NotFound, InvalidInput, UnknownColumn, UnknownJoin, DuplicateJoin, DuplicateOutputColumn, ExpressionTypeMismatch
 */
export async function deriveDataset(
  database: Database,
  submit: Submit,
  tenantId: string,
  input: DeriveInput & Submission,
): Promise<Row<"job">> {
  const { projectId, idempotencyKey, priority, ...rest } = input;
  const checked = parseDerive(plain(rest));
  await getProject(database, tenantId, projectId, ["projectId"]);
  await readyDerivation(database, tenantId, checked);
  return submit(tenantId, { projectId, kind: "DERIVE", input: plain(checked), idempotencyKey, priority });
}

/** Changes with what a derivation computes: a version that an older one made is then made anew. */
const DERIVATION_EDITION = 1;

/**
 * What a derivation is made from and how: the hash of its steps over the content of its inputs. Two that are equal give
 * the same rows.
 */
export function fingerprintDerivation(input: DeriveInput, { versions }: ReadyDerivation): string {
  const contents = new Map(versions.map(({ id, contentHash }) => [id, contentHash]));
  const { name: _, ...derivation } = input;
  const text = JSON.stringify([DERIVATION_EDITION, derivation], (key, value: unknown) =>
    key === "datasetVersionId" && typeof value === "string" ? contents.get(value) : value,
  );
  return hash("sha256", text);
}

/** The newest version of the dataset of a name, when it was made from just that and its rows are there. */
export async function findMade(
  database: Database,
  tenantId: string,
  dataset: { projectId: string; name: string },
  madeFrom: string,
): Promise<Row<"datasetVersion"> | undefined> {
  const latest = await selectLatestVersionOf(database, tenantId, dataset.projectId, dataset.name);
  return latest?.madeFrom === madeFrom && latest.collectedAt === null ? latest : undefined;
}

/** A version to be registered. */
export type NewDatasetVersion = {
  readonly projectId: string;
  readonly name: string;
  readonly jobId: string;
  readonly content: DatasetContent;
  readonly profile: readonly ColumnProfile[] | null;
  readonly parents: readonly DatasetParent[];
  /** What it was derived from and how, where the same again would be the same. */
  readonly madeFrom?: string | undefined;
  /** The version that was the newest when the rows were joined to it, null for none; undefined where that is no matter. */
  readonly after?: string | null | undefined;
};

/**
 * Registers the next version of the dataset of that name, and the dataset when it is new. For the effect of a job.
 *
 * @throws Error when another version came meanwhile: the job is run again
 */
export async function registerDatasetVersion(
  transaction: DatabaseTransaction,
  tenantId: string,
  { projectId, name, jobId, content, profile, parents, madeFrom, after }: NewDatasetVersion,
): Promise<Row<"datasetVersion">> {
  const dataset = await lockDataset(transaction, tenantId, { id: newIdentifier(), projectId, name });
  const latest = await selectLatestVersion(transaction, tenantId, dataset.id);
  if (after !== undefined && after !== (latest?.id ?? null)) {
    throw new Error(`The dataset "${name}" has a newer version than the one that the rows were joined to.`);
  }
  return insertVersion(transaction, tenantId, {
    id: newIdentifier(),
    datasetId: dataset.id,
    number: (latest?.number ?? 0) + 1,
    ...content,
    profile,
    parents,
    madeFrom: madeFrom ?? null,
    jobId,
  });
}

/** What a job that made a version says of it: the version, and an earlier one of the same content if there is any. */
export async function describeVersion(
  transaction: DatabaseTransaction,
  tenantId: string,
  version: Row<"datasetVersion">,
): Promise<JsonObject> {
  const equal = await selectEarlierEqual(transaction, tenantId, version);
  return {
    datasetId: version.datasetId,
    datasetVersionId: version.id,
    number: version.number,
    contentHash: version.contentHash,
    rowCount: version.rowCount,
    quarantinedRowCount: version.quarantine?.rowCount ?? 0,
    equalVersionId: equal?.id ?? null,
  };
}

/** The first earlier version with the same rows and columns, in whichever dataset; undefined when there is none. */
export function findEqualVersion(
  database: Database,
  tenantId: string,
  version: Row<"datasetVersion">,
): Promise<Row<"datasetVersion"> | undefined> {
  return selectEarlierEqual(database, tenantId, version);
}

/** The dataset of an id. @throws NotFound */
export async function getDataset(
  database: Database,
  tenantId: string,
  id: string,
  path: InputPath = ["datasetId"],
): Promise<Row<"dataset">> {
  const [dataset] = await selectDatasets(database, tenantId, [id]);
  if (!dataset) throw new NotFound("dataset", id, path);
  return dataset;
}

/** The dataset version of an id. @throws NotFound */
export async function getDatasetVersion(
  database: Database,
  tenantId: string,
  id: string,
  path: InputPath = ["datasetVersionId"],
): Promise<Row<"datasetVersion">> {
  const [version] = await selectVersions(database, tenantId, [id]);
  if (!version) throw new NotFound("dataset version", id, path);
  return version;
}
