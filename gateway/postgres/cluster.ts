// The life of the database that the gateway runs itself: made, started or adopted, held by one gateway, stopped.
//
// After SIGKILL of a gateway its server runs on. The next start adopts it when it answers with our password on its
// socket and is of our version: nothing has to be replayed, and the sessions of the dead gateway end by themselves.
// Otherwise the server is stopped and started anew. Who holds the folder is told by a Postgres advisory lock on a
// session of its own: the kernel lets go of it when the holder dies, however it dies.
import type { ChildProcess } from "node:child_process";
import { mkdir, realpath, rmdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { chooseAccount } from "./account.ts";
import { type PostgresBinaries, prepareBinaries } from "./binaries.ts";
import { DataFolderInUse, PostgresStartFailed } from "./errors.ts";
import { readHolder, removeHolder, writeHolder } from "./holder.ts";
import { initialiseCluster, readPassword } from "./initialise.ts";
import { findPostmaster, stopPostmaster } from "./postmaster.ts";
import { endOfLog, type Listening, spawnServer } from "./server.ts";
import { clusterUrl, connect, isInTransition, takeLock } from "./session.ts";

const DATABASE_NAME = "millrace";
const START_PATIENCE = 300_000;
/** How long a server that runs and does not even refuse connections is waited for before it is stopped. */
const SILENCE_PATIENCE = 10_000;

/** A running database that this process holds. */
export type PostgresCluster = {
  /** A postgres:// URL with the password: not for logs. */
  readonly url: string;
  /** Whether the server ran already, left by a gateway that was killed. */
  readonly adopted: boolean;
  readonly pid: number;
  /** Settles when the server is gone without having been stopped by us. */
  readonly lost: Promise<void>;
  /** Stops the server and waits until it is gone. */
  stop(): Promise<void>;
};

/** Waits until a started server takes connections. */
async function connectToStarted(url: string, child: ChildProcess, logFile: string): Promise<pg.Client> {
  for (const end = Date.now() + START_PATIENCE; ; await sleep(25)) {
    const over = child.exitCode !== null || child.signalCode !== null;
    try {
      return await connect(url);
    } catch (error) {
      if (!over && Date.now() < end) continue;
      const ending = over ? `ended with ${child.signalCode ?? `exit code ${child.exitCode}`}` : "did not answer";
      throw new PostgresStartFailed(`Postgres ${ending}. Its log ${logFile} ends:\n${await endOfLog(logFile)}`, [], {
        cause: error,
      });
    }
  }
}

async function tryAdopt(options: ServerOptions, password: string): Promise<Held | undefined> {
  const postmaster = await findPostmaster(options.clusterFolder);
  if (postmaster === undefined) return undefined;
  const { pid, port } = postmaster;
  const listening = { host: postmaster.socketFolder || postmaster.address, port };
  const url = clusterUrl(listening, password, "postgres");
  const start = Date.now();
  for (let patience = SILENCE_PATIENCE; Date.now() - start < patience; await sleep(50)) {
    if ((await findPostmaster(options.clusterFolder))?.pid !== pid) return undefined;
    try {
      const session = await connect(url);
      const { rows } = await session.query<{ server_version: string }>("show server_version");
      const wanted = (options.binaries.version.split("-")[0] ?? "").split(".").slice(0, 2).join(".");
      if (rows[0]?.server_version.startsWith(wanted)) {
        return { session, pid, listening, adopted: true };
      }
      // Another version is only stopped by the one who would hold the lock, never under a gateway that is at work.
      await takeLock(session, options.dataFolder);
      await session.end();
      break;
    } catch (error) {
      if (error instanceof DataFolderInUse) throw error;
      // It says itself that it is starting or ending: however long that takes, it is not stuck.
      if (isInTransition(error)) patience = START_PATIENCE;
    }
  }
  const holder = await readHolder(options.dataFolder);
  if (holder !== undefined) throw new DataFolderInUse(options.dataFolder, `process ${holder}`);
  await stopPostmaster(pid, options.clusterFolder, options.binaries);
  return undefined;
}

type ServerOptions = Parameters<typeof spawnServer>[0];
type Held = {
  session: pg.Client;
  pid: number;
  listening: Listening;
  adopted: boolean;
};

/** Starts the server, or takes over the one that runs. */
async function startOrAdopt(options: ServerOptions, password: string): Promise<Held> {
  const adopted = await tryAdopt(options, password);
  if (adopted !== undefined) return adopted;
  const { child, listening } = await spawnServer(options);
  const session = await connectToStarted(clusterUrl(listening, password, "postgres"), child, options.logFile);
  const pid = (await findPostmaster(options.clusterFolder))?.pid;
  if (pid !== undefined) return { session, pid, listening, adopted: pid !== child.pid };
  await session.end();
  throw new PostgresStartFailed(`Postgres ended while it was being connected to: see ${options.logFile}.`);
}

/** Gets hold of the server. @throws DataFolderInUse when another gateway has it */
async function hold(options: ServerOptions, password: string): Promise<Held> {
  for (let attempt = 1; ; attempt++) {
    try {
      const held = await startOrAdopt(options, password);
      try {
        await takeLock(held.session, options.dataFolder);
        await createDatabase(held.session);
        return held;
      } catch (error) {
        await held.session.end().catch(() => {});
        throw error;
      }
    } catch (error) {
      // The last processes of a killed server hold its memory for a moment; a gateway that stops takes the server from
      // under us; another that starts may be first.
      if (error instanceof DataFolderInUse || attempt === 4) throw error;
    }
    await sleep(250 * attempt);
  }
}

async function createDatabase(session: pg.Client): Promise<void> {
  const { rowCount } = await session.query("select 1 from pg_database where datname = $1", [DATABASE_NAME]);
  if (rowCount === 0) await session.query(`create database ${DATABASE_NAME}`);
}

/**
 * Starts the Postgres of a data folder, or adopts one that a killed gateway left, and holds it for this process.
 *
 * @param dataFolder made when it is not there; the cluster goes to `<dataFolder>/postgres`, its log to
 *   `<dataFolder>/logs/postgres.log`
 * @param binaries other programs than those of the npm package
 * @throws PostgresUnavailable when this machine or account cannot run it
 * @throws PostgresStartFailed with the end of its log
 * @throws DataFolderInUse when another gateway runs on the folder
 *
 * @example
 * const postgres = await startPostgres("/srv/millrace");
 * const { database } = openDatabase(postgres.url);
 */
export async function startPostgres(dataFolder: string, binaries?: PostgresBinaries): Promise<PostgresCluster> {
  await mkdir(dataFolder, { recursive: true });
  const folder = await realpath(dataFolder);
  const clusterFolder = path.join(folder, "postgres");
  const account = await chooseAccount(folder, clusterFolder);
  const programs = binaries ?? (await prepareBinaries(folder, account));
  await initialiseCluster(programs, clusterFolder, account);
  const password = await readPassword(clusterFolder);
  const logFile = path.join(folder, "logs", "postgres.log");
  const options = { binaries: programs, dataFolder: folder, clusterFolder, account, logFile };
  const held = await hold(options, password);
  await writeHolder(folder);
  let stopping = false;
  const lost = new Promise<void>((resolve) => {
    held.session.once("end", () => {
      if (!stopping) resolve();
    });
  });
  return {
    url: clusterUrl(held.listening, password, DATABASE_NAME),
    adopted: held.adopted,
    pid: held.pid,
    lost,
    async stop() {
      stopping = true;
      // The lock is held until the server ends it: a gateway that starts meanwhile waits and then starts its own.
      await stopPostmaster(held.pid, clusterFolder, programs);
      await held.session.end().catch(() => {});
      await removeHolder(folder);
      if (process.platform !== "win32") await rmdir(held.listening.host).catch(() => {});
    },
  };
}
