// The public door of the gateway: start it inside of a program of yours, or through the command `millrace`.
import path from "node:path";
import { sql } from "kysely";
import { type Configuration, ConfigurationInvalid, readConfiguration } from "./configuration/configuration.ts";
import { type DatabaseConnection, migrateDatabase, openDatabase } from "./data/database.ts";
import { createEventFeed } from "./data/outbox/feed.ts";
import { DomainError } from "./domain/error.ts";
import { coreFolder as builtCoreFolder, pageFolder as builtPageFolder } from "./http/browser-folders.ts";
import { type Log, logToStandardError } from "./http/log.ts";
import { startHttpServer } from "./http/server.ts";
import type { Readiness } from "./http/services.ts";
import { createUploadHandler } from "./http/uploads.ts";
import { type JobEngine, startEngine } from "./job/engine.ts";
import type { JobExecutor } from "./job/executor.ts";
import { createExecutors } from "./job/kinds.ts";
import { createPredictor } from "./job/predictor.ts";
import { startScheduler } from "./job/scheduler.ts";
import { openWorkplace } from "./job/workplace.ts";
import { createKernelThread } from "./kernel/thread.ts";
import { type PostgresCluster, startPostgres } from "./postgres/cluster.ts";

/** What a program may change about a gateway that it starts. */
export type GatewayParts = {
  /** The kinds of work it does. Default: all of job/kinds.ts. */
  readonly executors?: readonly JobExecutor[];
  /** The browser build of `@millrace/core`, served at /core/. Default: the one that was built or installed with it. */
  readonly coreFolder?: string;
  /** A page, served at /page/. Default: the demo page. */
  readonly pageFolder?: string;
  readonly log?: Log;
};

/** A gateway that runs. */
export type Gateway = {
  /** Where it listens, such as http://127.0.0.1:4000; undefined for a worker. */
  readonly url: string | undefined;
  readonly configuration: Configuration;
  /** Resolves with the reason when it can no longer work and should be closed: its database is gone. */
  readonly lost: Promise<Error>;
  /** Refuses what is new, lets requests finish, stops jobs at their checkpoints, books the time, stops Postgres. */
  close(): Promise<void>;
};

async function openConfigured(
  configuration: Configuration,
  stack: AsyncDisposableStack,
): Promise<{ connection: DatabaseConnection; cluster: PostgresCluster | undefined }> {
  const { databaseUrl, dataFolder } = configuration;
  const cluster = databaseUrl === undefined ? await startPostgres(dataFolder) : undefined;
  if (cluster !== undefined) stack.defer(() => cluster.stop());
  const connection = openDatabase(cluster?.url ?? databaseUrl ?? "");
  stack.defer(() => connection.close());
  return { connection, cluster };
}

/** Looks whether work can be done now. */
async function look(connection: DatabaseConnection, engine: JobEngine): Promise<Readiness> {
  const database = await sql`select 1`.execute(connection.database).then(
    () => ({ ready: true, message: "The database answers." }),
    (error: unknown) => ({ ready: false, message: error instanceof Error ? error.message : String(error) }),
  );
  const worker = engine.health;
  return { ready: database.ready && worker.ready, database, worker };
}

async function start(configuration: Configuration, parts: GatewayParts, serves: boolean): Promise<Gateway> {
  const { log = logToStandardError } = parts;
  await using stack = new AsyncDisposableStack();
  const kinds = createExecutors(configuration);
  stack.defer(() => kinds.close());
  const { executors = kinds.executors } = parts;
  const { connection, cluster } = await openConfigured(configuration, stack);
  await migrateDatabase(connection.database);
  const { dataFolder, objects, cores } = configuration;
  const { workplace, close } = await openWorkplace(connection, { dataFolder, objects, cores, log });
  stack.defer(close);
  const engine = await startEngine(workplace, executors, configuration.places);
  stack.defer(() => engine.close());
  const scheduler = startScheduler(workplace.database, engine, log);
  stack.defer(() => scheduler.close());
  let url: string | undefined;
  if (serves) {
    const { database, store, meter, notifications } = workplace;
    const { coreFolder = builtCoreFolder(), pageFolder = builtPageFolder() } = parts;
    // Rows of a request are few: one core serves them, and the pool of the jobs' thread keeps the others.
    const limits = { temporaryFolder: path.join(dataFolder, "temporary") };
    const serving = createKernelThread({ objects, cores: 1, limits });
    stack.defer(() => serving.close());
    const server = await startHttpServer({
      services: {
        database,
        store,
        jobs: engine,
        feed: createEventFeed(database, notifications),
        meter,
        uploads: await createUploadHandler({ database, store, folder: path.join(dataFolder, "uploads") }),
        predictor: createPredictor(serving),
        readiness: () => look(connection, engine),
      },
      host: configuration.host,
      port: configuration.port,
      ...(coreFolder === undefined ? {} : { coreFolder }),
      ...(pageFolder === undefined ? {} : { pageFolder }),
      log,
    });
    stack.defer(() => server.close());
    url = server.url;
  }
  const lost = new Promise<Error>((resolve) => {
    cluster?.lost.then(() => resolve(new Error("Postgres ended without being told to: see logs/postgres.log.")));
  });
  const running = stack.move();
  let closing: Promise<void> | undefined;
  return {
    url,
    configuration,
    lost,
    close: () => {
      closing ??= running.disposeAsync();
      return closing;
    },
  };
}

/**
 * Starts a gateway: Postgres (unless a URL was given), migrations, the worker and the HTTP server. When a part does not
 * start, those before it are stopped again.
 *
 * @throws DomainError with what is wrong and what would do: a folder in use, a port taken, no Postgres for this machine
 *
 * @example
 * const gateway = await startGateway(readConfiguration(["--data", "/srv/millrace"], process.env));
 * await fetch(`${gateway.url}/health`);
 */
export function startGateway(configuration: Configuration, parts: GatewayParts = {}): Promise<Gateway> {
  return start(configuration, parts, true);
}

/** Starts a worker alone: a gateway that takes jobs and serves nobody. */
export function startWorker(configuration: Configuration, parts: GatewayParts = {}): Promise<Gateway> {
  return start(configuration, parts, false);
}

/** Brings the configured database to the newest schema and returns the names of the migrations that ran. */
export async function migrate(configuration: Configuration): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const { connection } = await openConfigured(configuration, stack);
  return await migrateDatabase(connection.database);
}

export type { Configuration, JobExecutor, Log };
export { ConfigurationInvalid, DomainError, readConfiguration };
