import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "@millrace/gateway/postgres/cluster.ts";
import { isAlive } from "@millrace/gateway/postgres/postmaster.ts";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startChild } from "./child.fixture.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "millrace-kill-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function query(url: unknown, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: String(url) });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Every acknowledged row, written one transaction at a time until the connection breaks. */
async function writeUntilBroken(url: unknown): Promise<number> {
  const client = new pg.Client({ connectionString: String(url) });
  client.on("error", () => {});
  await client.connect();
  let acknowledged = 0;
  try {
    for (;;) {
      await client.query("insert into written values ($1)", [acknowledged + 1]);
      acknowledged++;
    }
  } catch {
    return acknowledged;
  }
}

test("a server left by a killed gateway is adopted with everything in it", async () => {
  const first = startChild("postgres.child.ts", [folder]);
  const started = await first.read();
  await query(started?.url, "create table kept as select 42 as answer");
  expect(await first.end("SIGKILL")).toBe("SIGKILL");

  const second = await startPostgres(folder);
  expect(second).toMatchObject({ adopted: true, pid: started?.pid });
  expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
  await second.stop();
  expect(isAlive(second.pid)).toBe(false);
});

test("when gateway and server are killed while writing, no acknowledged row is lost", async () => {
  const first = startChild("postgres.child.ts", [folder]);
  const started = await first.read();
  await query(started?.url, "create table written (number integer primary key)");
  const writing = writeUntilBroken(started?.url);
  await sleep(500);
  await first.end("SIGKILL");
  process.kill(Number(started?.pid), "SIGKILL");
  const acknowledged = await writing;
  expect(acknowledged).toBeGreaterThan(10);

  const second = await startPostgres(folder);
  expect(second.adopted).toBe(false);
  const [counted] = await query(second.url, "select count(*)::int as count, max(number) as last from written");
  const rows = Object(counted);
  expect(rows.count).toBe(rows.last);
  // The last insert may have been committed without its acknowledgement having arrived.
  expect(rows.count - acknowledged).toBeGreaterThanOrEqual(0);
  expect(rows.count - acknowledged).toBeLessThanOrEqual(1);
  await second.stop();
});

test("a pid file that names a process of somebody else does not keep the server from starting", async () => {
  const first = await startPostgres(folder);
  const file = path.join(folder, "postgres", "postmaster.pid");
  const text = await readFile(file, "utf8");
  await first.stop();
  const { uid, gid } = await stat(path.join(folder, "postgres"));
  await writeFile(file, text.replace(/^\d+/, String(process.pid)));
  const second = await startPostgres(folder);
  expect(second.adopted).toBe(false);
  await second.stop();
  expect(isAlive(process.pid)).toBe(true);
  expect(await stat(path.join(folder, "postgres"))).toMatchObject({ uid, gid });
});

test("killed at any moment of its first start, a gateway starts the next time and leaves no half-made cluster", async () => {
  for (const delay of [150, 300, 450, 600, 750, 900, 1050, 1200]) {
    const data = path.join(folder, String(delay));
    const child = startChild("postgres.child.ts", [data]);
    await sleep(delay);
    await child.end("SIGKILL");
    const next = await startPostgres(data);
    expect(await query(next.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await next.stop();
    const names = await readdir(data);
    expect(names.filter((name) => name.startsWith("postgres"))).toEqual(["postgres"]);
  }
});

test("a second gateway on the folder is refused and the first works on", async () => {
  const first = await startPostgres(folder);
  const second = startChild("postgres.child.ts", [folder]);
  expect(await second.read()).toMatchObject({
    code: "DATA_FOLDER_IN_USE",
    message: expect.stringContaining(`process ${process.pid}`),
  });
  expect(await second.end()).toBe(1);
  expect(await query(first.url, "select 1 as one")).toEqual([{ one: 1 }]);
  await first.stop();
});

test("two gateways that start at once on an empty folder end with one of them refused", async () => {
  const children = [startChild("postgres.child.ts", [folder]), startChild("postgres.child.ts", [folder])];
  const answers = await Promise.all(children.map((child) => child.read()));
  expect(answers.map((answer) => answer?.code ?? "RUNS").sort()).toEqual(["DATA_FOLDER_IN_USE", "RUNS"]);
  for (const child of children) await child.end("SIGTERM");
  for (const answer of answers) if (answer?.pid !== undefined) expect(isAlive(Number(answer.pid))).toBe(false);
});

test("a gateway that starts while the one before it stops waits and then runs", async () => {
  const first = startChild("postgres.child.ts", [folder]);
  await first.read();
  const stopping = first.end("SIGTERM");
  const second = await startPostgres(folder);
  expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(await stopping).toBe(0);
  await second.stop();
});

test("a server that is killed under a gateway is told to it", async () => {
  const first = await startPostgres(folder);
  process.kill(first.pid, "SIGKILL");
  await first.lost;
  await first.stop();
  const second = await startPostgres(folder);
  await second.stop();
});

test("a clean stop leaves no process, no socket and no lock", async () => {
  const first = await startPostgres(folder);
  const socketFolder = decodeURIComponent(new URL(first.url).hostname);
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);
  await expect(stat(path.join(folder, "postgres", "postmaster.pid"))).rejects.toMatchObject({ code: "ENOENT" });
  await expect(stat(socketFolder)).rejects.toMatchObject({ code: "ENOENT" });
});
