// What a gateway is told from outside: flags first, then the environment, then defaults, checked at the door so that
// nothing starts on a value that will fail later.
import { accessSync, constants, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { DomainError } from "../domain/error.ts";

/** A flag or variable that cannot be used. */
export class ConfigurationInvalid extends DomainError {
  readonly code = "CONFIGURATION_INVALID";
}

/** Everything a gateway is told. */
export type Configuration = {
  /** Where everything lies: `<data>/postgres`, `<data>/objects`, `<data>/logs`. Absolute. Default: `.millrace` here. */
  readonly dataFolder: string;
  /** Where objects lie, a folder or `s3://bucket/prefix`, for workers that share them. Default: `<data>/objects`. */
  readonly objects: string;
  /** Folders whose files may be imported by path. Default: none, files come by upload. */
  readonly importFolders: readonly string[];
  /** What the addresses of files to import may begin with: https://host/folder/, s3://bucket/folder/. Default: none. */
  readonly importUrls: readonly string[];
  /** Databases that imports may query, by name: postgres:// addresses. Default: none. */
  readonly importDatabases: Readonly<Record<string, string>>;
  /** The address to listen on. Default: 127.0.0.1, for this machine alone. */
  readonly host: string;
  /** The port to listen on; 0 takes a free one. Default: 4000. */
  readonly port: number;
  /** A Postgres of your own. Default: undefined, the gateway runs one in the data folder. */
  readonly databaseUrl: string | undefined;
  /** How many jobs run at once. Default: 2 (or 1 on a machine with one core). */
  readonly places: number;
  /** How many cores kernels may use. Default: all that this process may run on. */
  readonly cores: number;
};

/** The flags of `millrace start` and `millrace worker`. */
export const FLAGS = {
  data: { type: "string" },
  objects: { type: "string" },
  "import-from": { type: "string", multiple: true },
  "import-url": { type: "string", multiple: true },
  "import-database": { type: "string", multiple: true },
  host: { type: "string" },
  port: { type: "string" },
  "database-url": { type: "string" },
  jobs: { type: "string" },
  cores: { type: "string" },
} as const;

type Source = { readonly name: string; readonly text: string };
type Flags = Record<string, string | string[] | boolean | undefined>;

function choose(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  flag: keyof typeof FLAGS,
  variable: string,
): Source | undefined {
  const given = flags[flag];
  if (typeof given === "string") return { name: `--${flag}`, text: given };
  const text = environment[variable];
  // An empty variable is how shells and compose files unset one.
  return text === undefined || text === "" ? undefined : { name: variable, text };
}

function wholeNumber(source: Source | undefined, otherwise: number, least: number, most: number): number {
  if (source === undefined) return otherwise;
  const value = /^\d+$/.test(source.text) ? Number(source.text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new ConfigurationInvalid(
    `${source.name} is "${source.text}": a whole number from ${least} to ${most} is wanted.`,
    [source.name],
  );
}

function checkHost(source: Source | undefined): string {
  const host = source?.text ?? "127.0.0.1";
  if (source !== undefined && !/^[0-9A-Za-z.:_-]+$/.test(host)) {
    throw new ConfigurationInvalid(`${source.name} is "${host}": a host name or address is wanted, such as 0.0.0.0.`, [
      source.name,
    ]);
  }
  return host;
}

function checkDatabaseUrl(source: Source | undefined): string | undefined {
  if (source === undefined) return undefined;
  // The URL may hold a password: it is not repeated in messages.
  if (!/^postgres(ql)?:\/\/\S+$/.test(source.text)) {
    throw new ConfigurationInvalid(
      `${source.name} is not a Postgres URL: postgres://user:password@host:5432/name is wanted.`,
      [source.name],
    );
  }
  return source.text;
}

function checkImportFolders(flags: Flags, environment: NodeJS.ProcessEnv): string[] {
  const given = flags["import-from"];
  const name = Array.isArray(given) ? "--import-from" : "MILLRACE_IMPORT_FROM";
  const folders = Array.isArray(given)
    ? given.filter((item) => typeof item === "string")
    : (environment.MILLRACE_IMPORT_FROM ?? "").split(path.delimiter).filter((item) => item !== "");
  return folders.map((folder) => {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return path.resolve(folder);
    throw new ConfigurationInvalid(`${name} is "${folder}": a folder that is there is wanted.`, [name]);
  });
}

/** The values of a flag that may be repeated, or the words of its variable. */
function words(flags: Flags, environment: NodeJS.ProcessEnv, flag: keyof typeof FLAGS, variable: string): Source[] {
  const given = flags[flag];
  if (Array.isArray(given))
    return given.flatMap((text) => (typeof text === "string" ? [{ name: `--${flag}`, text }] : []));
  const listed = (environment[variable] ?? "").split(/\s+/).filter((text) => text !== "");
  return listed.map((text) => ({ name: variable, text }));
}

function checkUrls(sources: readonly Source[]): string[] {
  return sources.map(({ name, text }) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url && /^(https?|s3):$/.test(url.protocol) && url.hostname !== "" && url.password === "") return text;
    throw new ConfigurationInvalid(
      `${name} is not what an address to import from begins with: https://host/folder/ or s3://bucket/folder/ is wanted, without a password.`,
      [name],
    );
  });
}

