// The session by which a gateway holds its database: a connection of its own with an advisory lock. The kernel closes
// it when the holder dies, however it dies, and the lock goes with it.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { DataFolderInUse } from "./errors.ts";
import { DATABASE_USER } from "./initialise.ts";
import type { Listening } from "./server.ts";

/** Any two numbers that are ours: "MILL", "RACE". */
const LOCK = "1296649292, 1380008773";
/** How long the server may take to notice that the last holder died. */
const LOCK_PATIENCE = 3_000;
/** The server starts, ends, or replays its log (SQLSTATE cannot_connect_now). */
const CANNOT_CONNECT_NOW = "57P03";

/** The URL of a database on a server of ours. */
export function clusterUrl(listening: Listening, password: string, database: string): string {
  return `postgres://${DATABASE_USER}:${password}@${encodeURIComponent(listening.host)}:${listening.port}/${database}`;
}

/** Opens a session that names this process, so that a second gateway can say whom it found. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `millrace gateway ${process.pid}`,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/** Whether a connection was refused because the server is just starting or ending. */
export function isInTransition(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === CANNOT_CONNECT_NOW;
}

/** Takes the lock of the data folder. @throws DataFolderInUse when another gateway holds it */
export async function takeLock(session: pg.Client, dataFolder: string): Promise<void> {
  for (const end = Date.now() + LOCK_PATIENCE; ; await sleep(50)) {
    const { rows } = await session.query<{ taken: boolean }>(`select pg_try_advisory_lock(${LOCK}) as taken`);
    if (rows[0]?.taken === true) return;
    if (Date.now() < end) continue;
    const holder = await session.query<{ application_name: string }>(
      "select application_name from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and granted " +
        "and application_name like 'millrace gateway %'",
    );
    const name = holder.rows[0]?.application_name.replace("millrace gateway", "process") ?? "another gateway";
    throw new DataFolderInUse(dataFolder, name);
  }
}
