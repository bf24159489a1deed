// Upload tickets: how many bytes will come, what they hash to, and until when they may.
import type { Database } from "../../data/database.ts";
import { expireUploads, insertUpload, selectUpload } from "../../data/dataset/uploads.ts";
import { newIdentifier } from "../../data/identifier.ts";
import type { Row } from "../../data/schema.ts";
import { type InputPath, InvalidInput, NotFound } from "../error.ts";

/** What uploads are held to. */
export type UploadLimits = {
  /** The largest file in bytes. Default 64 GiB. */
  readonly maximumBytes?: number | undefined;
  /** How long a ticket is open, in milliseconds. Default 24 hours. */
  readonly lifetime?: number | undefined;
};

const GIBIBYTE = 2 ** 30;
const DAY = 24 * 3600 * 1000;

/** A ticket to be made. */
export type NewUpload = {
  /** Only its ending is read, to tell the format. */
  readonly fileName: string;
  readonly byteCount: number;
  /** The SHA-256 that the bytes must have, in hexadecimal; without one the length alone is checked. */
  readonly sha256?: string | undefined;
};

/**
 * Makes an upload ticket: its id is what `PUT /uploads/<ticket>` takes.
 *
 * @throws InvalidInput for a length beyond the limit, a file name with a folder in it, or a malformed hash
 */
export async function createUpload(
  database: Database,
  tenantId: string,
  { fileName, byteCount, sha256 }: NewUpload,
  { maximumBytes = 64 * GIBIBYTE, lifetime = DAY }: UploadLimits = {},
): Promise<Row<"upload">> {
  if (!/^[^/\\\0]{1,255}$/.test(fileName) || fileName === "." || fileName === "..") {
    throw new InvalidInput("A file name has 1 to 255 characters and no folder.", ["fileName"]);
  }
  if (!Number.isSafeInteger(byteCount) || byteCount < 1 || byteCount > maximumBytes) {
    throw new InvalidInput(`An upload has 1 to ${maximumBytes} bytes; it got ${byteCount}.`, ["byteCount"]);
  }
  if (sha256 !== undefined && !/^[0-9a-fA-F]{64}$/.test(sha256)) {
    throw new InvalidInput("A SHA-256 is 64 hexadecimal digits.", ["sha256"]);
  }
  const now = Date.now();
  await expireUploads(database, tenantId, new Date(now));
  return insertUpload(database, tenantId, {
    id: newIdentifier(now),
    fileName,
    byteCount,
    sha256: sha256?.toLowerCase() ?? null,
    expiresAt: new Date(now + lifetime),
  });
}

/** The upload of an id. @throws NotFound */
export async function getUpload(
  database: Database,
  tenantId: string,
  id: string,
  path: InputPath = ["uploadId"],
): Promise<Row<"upload">> {
  const upload = await selectUpload(database, tenantId, id);
  if (!upload) throw new NotFound("upload", id, path);
  return upload;
}
