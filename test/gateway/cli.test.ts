import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { isAlive } from "@millrace/gateway/postgres/postmaster.ts";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { freshDatabase } from "./database.fixture.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "millrace-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The command, with its output gathered. */
function millrace(given: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(
    process.execPath,
    ["--conditions=millrace-source", path.join(import.meta.dirname, "../../gateway/cli.ts"), ...given],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...inherited, ...environment } },
  );
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const output = { text: "", errors: "" };
  child.stdout.on("data", (piece) => {
    output.text += piece;
  });
  child.stderr.on("data", (piece) => {
    output.errors += piece;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, "close").then(() => child.exitCode ?? child.signalCode);
  return { child, output, ended, line: async () => String((await lines.next()).value) };
}

test("start serves until SIGTERM, then ends with 0 and leaves no process", async () => {
  const { child, line, ended, output } = millrace(["start", "--data", folder, "--port", "0"]);
  const url = /http:\S+(?=\/graphql)/.exec(await line())?.[0];
  expect(await line()).toContain(folder);
  const ready = await fetch(`${url}/ready`);
  expect(await ready.json()).toMatchObject({ ready: true, database: { ready: true }, worker: { ready: true } });
  const pid = Number((await readFile(path.join(folder, "postgres", "postmaster.pid"), "utf8")).split("\n")[0]);
  expect(isAlive(pid)).toBe(true);
  child.kill("SIGTERM");
  expect(await ended, output.errors).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

test("a port that is taken is told, and what was started is stopped again", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  const { ended, output } = millrace(["start", "--data", folder, "--port", port]);
  expect(await ended).toBe(1);
  expect(output.errors).toContain(`Port ${port}`);
  server.close();
  const again = millrace(["migrate", "--data", folder]);
  expect(await again.ended, again.output.errors).toBe(0);
  expect(again.output.text).toBe("The database is up to date.\n");
});

test("migrate makes the schema once", async () => {
  const first = millrace(["migrate", "--data", folder]);
  expect(await first.ended, first.output.errors).toBe(0);
  expect(first.output.text).toContain("0001-foundation");
});

test("a worker works on a database of its own choosing and wants one", async () => {
  const without = millrace(["worker", "--data", folder]);
  expect(await without.ended).toBe(2);
  expect(without.output.errors).toContain("DATABASE_URL");
  const { url } = await freshDatabase();
  const { child, line, ended, output } = millrace(["worker", "--data", folder], { DATABASE_URL: url });
  expect(await line()).toBe("The worker takes jobs.");
  child.kill("SIGINT");
  expect(await ended, output.errors).toBe(0);
});

test.each([
  [[], 2, "Usage"],
  [["--help"], 0, "Usage"],
  [["begin"], 2, 'no command "begin"'],
  [["start", "--port", "http"], 2, "--port"],
  [["start", "--prot", "1"], 2, "--prot"],
])("%j ends with %i and says %s", async (given, code, text) => {
  const { ended, output } = millrace(given);
  expect(await ended).toBe(code);
  expect(output.text + output.errors).toContain(text);
});
