// Making a cluster. It is made beside its place and renamed into it with its password, so that a killed initdb
// leaves a folder that the next start throws away and never one that is half made.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Account } from "./account.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { PostgresStartFailed, PostgresUnavailable } from "./errors.ts";
import { isAlive } from "./postmaster.ts";
import { childOutput, type Reach, reachFolder, serverEnvironment } from "./reach.ts";

/** The database user of the gateway, and its owner. */
export const DATABASE_USER = "millrace";
const PASSWORD_FILE = "millrace.password";

/** The password of a cluster: only the server's account and the gateway can read it. */
export async function readPassword(clusterFolder: string): Promise<string> {
  try {
    return (await readFile(path.join(clusterFolder, PASSWORD_FILE), "utf8")).trim();
  } catch (error) {
    throw new PostgresUnavailable(
      `The database in ${clusterFolder} was not made by Millrace or lost its file ${PASSWORD_FILE}: restore the file, or choose another folder with --data.`,
      [],
      { cause: error },
    );
  }
}

/** Whether the folder holds a cluster. @throws PostgresUnavailable when it is of another major version */
export async function clusterExists(clusterFolder: string, version: string): Promise<boolean> {
  const found = await readFile(path.join(clusterFolder, "PG_VERSION"), "utf8").catch(() => undefined);
  if (found === undefined) return false;
  const major = version.split(".")[0];
  if (found.trim() !== major) {
    throw new PostgresUnavailable(
      `The database in ${clusterFolder} is of Postgres ${found.trim()} and this Millrace brings Postgres ${major}: start the Millrace that made it, or move its data over with pg_dump.`,
    );
  }
  return true;
}

async function removeAbandoned(clusterFolder: string): Promise<void> {
  const prefix = `${path.basename(clusterFolder)}.new-`;
  for (const name of await readdir(path.dirname(clusterFolder))) {
    if (!name.startsWith(prefix) || isAlive(Number(name.slice(prefix.length)))) continue;
    // An initdb that outlived its gateway may still be writing; what cannot be removed now is at the next start.
    const abandoned = path.join(path.dirname(clusterFolder), name);
    await rm(abandoned, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }).catch(() => {});
  }
}

function runInitdb(binaries: PostgresBinaries, inside: Reach, account: Account): Promise<void> {
  const child = spawn(
    binaries.initdb,
    [
      `--pgdata=${path.join(inside.path, "cluster")}`,
      `--username=${DATABASE_USER}`,
      `--pwfile=${path.join(inside.path, PASSWORD_FILE)}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      // The builtin provider is the same on every system and sorts by code point (Postgres 17 and later).
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--locale=C",
    ],
    { ...account, cwd: path.parse(inside.path).root, env: serverEnvironment(), stdio: childOutput(inside) },
  );
  let output = "";
  const collect = (piece: Buffer) => {
    output = (output + piece.toString()).slice(-4000);
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  return new Promise((resolve, reject) => {
    child.once("error", (cause) =>
      reject(new PostgresUnavailable(`initdb could not be run: ${cause.message}.`, [], { cause })),
    );
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new PostgresStartFailed(`initdb ended with ${signal ?? `exit code ${code}`}:\n${output.trim()}`));
    });
  });
}

async function flushFolder(folder: string): Promise<void> {
  // Windows cannot open a folder to flush it, and does not need it for a rename to last.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the cluster when it is not there: 0.8 s. Two gateways that do it at once end with one cluster. */
export async function initialiseCluster(
  binaries: PostgresBinaries,
  clusterFolder: string,
  account: Account,
): Promise<void> {
  await removeAbandoned(clusterFolder);
  if (await clusterExists(clusterFolder, binaries.version)) return;
  const staging = `${clusterFolder}.new-${process.pid}`;
  const made = path.join(staging, "cluster");
  const passwordFile = path.join(staging, PASSWORD_FILE);
  await rm(staging, { recursive: true, force: true });
  await mkdir(made, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600, flush: true });
  if (account !== undefined) {
    for (const place of [passwordFile, made, staging]) await chown(place, account.uid, account.gid);
  }
  const inside = await reachFolder(staging, account);
  try {
    await runInitdb(binaries, inside, account);
    await rename(passwordFile, path.join(made, PASSWORD_FILE));
    await flushFolder(made);
    await rename(made, clusterFolder);
    await flushFolder(path.dirname(clusterFolder));
  } catch (error) {
    // A rename onto a cluster that another gateway made meanwhile: theirs it is.
    if (!(await clusterExists(clusterFolder, binaries.version))) throw error;
  } finally {
    inside.close();
    await rm(staging, { recursive: true, force: true });
  }
}
