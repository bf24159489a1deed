// Uploads by ticket: PUT with Content-Range appends to a file, so that a broken upload goes on where it stopped; HEAD
// tells where that is. Once all bytes are there and hash to what the ticket says, they become an object of the store.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm, stat, truncate } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import type { Database } from "../data/database.ts";
import { completeUpload, selectUpload, updateReceived } from "../data/dataset/uploads.ts";
import { isIdentifier } from "../data/identifier.ts";
import type { Row } from "../data/schema.ts";
import type { ObjectStore } from "../store/store.ts";

/** What the handler works with. */
export type UploadServices = {
  readonly database: Database;
  readonly store: ObjectStore;
  /** Where bytes lie until an upload is complete. */
  readonly folder: string;
};

/** Answers requests below /uploads/. */
export type UploadHandler = (request: IncomingMessage, response: ServerResponse, tenantId: string) => Promise<void>;

/** Why a request was refused, as clients get it: `{errors: [{message, extensions: {code, receivedBytes}}]}`. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly receivedBytes: number | undefined;

  constructor(status: number, code: string, message: string, receivedBytes?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.receivedBytes = receivedBytes;
  }
}

const PREFIX = "/uploads/";

/** Where bytes go: the first and the number of them, from Content-Range (RFC 9110, 14.4) or the whole upload. */
const rangeOf = (request: IncomingMessage, upload: Row<"upload">): { first: number; length: number } => {
  const range = request.headers["content-range"];
  if (range === undefined) return { first: 0, length: upload.byteCount };
  const [, first, last, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(range) ?? [];
  const from = Number(first);
  const to = Number(last);
  if (first === undefined || to < from) {
    throw new Refusal(400, "UPLOAD_RANGE_INVALID", `Content-Range is such as "bytes 0-99/200"; it got "${range}".`);
  }
  if (to >= upload.byteCount || (total !== "*" && Number(total) !== upload.byteCount)) {
    const message = `The range "${range}" does not lie within the ${upload.byteCount} bytes of the ticket.`;
    throw new Refusal(416, "UPLOAD_RANGE_OUTSIDE", message);
  }
  return { first: from, length: to - from + 1 };
};

const sizeOf = async (file: string): Promise<number> => (await stat(file).catch(() => undefined))?.size ?? 0;

/** Appends a request's body, at most `length` bytes, and flushes what came even when the rest does not. */
const appendBody = async (request: IncomingMessage, file: string, length: number): Promise<number> => {
  const handle = await open(file, "a");
  let written = 0;
  try {
    for await (const piece of request) {
      if (!(piece instanceof Uint8Array)) continue;
      if (written + piece.length > length) {
        throw new Refusal(413, "UPLOAD_TOO_LONG", `The body is longer than the ${length} bytes that its range says.`);
      }
      await handle.appendFile(piece);
      written += piece.length;
    }
    return written;
  } finally {
    await handle.sync();
    await handle.close();
  }
};

const hashFile = async (file: string): Promise<string> => {
  const digest = createHash("sha256");
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) digest.update(piece);
  return digest.digest("hex");
};

const closedStates: Readonly<Record<string, [number, string, string]>> = {
  CONSUMED: [409, "UPLOAD_CONSUMED", "This upload was imported already: make a new ticket."],
  EXPIRED: [410, "UPLOAD_EXPIRED", "This ticket has expired: make a new one."],
};

const sendState = (
  response: ServerResponse,
  status: number,
  upload: Row<"upload">,
  receivedBytes: number,
  state: string,
) => {
  const text = JSON.stringify({ ticket: upload.id, receivedBytes, byteCount: upload.byteCount, state });
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "upload-offset": receivedBytes,
    "upload-length": upload.byteCount,
  });
  response.end(response.req.method === "HEAD" ? undefined : text);
};

const sendRefusal = (request: IncomingMessage, response: ServerResponse, refusal: Refusal) => {
  const { message, code, receivedBytes } = refusal;
  const text = JSON.stringify({ errors: [{ message, extensions: { code, receivedBytes } }] });
  response.writeHead(refusal.status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    ...(receivedBytes === undefined ? {} : { "upload-offset": receivedBytes }),
    // What is left of the body is not read, so the connection cannot be used again.
    ...(request.complete ? {} : { connection: "close" }),
  });
  response.end(request.method === "HEAD" ? undefined : text);
};

const DAY = 24 * 3600 * 1000;

