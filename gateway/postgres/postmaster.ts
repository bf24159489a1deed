// The server process as its pid file tells of it: is there one, is it really ours, and how it is ended. Everything
// works from the pid file and not from a child handle, so that a server left by a killed gateway is dealt with alike.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile, readlink, realpath, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { PostgresBinaries } from "./binaries.ts";

const run = promisify(execFile);

/** What postmaster.pid says (src/include/utils/pidfile.h of Postgres). */
export type Postmaster = {
  readonly pid: number;
  readonly port: number;
  readonly socketFolder: string;
  readonly address: string;
  readonly ready: boolean;
};

/** Whether a process runs. One that ended and waits for a parent that never asks (in containers) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  if (process.platform !== "linux") return true;
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "latin1");
    return !status.slice(status.lastIndexOf(")")).startsWith(") Z");
  } catch {
    return false;
  }
}

/** Whether a live process is the server of this cluster and not one that came to the same pid later. */
async function servesCluster(pid: number, clusterFolder: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === "linux") {
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    return folder === (await realpath(clusterFolder));
  }
  if (process.platform === "win32") return true;
  const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout.includes("postgres") && stdout.includes(clusterFolder);
}

/** The running server of a cluster folder, or undefined. A pid file whose process is gone or another's is removed. */
export async function findPostmaster(clusterFolder: string): Promise<Postmaster | undefined> {
  const file = path.join(clusterFolder, "postmaster.pid");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split("\n").map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !(await servesCluster(pid, clusterFolder))) {
    // Postgres itself would refuse to start if the pid now belongs to some other process, as it does in containers.
    if (text !== "") await rm(file, { force: true });
    return undefined;
  }
  return {
    pid,
    port: Number(lines[3] ?? 0),
    socketFolder: lines[4] ?? "",
    address: lines[5] ?? "",
    ready: lines[7] === "ready",
  };
}

/**
 * Removes the socket of a server that was killed. Postgres leaves it alone while any process has the pid in its lock
 * file, even one that ended and was never waited for.
 */
export async function removeStaleSocket(socketFolder: string, port: number, clusterFolder: string): Promise<void> {
  const socket = path.join(socketFolder, `.s.PGSQL.${port}`);
  const text = await readFile(`${socket}.lock`, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const pid = Number(text.split("\n")[0]);
  if (Number.isInteger(pid) && pid > 0 && !(await servesCluster(pid, clusterFolder))) {
    await rm(`${socket}.lock`, { force: true });
    await rm(socket, { force: true });
  }
}

async function gone(pid: number, milliseconds: number): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await sleep(20)) {
    if (!isAlive(pid)) return true;
  }
  return !isAlive(pid);
}

/**
 * Ends a server: a fast shutdown (sessions are rolled back, everything is flushed), after 30 seconds an immediate one
 * (the log is replayed at the next start), and at last SIGKILL.
 */
export async function stopPostmaster(pid: number, clusterFolder: string, binaries: PostgresBinaries): Promise<void> {
  if (process.platform === "win32") {
    await run(binaries.pgCtl, ["stop", "-D", clusterFolder, "-m", "fast", "-w"]);
    return;
  }
  for (const [signal, patience] of [
    ["SIGINT", 30_000],
    ["SIGQUIT", 10_000],
    ["SIGKILL", 5_000],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    if (await gone(pid, patience)) return;
  }
}
