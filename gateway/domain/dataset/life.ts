// How long a version's rows live. Pins keep them; a collection takes those that nothing needs, and leaves the version's
// own row, so that lineage and history stay whole.
import type { Database, DatabaseTransaction } from "../../data/database.ts";
import {
  deletePin,
  insertPin,
  lockCollectable,
  lockVersion,
  markCollected,
  selectNamedObjects,
  selectVersionAt,
} from "../../data/dataset/life.ts";
import { newIdentifier } from "../../data/identifier.ts";
import { isJsonObject, type JsonObject } from "../../data/json.ts";
import type { Row } from "../../data/schema.ts";
import type { ObjectStore } from "../../store/store.ts";
import { type InputPath, InvalidInput, NotFound } from "../error.ts";
import { checkName } from "../name.ts";
import { DatasetVersionCollected } from "./errors.ts";

/** Refuses a version whose rows are gone. @throws DatasetVersionCollected */
export function requireRows(version: Row<"datasetVersion">, path: InputPath = ["datasetVersionId"]): void {
  if (version.collectedAt !== null) throw new DatasetVersionCollected(version.id, version.collectedAt, path);
}

/**
 * Pins a version: it is kept until the last of its pins is removed. The same pin twice is one.
 *
 * @throws NotFound, DatasetVersionCollected, InvalidInput for the name
 */
export async function pinDatasetVersion(
  transaction: DatabaseTransaction,
  tenantId: string,
  id: string,
  name: string,
): Promise<Row<"datasetVersion">> {
  const checked = checkName(name, ["name"]);
  const version = await lockVersion(transaction, tenantId, id);
  if (!version) throw new NotFound("dataset version", id, ["datasetVersionId"]);
  requireRows(version);
  await insertPin(transaction, tenantId, { id: newIdentifier(), datasetVersionId: id, name: checked });
  return version;
}

/** Removes a pin. @throws NotFound when the version or the pin is not there */
export async function unpinDatasetVersion(
  transaction: DatabaseTransaction,
  tenantId: string,
  id: string,
  name: string,
): Promise<Row<"datasetVersion">> {
  const version = await lockVersion(transaction, tenantId, id);
  if (!version) throw new NotFound("dataset version", id, ["datasetVersionId"]);
  if (!(await deletePin(transaction, tenantId, id, name))) throw new NotFound("pin", name, ["name"]);
  return version;
}

/** A version by its number, or as of a time; the newest when neither is given. @throws InvalidInput when both are */
export function findVersionAt(
  database: Database,
  tenantId: string,
  datasetId: string,
  when: { number?: number | undefined; at?: Date | undefined },
): Promise<Row<"datasetVersion"> | undefined> {
  if (when.number !== undefined && when.at !== undefined) {
    throw new InvalidInput("A version is asked for by its number or by a time, not by both.", ["number"]);
  }
  return selectVersionAt(database, tenantId, datasetId, when);
}

/** What a collection takes. */
export type CollectInput = {
  /** The newest versions of each dataset that are kept in any case; at least 1. */
  readonly keepVersions: number;
  /** Versions younger than this are kept. */
  readonly keepSeconds: number;
  /** Objects that nothing names are kept while they are younger than this; at least 60. */
  readonly graceSeconds: number;
};

/** Reads the input of a collect job. @throws InvalidInput */
export function parseCollect(value: unknown, path: InputPath = []): CollectInput {
  const { keepVersions, keepSeconds, graceSeconds } = isJsonObject(value) ? value : {};
  const whole = (number: unknown, name: string, least: number): number => {
    if (typeof number === "number" && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidInput(`${name} is a whole number of at least ${least}; it got ${JSON.stringify(number)}.`, [
      ...path,
      name,
    ]);
  };
  return {
    keepVersions: whole(keepVersions, "keepVersions", 1),
    keepSeconds: whole(keepSeconds, "keepSeconds", 0),
    // An object comes to be named at the next heartbeat of its job, which is 4 seconds away.
    graceSeconds: whole(graceSeconds, "graceSeconds", 60),
  };
}

/** What a collection took. */
export type Collected = {
  readonly versionIds: readonly string[];
  readonly objectCount: number;
  readonly byteCount: number;
};

/** Marks the versions of a project that go. Their objects go afterwards: killed between, the next collection has them. */
export async function collectVersions(
  transaction: DatabaseTransaction,
  tenantId: string,
  projectId: string,
  keep: { keepVersions: number; madeBefore: Date },
): Promise<string[]> {
  const ids = await lockCollectable(transaction, tenantId, projectId, keep);
  return markCollected(transaction, tenantId, ids, new Date());
}

/**
 * Removes the objects that nothing names and that were put before a time.
 *
 * @param progress hears of each object that was looked at
 */
export async function collectObjects(
  database: Database,
  store: ObjectStore,
  putBefore: Date,
  look: () => Promise<void> = async () => {},
): Promise<{ objectCount: number; byteCount: number }> {
  const named = await selectNamedObjects(database);
  let objectCount = 0;
  let bytes = 0;
  for await (const { hash, byteCount } of store.list()) {
    await look();
    if (named.has(hash) || !(await store.deleteIfOlder(hash, putBefore))) continue;
    objectCount++;
    bytes += byteCount;
  }
  return { objectCount, byteCount: bytes };
}

/** A collection as its job tells of it. */
export const describeCollected = ({ versionIds, objectCount, byteCount }: Collected): JsonObject => ({
  versionIds: [...versionIds],
  objectCount,
  byteCount,
});
