// Starting the server process. It is in a session of its own, so that Ctrl-C reaches the gateway alone, which drains
// before it stops the database.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, open, rename, stat } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import type { Account } from "./account.ts";
import type { PostgresBinaries } from "./binaries.ts";
import { PostgresUnavailable } from "./errors.ts";
import { removeStaleSocket } from "./postmaster.ts";
import { reachFolder, serverEnvironment } from "./reach.ts";
import { makeSocketFolder, SOCKET_PORT, socketFolderOf } from "./socket.ts";

const LARGEST_LOG = 10_000_000;

/** Where a server of ours listens. */
export type Listening = { readonly host: string; readonly port: number };

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Opens the log for appending; one that grew beyond 10 MB is kept once as `postgres.log.1`. */
async function openLog(file: string): Promise<number> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const status = await stat(file).catch(() => undefined);
  if (status !== undefined && status.size > LARGEST_LOG) await rename(file, `${file}.1`);
  return openSync(file, "a", 0o640);
}

/** The last lines of the server's log, for the message of a start that failed. */
export async function endOfLog(file: string): Promise<string> {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return "";
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, 2000);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8").split("\n").slice(-12).join("\n").trim();
  } finally {
    await handle.close();
  }
}

/** Starts the server and returns at once: it may still replay its log. */
export async function spawnServer(options: {
  binaries: PostgresBinaries;
  dataFolder: string;
  clusterFolder: string;
  account: Account;
  logFile: string;
}): Promise<{ child: ChildProcess; listening: Listening }> {
  const { binaries, dataFolder, clusterFolder, account, logFile } = options;
  const windows = process.platform === "win32";
  const listening = windows
    ? { host: "127.0.0.1", port: await freePort() }
    : { host: await socketFolderOf(dataFolder), port: SOCKET_PORT };
  if (!windows) {
    await makeSocketFolder(listening.host, account);
    await removeStaleSocket(listening.host, listening.port, clusterFolder);
  }
  const settings: Record<string, string | number> = {
    listen_addresses: windows ? listening.host : "",
    port: listening.port,
    unix_socket_directories: windows ? "" : listening.host,
    unix_socket_permissions: "0700",
    fsync: "on",
    full_page_writes: "on",
    synchronous_commit: "on",
    max_connections: 64,
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] ",
    log_checkpoints: "off",
    // A query whose client was killed lets go of its locks within a second.
    ...(windows ? {} : { client_connection_check_interval: "1s" }),
  };
  const inside = await reachFolder(clusterFolder, account);
  const log = await openLog(logFile);
  try {
    const child = spawn(
      binaries.postgres,
      ["-D", inside.path, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      {
        ...account,
        cwd: path.parse(clusterFolder).root,
        env: serverEnvironment(),
        stdio: ["ignore", log, log, ...inside.handles],
        detached: true,
        windowsHide: true,
      },
    );
    child.unref();
    await once(child, "spawn").catch((cause: unknown) => {
      throw new PostgresUnavailable(
        `Postgres could not be run as user ${account?.uid ?? "of the gateway"} (${cause instanceof Error ? cause.message : cause}): start Millrace as an ordinary user, or set DATABASE_URL.`,
        [],
        { cause },
      );
    });
    return { child, listening };
  } finally {
    inside.close();
    closeSync(log);
  }
}
