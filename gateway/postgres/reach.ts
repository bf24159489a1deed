// How the server's account gets to a folder that lies below one it may not pass (/root is closed to all but root):
// the gateway opens the folder and the server inherits it, as a service inherits its socket. Linux gives an inherited
// folder a path; the data folder stays whole and nobody's permissions are changed.
import { closeSync, openSync } from "node:fs";
import { type Account, canReach } from "./account.ts";
import { PostgresUnavailable } from "./errors.ts";

/** A folder as a child process sees it: its path there, the handles to pass after stderr, and their closing here. */
export type Reach = { readonly path: string; readonly handles: number[]; close(): void };

/**
 * Makes a folder reachable for a child of the given account.
 *
 * @throws PostgresUnavailable on systems without /proc when the folder is out of the account's reach
 */
export async function reachFolder(folder: string, account: Account): Promise<Reach> {
  if (await canReach(account, folder)) return { path: folder, handles: [], close: () => {} };
  if (process.platform !== "linux") {
    throw new PostgresUnavailable(
      `Postgres runs as user ${account?.uid ?? ""} and cannot pass through the folders above ${folder}: choose a data folder elsewhere with --data, or start Millrace as an ordinary user.`,
    );
  }
  const handle = openSync(folder, "r");
  return { path: "/proc/self/fd/3", handles: [handle], close: () => closeSync(handle) };
}

/** The environment of the server's programs: ours without what would steer Postgres behind our back. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG|LANGUAGE$)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C", TZ: "UTC" };
}

/** Standard streams of a child whose output is read, and the handles of its reach after them. */
export function childOutput(reach: Reach): ("ignore" | "pipe" | number)[] {
  return ["ignore", "pipe", "pipe", ...reach.handles];
}
