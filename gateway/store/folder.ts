// The object store in a local folder: `objects/ab/cdef...`. Bytes go to a temporary file, are flushed, and are renamed
// to their hash, so a name stands for whole bytes or for nothing, whenever the power goes.
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { InvalidInput } from "../domain/error.ts";
import { type ObjectHash, ObjectMissing, type ObjectSource, type ObjectStore, type StoredObject } from "./store.ts";

const HASH = /^[0-9a-f]{64}$/;
const INCOMING = "incoming";
/** A temporary file this old was left by a process that was killed. */
const ABANDONED_MILLISECONDS = 24 * 3600 * 1000;

async function* pieces(source: ObjectSource): AsyncIterable<Uint8Array> {
  if (source instanceof Uint8Array) yield source;
  else yield* source;
}

/** Flushes a folder's entries. Windows cannot open a folder to flush it, and does not need it for a rename to last. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function write(handle: FileHandle, source: ObjectSource, signal?: AbortSignal): Promise<StoredObject> {
  const digest = createHash("sha256");
  let byteCount = 0;
  for await (const piece of pieces(source)) {
    signal?.throwIfAborted();
    digest.update(piece);
    for (let offset = 0; offset < piece.byteLength; ) {
      offset += (await handle.write(piece, offset, piece.byteLength - offset)).bytesWritten;
    }
    byteCount += piece.byteLength;
  }
  signal?.throwIfAborted();
  await handle.sync();
  return { hash: digest.digest("hex"), byteCount };
}

/**
 * Opens the object store of a folder, which is made when it is not there.
 *
 * @example
 * const store = await openFolderStore("/srv/millrace/objects");
 * const { hash } = await store.put(new TextEncoder().encode("rows"));
 */
export async function openFolderStore(folder: string): Promise<ObjectStore> {
  const incoming = path.join(folder, INCOMING);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(incoming, { recursive: true });
  await removeAbandoned(incoming);

  const locate = (hash: ObjectHash): string => {
    if (!HASH.test(hash)) throw new InvalidInput(`"${hash}" is no object hash: 64 hexadecimal digits are wanted.`);
    return path.join(folder, hash.slice(0, 2), hash.slice(2));
  };
  const size = async (hash: ObjectHash): Promise<number | undefined> => {
    const status = await stat(locate(hash)).catch(() => undefined);
    return status?.size;
  };
  const existing = async (hash: ObjectHash): Promise<string> => {
    if ((await size(hash)) === undefined) throw new ObjectMissing(hash);
    return locate(hash);
  };

  async function keep(temporary: string, stored: StoredObject): Promise<void> {
    const target = locate(stored.hash);
    const parent = path.dirname(target);
    const made = await mkdir(parent, { recursive: true });
    await rename(temporary, target);
    await flushFolder(parent);
    if (made !== undefined) await flushFolder(folder);
  }

  return {
    async put(source, signal) {
      const temporary = path.join(incoming, randomBytes(12).toString("hex"));
      const handle = await open(temporary, "wx");
      try {
        let stored: StoredObject;
        try {
          stored = await write(handle, source, signal);
        } finally {
          await handle.close();
        }
        // The same bytes are there already: their file was flushed when it came. From now on it is as young as if it had
        // come now; if it went in this moment, ours takes its place.
        const isThere = (await size(stored.hash)) === stored.byteCount && (await touch(locate(stored.hash)));
        if (isThere) await rm(temporary);
        else await keep(temporary, stored);
        return stored;
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    async read(hash) {
      return new Uint8Array(await readFile(await existing(hash)));
    },
    async *stream(hash, range) {
      const file = await existing(hash);
      const start = range?.start ?? 0;
      if (range?.end !== undefined && range.end <= start) return;
      const options = range?.end === undefined ? { start } : { start, end: range.end - 1 };
      for await (const piece of createReadStream(file, options)) {
        if (piece instanceof Uint8Array) yield piece;
      }
    },
    path: existing,
    size,
    has: async (hash) => (await size(hash)) !== undefined,
    async delete(hash) {
      await rm(locate(hash), { force: true });
    },
    async deleteIfOlder(hash, putBefore) {
      const file = locate(hash);
      const found = await stat(file).catch(() => undefined);
      if (found === undefined || found.mtimeMs >= putBefore.getTime()) return false;
      // Out of the way first: whoever puts the same bytes now either touched the file before, which shows, or finds
      // none and keeps its own.
      const aside = path.join(incoming, `${randomBytes(12).toString("hex")}.going`);
      if (
        !(await rename(file, aside).then(
          () => true,
          () => false,
        ))
      )
        return false;
      const moved = await stat(aside);
      if (moved.mtimeMs < putBefore.getTime()) {
        await rm(aside);
        return true;
      }
      await rename(aside, file);
      return false;
    },
    async *list() {
      const shelves = (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort();
      for (const shelf of shelves) {
        for (const name of (await readdir(path.join(folder, shelf))).sort()) {
          const hash = shelf + name;
          const byteCount = HASH.test(hash) ? await size(hash) : undefined;
          if (byteCount !== undefined) yield { hash, byteCount };
        }
      }
    },
  };
}

/** Makes a file as young as now; false when it is not there. */
async function touch(file: string): Promise<boolean> {
  const now = new Date();
  return utimes(file, now, now).then(
    () => true,
    () => false,
  );
}

async function removeAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const file = path.join(incoming, name);
    const status = await stat(file).catch(() => undefined);
    if (status !== undefined && Date.now() - status.mtimeMs > ABANDONED_MILLISECONDS) await rm(file, { force: true });
  }
}
