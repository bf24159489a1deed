#!/usr/bin/env node
// The command `millrace`. Thin: it reads flags, calls the pieces, and turns failures into one line and an exit code.
import { ConfigurationInvalid, readConfiguration } from "./configuration/configuration.ts";
import { DomainError } from "./domain/error.ts";
import type { Gateway } from "./index.ts";

const USAGE = `Usage: millrace <command> [flags]

Commands
  start     run a gateway: database, worker and HTTP server
  worker    run a worker alone, on the DATABASE_URL and the objects of a gateway
  tour      the main job end to end on real data, in a folder of its own (--data DIR, --cores N)
  migrate   bring the database to the newest schema

Flags (or variables)
  --data DIR            where everything lies (MILLRACE_DATA; .millrace)
  --port N              the port to listen on, 0 for a free one (MILLRACE_PORT; 4000)
  --host ADDRESS        the address to listen on (MILLRACE_HOST; 127.0.0.1)
  --database-url URL    a Postgres of your own (DATABASE_URL; the gateway runs one)
  --objects PLACE       where objects lie: a folder, or s3://bucket/prefix (MILLRACE_OBJECTS; <data>/objects)
  --import-from DIR     a folder whose files may be imported by path, again for more (MILLRACE_IMPORT_FROM; none)
  --import-url PREFIX   what addresses of files to import may begin with, https://, http:// or s3://bucket/, again for
                        more (MILLRACE_IMPORT_URLS, spaces between; none)
  --import-database N=U a Postgres whose queries may be imported, by name, again for more (MILLRACE_IMPORT_DATABASES; none)
  --jobs N              how many jobs run at once (MILLRACE_JOBS; 2)
  --cores N             how many cores kernels may use (MILLRACE_CORES; all)
`;

/** Exit codes: 0 done, 1 failed, 2 called wrongly (as sysexits and most shells have it). */
const FAILED = 1;
const MISUSED = 2;

/** Waits for SIGINT or SIGTERM, or for the gateway to lose its database. A second signal ends the process at once. */
async function untilTold(gateway: Gateway): Promise<Error | undefined> {
  const told = new Promise<undefined>((resolve) => {
    let count = 0;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (++count > 1) process.exit(FAILED);
        process.stderr.write("Stopping: requests finish, jobs keep their checkpoints. Once more to stop at once.\n");
        resolve(undefined);
      });
    }
  });
  return Promise.race([told, gateway.lost]);
}

async function run(gateway: Gateway, greeting: string): Promise<void> {
  // Who reads the greeting may signal at once.
  const told = untilTold(gateway);
  process.stdout.write(greeting);
  const trouble = await told;
  if (trouble !== undefined) {
    // Nothing can be written any more; what was acknowledged is on disk.
    await Promise.race([gateway.close().catch(() => {}), new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
    throw trouble;
  }
  await gateway.close();
}

async function main(given: readonly string[]): Promise<void> {
  const [command, ...rest] = given;
  if (command === undefined || command === "help" || command === "--help" || command === "-h") {
    process.stdout.write(USAGE);
    if (command === undefined) process.exitCode = MISUSED;
    return;
  }
  if (command === "tour") {
    const { tourCommand } = await import("./tour/command.ts");
    process.exitCode = await tourCommand(rest);
    return;
  }
  if (command !== "start" && command !== "worker" && command !== "migrate") {
    throw new ConfigurationInvalid(
      `There is no command "${command}": the commands are start, worker, tour and migrate.`,
    );
  }
  const configuration = readConfiguration(rest, process.env);
  if (command === "worker" && configuration.databaseUrl === undefined) {
    throw new ConfigurationInvalid("A worker works beside a gateway: set DATABASE_URL to the gateway's database.");
  }
  const { migrate, startGateway, startWorker } = await import("./index.ts");
  if (command === "migrate") {
    const ran = await migrate(configuration);
    process.stdout.write(ran.length === 0 ? "The database is up to date.\n" : `Migrated: ${ran.join(", ")}.\n`);
    return;
  }
  if (command === "worker") {
    await run(await startWorker(configuration), "The worker takes jobs.\n");
    return;
  }
  const gateway = await startGateway(configuration);
  const where = `Millrace listens on ${gateway.url}/graphql\nIts data is in ${configuration.dataFolder}\n`;
  await run(gateway, where);
}

main(process.argv.slice(2)).then(
  // Timers and sockets of libraries must not keep a finished command alive.
  () => process.exit(),
  (error: unknown) => {
    const expected = error instanceof DomainError;
    const text = error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`millrace: ${text}\n`);
    process.exit(error instanceof ConfigurationInvalid ? MISUSED : FAILED);
  },
);
