// A note in the data folder of which process holds it. It is not the lock (that is the session's), but it is what tells a
// server that is stuck from one that another gateway works with and that we cannot reach.
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { isAlive } from "./postmaster.ts";

const FILE = "gateway.pid";

/** When a process started, in clock ticks since the system did: tells it from a later one of the same pid. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

/** Notes that this process holds the folder. */
export async function writeHolder(dataFolder: string): Promise<void> {
  await writeFile(path.join(dataFolder, FILE), `${process.pid}\n${await startOf(process.pid)}\n`);
}

/** The process that holds the folder and lives, if it is another one. */
export async function readHolder(dataFolder: string): Promise<number | undefined> {
  const [line = "", start = ""] = (await readFile(path.join(dataFolder, FILE), "utf8").catch(() => "")).split("\n");
  const pid = Number(line);
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return undefined;
  return (await startOf(pid)) === start ? pid : undefined;
}

/** Removes the note. */
export function removeHolder(dataFolder: string): Promise<void> {
  return rm(path.join(dataFolder, FILE), { force: true });
}
