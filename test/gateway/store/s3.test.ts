// The store in a bucket, against a real server: the same promises as the folder's.
import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { openStore } from "@millrace/gateway/store/open.ts";
import { ObjectMissing } from "@millrace/gateway/store/store.ts";
import { expect, test } from "vitest";
import { startS3 } from "./s3.fixture.ts";

const { endpoint, folder } = await startS3();
// FIPS 180-2, appendix B.1.
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array) => new TextDecoder().decode(value);

/** A store under a prefix of its own, as another process sees it under another name. */
const open = (prefix: string, process = prefix) =>
  openStore(`s3://millrace/${prefix}?endpoint=${endpoint}`, path.join(folder, process));
async function* stream(...parts: string[]) {
  for (const part of parts) yield bytes(part);
}

test("what one process puts another reads: whole, in ranges, and as a file that is fetched once", async () => {
  const store = await open("shared");
  expect(await store.put(stream("a", "", "bc"))).toEqual({ hash: ABC, byteCount: 3 });
  const other = await open("shared", "elsewhere");
  expect(text(await other.read(ABC))).toBe("abc");
  const range = async (asked: { start?: number; end?: number }) => {
    let all = "";
    for await (const piece of other.stream(ABC, asked)) all += text(piece);
    return all;
  };
  expect([await range({ start: 1, end: 2 }), await range({ start: 1 }), await range({ start: 2, end: 2 })]).toEqual([
    "b",
    "bc",
    "",
  ]);
  const file = await other.path(ABC);
  expect(await readFile(file, "utf8")).toBe("abc");
  await store.delete(ABC);
  expect(await other.path(ABC)).toBe(file);
  expect([await other.has(ABC), await other.size(ABC)]).toEqual([false, undefined]);
});

test("an object of several parts comes back with its hash", async () => {
  const store = await open("large");
  const large = randomBytes(20_000_000);
  const { hash, byteCount } = await store.put(large);
  expect(byteCount).toBe(large.length);
  const other = await open("large", "other");
  expect(large.equals(await readFile(await other.path(hash)))).toBe(true);
});

test("objects are listed by hash, below their prefix alone, and the young ones stay when others go", async () => {
  const store = await open("listed");
  await (await open("besides")).put(bytes("other"));
  const put = await Promise.all(["abc", "def", "ghi"].map((each) => store.put(bytes(each))));
  const hashes = async () => {
    const all: string[] = [];
    for await (const { hash } of store.list()) all.push(hash);
    return all;
  };
  expect(await hashes()).toEqual(put.map(({ hash }) => hash).sort());
  expect(await store.deleteIfOlder(ABC, new Date(Date.now() - 60_000))).toBe(false);
  expect(await store.deleteIfOlder(ABC, new Date(Date.now() + 60_000))).toBe(true);
  expect(await store.deleteIfOlder(ABC, new Date(Date.now() + 60_000))).toBe(false);
  expect(await hashes()).not.toContain(ABC);
});

test("what is not there, is spoilt, or is put by a stream that fails is told, and nothing is left", async () => {
  const store = await open("faults");
  await expect(store.read(ABC)).rejects.toBeInstanceOf(ObjectMissing);
  await expect(store.path(ABC)).rejects.toMatchObject({ code: "OBJECT_MISSING" });
  await store.delete(ABC);
  await expect(store.read("../../etc/passwd")).rejects.toMatchObject({ code: "INVALID_INPUT" });
  async function* failing() {
    yield bytes("abc");
    throw new Error("the line went dead");
  }
  await expect(store.put(failing())).rejects.toThrow("the line went dead");
  await expect(store.put(bytes("abc"), AbortSignal.abort(new Error("cancelled")))).rejects.toThrow("cancelled");
  expect(await store.has(ABC)).toBe(false);
  expect(await readdir(path.join(folder, "faults", "objects"))).toEqual([]);
  await store.put(bytes("abc"));
  const key = path.join(folder, "served", "millrace", "faults", ABC.slice(0, 2), `${ABC.slice(2)}._S3rver_object`);
  await writeFile(key, "abd");
  const other = await open("faults", "reader");
  await expect(other.path(ABC)).rejects.toMatchObject({ code: "OBJECT_SPOILT" });
});

test("a service that does not answer is an error to try again, and no missing object", async () => {
  const store = await openStore("s3://millrace/x?endpoint=http://127.0.0.1:1", path.join(folder, "none"));
  const failure = await store.has(ABC).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  expect(failure).not.toBeInstanceOf(ObjectMissing);
});