function checkDatabases(sources: readonly Source[]): Record<string, string> {
  const databases: Record<string, string> = {};
  for (const { name, text } of sources) {
    const [, database, url] = /^([\w-]{1,64})=(postgres(?:ql)?:\/\/\S+)$/.exec(text) ?? [];
    if (database === undefined || url === undefined) {
      throw new ConfigurationInvalid(`${name} is not name=postgres://user:password@host:5432/name.`, [name]);
    }
    databases[database] = url;
  }
  return databases;
}

function checkFolder(source: Source | undefined, flag: string, otherwise: string): string {
  const folder = path.resolve(source?.text ?? otherwise);
  const name = source?.name ?? flag;
  // The nearest folder that is there has to take new ones.
  let nearest = folder;
  let status = statSync(nearest, { throwIfNoEntry: false });
  while (status === undefined && nearest !== path.dirname(nearest)) {
    nearest = path.dirname(nearest);
    status = statSync(nearest, { throwIfNoEntry: false });
  }
  if (status !== undefined && !status.isDirectory()) {
    throw new ConfigurationInvalid(`${name} is ${folder}, but ${nearest} is a file: a folder is wanted.`, [name]);
  }
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new ConfigurationInvalid(
      `${name} is ${folder}, but this user may not write to ${nearest}: choose another folder.`,
      [name],
      { cause },
    );
  }
  return folder;
}

function checkObjects(source: Source | undefined, otherwise: string): string {
  if (source === undefined || !source.text.includes("://")) return checkFolder(source, "--objects", otherwise);
  if (/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^?#]*)?(\?[^#]*)?$/.test(source.text)) return source.text;
  throw new ConfigurationInvalid(`${source.name} is "${source.text}": a folder or s3://bucket/prefix is wanted.`, [
    source.name,
  ]);
}

/**
 * Makes a configuration from command line arguments and the environment (MILLRACE_DATA, MILLRACE_HOST,
 * MILLRACE_PORT, DATABASE_URL, MILLRACE_JOBS, MILLRACE_CORES, MILLRACE_OBJECTS, MILLRACE_IMPORT_FROM, MILLRACE_IMPORT_URLS, MILLRACE_IMPORT_DATABASES); a flag goes
 * before its variable.
 *
 * @param given arguments after the command, such as ["--port", "0"]
 * @throws ConfigurationInvalid naming the flag or variable, what came, and what would do
 *
 * @example
 * const configuration = readConfiguration(["--data", "/srv/millrace"], process.env);
 */
export function readConfiguration(given: readonly string[], environment: NodeJS.ProcessEnv): Configuration {
  let flags: Flags;
  try {
    flags = parseArgs({ args: [...given], options: FLAGS, allowPositionals: false }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split(". ")[0] ?? "") : String(cause);
    const known = Object.keys(FLAGS).map((flag) => `--${flag}`);
    throw new ConfigurationInvalid(`${reason}. The flags are ${known.join(", ")}.`, [], { cause });
  }
  const from = (flag: keyof typeof FLAGS, variable: string) => choose(flags, environment, flag, variable);
  const available = os.availableParallelism();
  const dataFolder = checkFolder(from("data", "MILLRACE_DATA"), "--data", ".millrace");
  return {
    dataFolder,
    objects: checkObjects(from("objects", "MILLRACE_OBJECTS"), path.join(dataFolder, "objects")),
    importFolders: checkImportFolders(flags, environment),
    importUrls: checkUrls(words(flags, environment, "import-url", "MILLRACE_IMPORT_URLS")),
    importDatabases: checkDatabases(words(flags, environment, "import-database", "MILLRACE_IMPORT_DATABASES")),
    host: checkHost(from("host", "MILLRACE_HOST")),
    port: wholeNumber(from("port", "MILLRACE_PORT"), 4000, 0, 65535),
    databaseUrl: checkDatabaseUrl(from("database-url", "DATABASE_URL")),
    places: wholeNumber(from("jobs", "MILLRACE_JOBS"), Math.min(2, available), 1, 64),
    cores: wholeNumber(from("cores", "MILLRACE_CORES"), available, 1, 1024),
  };
}
