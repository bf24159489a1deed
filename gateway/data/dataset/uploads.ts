// Upload tickets in SQL. Bytes under way lie in a file of the gateway's; once complete they are an object of the store.
import type { Database, DatabaseTransaction } from "../database.ts";
import type { Row } from "../schema.ts";

/** Adds an open ticket. */
export function insertUpload(
  database: Database,
  tenantId: string,
  upload: { id: string; fileName: string; byteCount: number; sha256: string | null; expiresAt: Date },
): Promise<Row<"upload">> {
  return database
    .insertInto("upload")
    .values({ ...upload, tenantId, state: "OPEN", receivedBytes: 0 })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The ticket of an id. */
export function selectUpload(database: Database, tenantId: string, id: string): Promise<Row<"upload"> | undefined> {
  return database
    .selectFrom("upload")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** Notes how many bytes of an open upload are on disk. */
export async function updateReceived(
  database: Database,
  tenantId: string,
  id: string,
  receivedBytes: number,
): Promise<void> {
  await database
    .updateTable("upload")
    .set({ receivedBytes })
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .where("state", "=", "OPEN")
    .execute();
}

/** Completes an open upload, whose bytes are the object of that hash. */
export async function completeUpload(
  database: Database,
  tenantId: string,
  id: string,
  object: { hash: string; byteCount: number },
): Promise<void> {
  await database
    .updateTable("upload")
    .set({ state: "COMPLETE", sha256: object.hash, receivedBytes: object.byteCount })
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .where("state", "=", "OPEN")
    .execute();
}

/** Takes a complete upload for an import; undefined when it is not there to be taken. */
export function consumeUpload(
  transaction: DatabaseTransaction,
  tenantId: string,
  id: string,
): Promise<Row<"upload"> | undefined> {
  return transaction
    .updateTable("upload")
    .set({ state: "CONSUMED" })
    .where("tenantId", "=", tenantId)
    .where("id", "=", id)
    .where("state", "=", "COMPLETE")
    .returningAll()
    .executeTakeFirst();
}

/** Ends tickets whose time is over and whose bytes never came, and gives their ids. */
export async function expireUploads(database: Database, tenantId: string, now: Date): Promise<string[]> {
  const rows = await database
    .updateTable("upload")
    .set({ state: "EXPIRED" })
    .where("tenantId", "=", tenantId)
    .where("state", "=", "OPEN")
    .where("expiresAt", "<=", now)
    .returning("id")
    .execute();
  return rows.map(({ id }) => id);
}
