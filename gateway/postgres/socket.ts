// The folder of the unix socket. It cannot lie in the data folder, whose path may be longer than a socket's may be
// (108 bytes on Linux, 104 on macOS), so it is a short private folder keyed by the data folder.
import { createHash } from "node:crypto";
import { chown, lstat, mkdir, realpath } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Account } from "./account.ts";
import { PostgresUnavailable } from "./errors.ts";

/** The port is only a part of the socket's name. */
export const SOCKET_PORT = 5432;
const LONGEST_SOCKET_PATH = 100;

/** Where the socket folder of a data folder is. */
export async function socketFolderOf(dataFolder: string, temporary = os.tmpdir()): Promise<string> {
  const key = createHash("sha256")
    .update(await realpath(dataFolder))
    .digest("hex");
  const name = `millrace-${key.slice(0, 16)}`;
  const folder = path.join(temporary, name);
  const socket = path.join(folder, `.s.PGSQL.${SOCKET_PORT}`);
  return Buffer.byteLength(socket) < LONGEST_SOCKET_PATH ? folder : path.join("/tmp", name);
}

/**
 * Makes the socket folder, private to the server's account.
 *
 * @throws PostgresUnavailable when somebody else made a folder of that name
 */
export async function makeSocketFolder(folder: string, account: Account): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
  const status = await lstat(folder);
  const us = process.getuid?.();
  const mine = status.uid === us || status.uid === account?.uid;
  if (!status.isDirectory() || !mine || (status.mode & 0o077) !== 0) {
    throw new PostgresUnavailable(
      `The socket folder ${folder} exists and is not private to this user: remove it, or set TMPDIR to another folder.`,
    );
  }
  if (account !== undefined) await chown(folder, account.uid, account.gid);
}