const removeAbandoned = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > 2 * DAY) await rm(file, { force: true });
  }
};

/**
 * Makes the handler of /uploads/<ticket>.
 *
 * PUT appends: without Content-Range the whole upload, with it the part that follows what is there. The answer is 200
 * when the upload is complete and 202 when more is to come, with `receivedBytes`; a part that does not follow is 409
 * with the place to go on from. HEAD answers `upload-offset` and `upload-length`.
 *
 * @example
 * const uploads = await createUploadHandler({ database, store, folder: "/srv/millrace/uploads" });
 * if (pathname.startsWith("/uploads/")) return uploads(request, response, tenantId);
 */
export const createUploadHandler = async ({ database, store, folder }: UploadServices): Promise<UploadHandler> => {
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  const busy = new Set<string>();

  const find = async (request: IncomingMessage, tenantId: string): Promise<Row<"upload">> => {
    const ticket = new URL(request.url ?? "/", "http://host").pathname.slice(PREFIX.length);
    const upload = isIdentifier(ticket) ? await selectUpload(database, tenantId, ticket) : undefined;
    if (!upload) throw new Refusal(404, "UPLOAD_NOT_FOUND", "There is no such upload ticket.");
    const closed = closedStates[upload.state];
    if (closed) throw new Refusal(...closed);
    if (upload.state === "OPEN" && upload.expiresAt.getTime() <= Date.now()) {
      throw new Refusal(410, "UPLOAD_EXPIRED", "This ticket has expired: make a new one.");
    }
    return upload;
  };

  const finish = async (tenantId: string, upload: Row<"upload">, file: string): Promise<void> => {
    const found = await hashFile(file);
    if (upload.sha256 !== null && upload.sha256 !== found) {
      await truncate(file, 0);
      await updateReceived(database, tenantId, upload.id, 0);
      const message = `The bytes hash to ${found} and not to the ticket's ${upload.sha256}: send them again from the first.`;
      throw new Refusal(422, "UPLOAD_CHECKSUM_MISMATCH", message, 0);
    }
    const stored = await store.put(createReadStream(file, { highWaterMark: 1 << 20 }));
    await completeUpload(database, tenantId, upload.id, stored);
    await rm(file, { force: true });
  };

  const receive = async (request: IncomingMessage, response: ServerResponse, tenantId: string): Promise<void> => {
    const upload = await find(request, tenantId);
    if (upload.state === "COMPLETE") {
      throw new Refusal(409, "UPLOAD_COMPLETE", "All bytes of this upload are here: import it.", upload.byteCount);
    }
    if (busy.has(upload.id)) throw new Refusal(409, "UPLOAD_BUSY", "Another request is sending bytes of this upload.");
    busy.add(upload.id);
    const file = path.join(folder, `${upload.id}.part`);
    try {
      const { first, length } = rangeOf(request, upload);
      const received = await sizeOf(file);
      if (first !== received) {
        const message = `${received} bytes are here, so the next part begins at ${received}; this one begins at ${first}.`;
        throw new Refusal(409, "UPLOAD_OFFSET_MISMATCH", message, received);
      }
      try {
        await appendBody(request, file, length);
      } catch (error) {
        if (error instanceof Refusal) await truncate(file, received);
        throw error;
      } finally {
        await updateReceived(database, tenantId, upload.id, await sizeOf(file));
      }
      const now = await sizeOf(file);
      if (now < upload.byteCount) return sendState(response, 202, upload, now, "OPEN");
      await finish(tenantId, upload, file);
      sendState(response, 200, upload, now, "COMPLETE");
    } finally {
      busy.delete(upload.id);
    }
  };

  return async (request, response, tenantId) => {
    try {
      if (request.method === "PUT") return await receive(request, response, tenantId);
      if (request.method !== "HEAD") throw new Refusal(405, "METHOD_NOT_ALLOWED", "Uploads take PUT and HEAD.");
      const upload = await find(request, tenantId);
      const done = upload.state === "COMPLETE";
      const received = done ? upload.byteCount : await sizeOf(path.join(folder, `${upload.id}.part`));
      sendState(response, 200, upload, received, upload.state);
    } catch (error) {
      if (response.destroyed || response.headersSent) return;
      if (error instanceof Refusal) return sendRefusal(request, response, error);
      // The client went away in the middle of its body: what came is kept, and nobody waits for an answer.
      if (request.destroyed && !request.complete) return;
      throw error;
    }
  };
};
