// Serves the files of a few folders: the browser build of the core, and a page. Nothing outside of a folder is
// reachable, by dots, by encodings or by links.
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".wasm": "application/wasm",
  ".wgsl": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".safetensors": "application/octet-stream",
};

/** Puts a page in an origin of its own process, which is what shared memory and high-resolution timers ask for. */
export const isolationHeaders = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** The file of `folder` that a URL path names, a folder standing for its index.html; undefined when there is none. */
const find = async (folder: string, path: string): Promise<{ path: string; size: number } | undefined> => {
  try {
    const root = await realpath(folder);
    const asked = join(root, decodeURIComponent(path));
    const file = await realpath(path.endsWith("/") || path === "" ? join(asked, "index.html") : asked);
    if (!file.startsWith(root + sep)) return undefined;
    const { size, isFile } = await stat(file).then((found) => ({ size: found.size, isFile: found.isFile() }));
    return isFile ? { path: file, size } : undefined;
  } catch {
    // Not there, not readable or not a path at all: to a client these are one answer.
    return undefined;
  }
};

/**
 * Answers a GET or HEAD with a file of the folder.
 *
 * @returns whether there was such a file; when false nothing was written
 */
export const serveFile = async (
  request: IncomingMessage,
  response: ServerResponse,
  folder: string,
  path: string,
): Promise<boolean> => {
  const file = await find(folder, path);
  if (!file) return false;
  response.writeHead(200, {
    ...isolationHeaders,
    "content-type": types[extname(file.path)] ?? "application/octet-stream",
    "content-length": file.size,
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  });
  if (request.method === "HEAD") response.end();
  else await pipeline(createReadStream(file.path), response);
  return true;
};
