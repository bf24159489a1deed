import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { canReach, chooseAccount } from "@millrace/gateway/postgres/account.ts";
import { findNativeFolder, prepareBinaries } from "@millrace/gateway/postgres/binaries.ts";
import { startPostgres } from "@millrace/gateway/postgres/cluster.ts";
import { makeSocketFolder, socketFolderOf } from "@millrace/gateway/postgres/socket.ts";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startChild } from "../../faults/child.fixture.ts";

const isRoot = process.getuid?.() === 0;
const NOBODY = { uid: 65534, gid: 65534 };
const nodeIsReachable = await canReach(NOBODY, process.execPath);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "millrace-account-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values(Object((await client.query(sql)).rows[0]))[0];
  } finally {
    await client.end();
  }
}

/** The user that a process runs as. */
async function userOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^Uid:\t(\d+)/m.exec(status)?.[1]);
}

test("the server keeps what it acknowledges, listens on no network, and speaks UTF-8", async () => {
  const { url, stop } = await startPostgres(folder);
  expect(await ask(url, "show fsync")).toBe("on");
  expect(await ask(url, "show synchronous_commit")).toBe("on");
  expect(await ask(url, "show listen_addresses")).toBe("");
  expect(await ask(url, "show server_encoding")).toBe("UTF8");
  expect(await ask(url, "select upper('äöü')")).toBe("ÄÖÜ");
  await stop();
});

test("the password of the database is needed, and only its owner can read it", async () => {
  const { url, stop } = await startPostgres(folder);
  const wrong = url.replace(/:[^:@]+@/, ":wrong@");
  await expect(ask(wrong, "select 1")).rejects.toThrow("password authentication failed");
  const { mode } = await stat(path.join(folder, "postgres", "millrace.password"));
  expect(mode & 0o077).toBe(0);
  await stop();
});

describe.runIf(isRoot && process.platform === "linux")("a gateway that is root", () => {
  test("runs the server as an ordinary user", async () => {
    await chmod(folder, 0o755);
    const { pid, stop } = await startPostgres(folder);
    expect(await userOf(pid)).not.toBe(0);
    await stop();
  });

  test("runs it as the owner of the data folder when that is not root", async () => {
    await chown(folder, NOBODY.uid, NOBODY.gid);
    expect(await chooseAccount(folder, path.join(folder, "postgres"))).toEqual(NOBODY);
    const { pid, stop } = await startPostgres(folder);
    expect(await userOf(pid)).toBe(NOBODY.uid);
    await stop();
  });

  test("keeps the data below a folder that is closed to all but root, and starts on it again", async () => {
    const closed = path.join(folder, "closed");
    await mkdir(closed, { mode: 0o700 });
    const data = path.join(closed, "data");
    const first = await startPostgres(data);
    await ask(first.url, "create table kept as select 42 as answer");
    await first.stop();
    const second = await startPostgres(data);
    expect(await ask(second.url, "select answer from kept")).toBe(42);
    expect(await userOf(second.pid)).not.toBe(0);
    await second.stop();
    expect((await stat(closed)).mode & 0o777).toBe(0o700);
  });

  test("copies the programs once when their package lies below a closed folder", async () => {
    const source = await findNativeFolder();
    const closed = path.join(folder, "closed");
    await mkdir(closed, { mode: 0o700 });
    const native = path.join(closed, "native");
    await cp(source.folder, native, { recursive: true, verbatimSymlinks: true });
    await chmod(folder, 0o755);
    const data = path.join(folder, "data");
    await mkdir(data, { mode: 0o755 });
    const binaries = await prepareBinaries(data, NOBODY, { folder: native, version: source.version });
    expect(binaries.postgres.startsWith(data)).toBe(true);
    expect(await canReach(NOBODY, binaries.postgres)).toBe(true);
    const { mtimeMs } = await stat(binaries.postgres);
    await prepareBinaries(data, NOBODY, { folder: native, version: source.version });
    expect((await stat(binaries.postgres)).mtimeMs).toBe(mtimeMs);
    const { url, stop } = await startPostgres(path.join(data, "inner"), binaries);
    expect(await ask(url, "select 1")).toBe(1);
    await stop();
  });

  test.runIf(nodeIsReachable)("started as an ordinary user, works the same", async () => {
    await chown(folder, NOBODY.uid, NOBODY.gid);
    const child = startChild("postgres.child.ts", [folder], NOBODY);
    const started = await child.read();
    expect(await userOf(Number(started?.pid))).toBe(NOBODY.uid);
    expect(await ask(String(started?.url), "select 1")).toBe(1);
    expect(await child.end("SIGTERM")).toBe(0);
  });
});

test("programs whose links were not made at install are copied with them", async () => {
  const source = await findNativeFolder();
  const native = path.join(folder, "native");
  await cp(source.folder, native, {
    recursive: true,
    verbatimSymlinks: true,
    filter: async (file) => !/libpq\.so(\.5)?$/.test(file),
  });
  await chmod(folder, 0o755);
  const binaries = await prepareBinaries(folder, undefined, { folder: native, version: source.version });
  const { url, stop } = await startPostgres(path.join(folder, "data"), binaries);
  expect(await ask(url, "select 1")).toBe(1);
  await stop();
});

test("the path of the socket is short however long the data folder's is", async () => {
  const long = path.join(folder, "a".repeat(200), "b".repeat(200));
  await mkdir(long, { recursive: true });
  for (const temporary of ["/tmp", `/${"t".repeat(90)}`]) {
    const socket = path.join(await socketFolderOf(long, temporary), ".s.PGSQL.5432");
    expect(Buffer.byteLength(socket)).toBeLessThan(100);
  }
});

test("a socket folder that others may enter is not used", async () => {
  const open = path.join(folder, "open");
  await mkdir(open);
  await chmod(open, 0o777);
  await expect(makeSocketFolder(open, undefined)).rejects.toMatchObject({ code: "POSTGRES_UNAVAILABLE" });
});

test("a folder that holds the database of another Postgres is refused with what would do", async () => {
  const { stop } = await startPostgres(folder);
  await stop();
  await writeFile(path.join(folder, "postgres", "PG_VERSION"), "17\n");
  await expect(startPostgres(folder)).rejects.toMatchObject({
    code: "POSTGRES_UNAVAILABLE",
    message: expect.stringContaining("pg_dump"),
  });
});
