import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { openFolderStore } from "@millrace/gateway/store/folder.ts";
import { ObjectMissing } from "@millrace/gateway/store/store.ts";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "millrace-store-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

// FIPS 180-2, appendix B.1.
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array) => new TextDecoder().decode(value);

async function* stream(...parts: string[]) {
  for (const part of parts) yield bytes(part);
}

test("an object is named by the SHA-256 of its bytes, whether they come at once or in pieces", async () => {
  const store = await openFolderStore(folder);
  expect(await store.put(bytes("abc"))).toEqual({ hash: ABC, byteCount: 3 });
  expect(await store.put(stream("a", "", "bc"))).toEqual({ hash: ABC, byteCount: 3 });
  expect(text(await store.read(ABC))).toBe("abc");
});

test("the same bytes put many times at once are stored once and leave no temporary file", async () => {
  const store = await openFolderStore(folder);
  await Promise.all(Array.from({ length: 20 }, () => store.put(stream("abc"))));
  const found = [];
  for await (const object of store.list()) found.push(object);
  expect(found).toEqual([{ hash: ABC, byteCount: 3 }]);
  expect(await readdir(path.join(folder, "incoming"))).toEqual([]);
});

test("a stream that fails or is aborted leaves nothing behind", async () => {
  const store = await openFolderStore(folder);
  async function* failing() {
    yield bytes("abc");
    throw new Error("the line went dead");
  }
  await expect(store.put(failing())).rejects.toThrow("the line went dead");
  await expect(store.put(stream("abc"), AbortSignal.abort(new Error("cancelled")))).rejects.toThrow("cancelled");
  expect(await store.has(ABC)).toBe(false);
  expect(await readdir(path.join(folder, "incoming"))).toEqual([]);
});

test("a range of an object is read as [start, end)", async () => {
  const store = await openFolderStore(folder);
  const { hash } = await store.put(bytes("0123456789"));
  const read = async (range?: { start?: number; end?: number }) => {
    let all = "";
    for await (const piece of store.stream(hash, range)) all += text(piece);
    return all;
  };
  expect(await read()).toBe("0123456789");
  expect(await read({ start: 3, end: 6 })).toBe("345");
  expect(await read({ start: 8 })).toBe("89");
  expect(await read({ start: 4, end: 4 })).toBe("");
});

test("an empty object can be stored and read", async () => {
  const store = await openFolderStore(folder);
  const { hash, byteCount } = await store.put(new Uint8Array(0));
  expect(byteCount).toBe(0);
  expect((await store.read(hash)).byteLength).toBe(0);
});

test("reading what is not there says so with a code, and deleting it is no error", async () => {
  const store = await openFolderStore(folder);
  await expect(store.read(ABC)).rejects.toBeInstanceOf(ObjectMissing);
  await expect(store.path(ABC)).rejects.toMatchObject({ code: "OBJECT_MISSING" });
  await store.delete(ABC);
  expect(await store.size(ABC)).toBeUndefined();
});

test("a hash that could lead out of the folder is refused", async () => {
  const store = await openFolderStore(folder);
  await expect(store.read("../../etc/passwd")).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await expect(store.delete(`..${"/".repeat(62)}`)).rejects.toMatchObject({ code: "INVALID_INPUT" });
});

test("temporary files of a killed process are removed a day later, those of a living one are not", async () => {
  await openFolderStore(folder);
  const old = path.join(folder, "incoming", "old");
  await writeFile(old, "half");
  await writeFile(path.join(folder, "incoming", "new"), "half");
  const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
  await utimes(old, yesterday, yesterday);
  await openFolderStore(folder);
  expect(await readdir(path.join(folder, "incoming"))).toEqual(["new"]);
});

test("an object goes when it is older than asked, and bytes that were put again meanwhile stay", async () => {
  const store = await openFolderStore(folder);
  await store.put(bytes("abc"));
  expect(await store.deleteIfOlder(ABC, new Date(Date.now() - 60_000))).toBe(false);
  const old = new Date(Date.now() - 120_000);
  await utimes(await store.path(ABC), old, old);
  await store.put(bytes("abc"));
  expect(await store.deleteIfOlder(ABC, new Date(Date.now() - 60_000))).toBe(false);
  await utimes(await store.path(ABC), old, old);
  expect(await store.deleteIfOlder(ABC, new Date(Date.now() - 60_000))).toBe(true);
  expect([await store.has(ABC), await store.deleteIfOlder(ABC, new Date())]).toEqual([false, false]);
  // Whoever puts while others collect finds its object there whenever it has an answer.
  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      if (index % 2 === 0) await store.deleteIfOlder(ABC, new Date(Date.now() - 60_000));
      else await store.put(bytes("abc")).then(async () => expect(await store.has(ABC)).toBe(true));
    }),
  );
  expect(await readdir(path.join(folder, "incoming"))).toEqual([]);
});
