// GET /bundles/<hash>.safetensors: a trained model's file, by the hash of its bytes, for the page, for other tools.
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LOCAL_TENANT } from "../data/identifier.ts";
import { bundleBelongsTo } from "../data/model/store.ts";
import { isolationHeaders } from "./files.ts";
import type { Services } from "./services.ts";

const pattern = /^\/bundles\/([0-9a-f]{64})\.safetensors$/;

/**
 * Answers with the bundle that the path names.
 *
 * @returns whether there is one for this tenant; when false nothing was written
 */
export const serveBundle = async (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { database, store }: Services,
): Promise<boolean> => {
  const hash = pattern.exec(path)?.[1];
  if (hash === undefined || !(await bundleBelongsTo(database, LOCAL_TENANT, hash))) return false;
  const size = await store.size(hash);
  if (size === undefined) return false;
  const headers = {
    ...isolationHeaders,
    "content-type": "application/octet-stream",
    etag: `"${hash}"`,
    "cache-control": "private, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
  };
  if (request.headers["if-none-match"] === headers.etag) {
    response.writeHead(304, headers).end();
    return true;
  }
  response.writeHead(200, { ...headers, "content-length": size });
  if (request.method === "HEAD") response.end();
  else await pipeline(Readable.from(store.stream(hash)), response);
  return true;
};
