// Which operating system account Postgres runs as. It refuses root, so a gateway that is root lends it an account
// that exists on every system; nothing is created and no helper program with privileges is wanted.
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { PostgresUnavailable } from "./errors.ts";

const run = promisify(execFile);

/** The account of the server process: undefined is the gateway's own. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

/** Accounts that a root gateway tries, in order. They need an entry in the user database: initdb looks itself up. */
const CANDIDATES = ["postgres", "nobody", "daemon"];

async function lookUp(user: string): Promise<Account> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", user]), run("id", ["-g", user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

async function owner(folder: string): Promise<Account> {
  const status = await stat(folder).catch(() => undefined);
  if (status === undefined || status.uid === 0) return undefined;
  return (await lookUp(String(status.uid))) && { uid: status.uid, gid: status.gid };
}

/**
 * Chooses the account: the gateway's own unless it is root; else the owner of the cluster that is there, the owner of
 * the data folder, or the first of postgres, nobody and daemon that the system knows.
 *
 * @throws PostgresUnavailable when a root gateway finds no such account
 */
export async function chooseAccount(dataFolder: string, clusterFolder: string): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = (await owner(clusterFolder)) ?? (await owner(dataFolder));
  if (existing !== undefined) return existing;
  for (const name of CANDIDATES) {
    const account = await lookUp(name);
    if (account !== undefined && account.uid !== 0) return account;
  }
  throw new PostgresUnavailable(
    `Postgres does not run as root and this system has none of the users ${CANDIDATES.join(", ")}: start Millrace as an ordinary user, give the data folder to one (chown), or set DATABASE_URL.`,
  );
}

/** Whether an account may pass through every folder on the way to a path (the path itself included). */
export async function canReach(account: Account, target: string): Promise<boolean> {
  if (account === undefined) return true;
  for (let folder = path.resolve(target); ; folder = path.dirname(folder)) {
    const status = await stat(folder).catch(() => undefined);
    if (status === undefined) return false;
    const bit = status.uid === account.uid ? 0o100 : status.gid === account.gid ? 0o010 : 0o001;
    if ((status.mode & bit) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}
