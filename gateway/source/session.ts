// DuckDB as a locked-down reader: in memory, with bounded memory and threads, no extensions from outside, and no file
// but those named when it opens. One session serves one job and is thrown away with everything it held.
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBDataChunk, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";

/** What a session may use. */
export type SessionLimits = {
  /** Threads for scans and joins. Default 2. */
  readonly threads?: number;
  /** Memory before tables spill to disk. Default 1024 MiB. */
  readonly memoryMebibytes?: number;
  /** Space for what spills. Default 32 GiB. */
  readonly spillGibibytes?: number;
  /** Bytes that a compressed file may unpack to. Default 64 GiB. */
  readonly unpackedBytes?: number;
  /** Where the session's own folder is made. Default the system's temporary folder. */
  readonly temporaryFolder?: string;
};

/** An open DuckDB. */
export type Session = {
  /** Runs one statement. @throws the signal's reason when it was interrupted */
  run(sql: string, values?: readonly DuckDBValue[]): Promise<void>;
  /** Rows of a small result. */
  rows(sql: string, values?: readonly DuckDBValue[]): Promise<DuckDBValue[][]>;
  /** A large result, chunk by chunk (at most 2,048 rows each), in order. */
  chunks(sql: string, values?: readonly DuckDBValue[]): AsyncGenerator<DuckDBDataChunk>;
  /** Appends chunks made in JavaScript to a table. */
  append(table: string, chunks: Iterable<DuckDBDataChunk> | AsyncIterable<DuckDBDataChunk>): Promise<void>;
  /** Throws the signal's reason when it has aborted: for loops that work beside the statements. */
  throwIfAborted(): void;
  /** A folder that the session may write to; it goes when the session does. */
  readonly folder: string;
  /** Bytes that a compressed file may unpack to. */
  readonly unpackedBytes: number;
};

/** A text as an SQL literal. DuckDB has no backslash escapes, so doubling the quote is all there is to do. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name as a quoted SQL identifier. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const escapePattern = (path: string): string => path.replaceAll(/[[*?]/g, (character) => `[${character}]`);

/** A path as an SQL literal for a table function that would otherwise expand *, ? and [. */
export const sqlPath = (path: string): string => sqlText(escapePattern(path));

const FOLDER_PREFIX = "millrace-session-";
const swept = new Set<string>();

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

/** Removes what sessions of processes that were killed have left: once for each folder. */
const removeAbandoned = async (parent: string): Promise<void> => {
  if (swept.has(parent)) return;
  swept.add(parent);
  for (const name of await readdir(parent)) {
    const [, owner] = /^millrace-session-(\d+)-/.exec(name) ?? [];
    if (owner !== undefined && !isAlive(Number(owner))) await rm(join(parent, name), { recursive: true, force: true });
  }
};

const openInstance = async (
  folder: string,
  readable: readonly string[],
  { threads = 2, memoryMebibytes = 1024, spillGibibytes = 32 }: SessionLimits,
) => {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(threads),
    memory_limit: `${memoryMebibytes}MiB`,
    temp_directory: join(folder, "spill"),
    max_temp_directory_size: `${spillGibibytes}GiB`,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
  });
  const connection = await instance.connect();
  // The order matters: once external access is off, the lists are fixed, and then every setting is.
  for (const setting of [
    "TimeZone = 'UTC'",
    `allowed_paths = [${readable
      .flatMap((path) => [path, escapePattern(path)])
      .map(sqlText)
      .join(", ")}]`,
    `allowed_directories = [${sqlText(join(folder, "out"))}]`,
    "enable_external_access = false",
    "lock_configuration = true",
  ]) {
    await connection.run(`set ${setting}`);
  }
  return { instance, connection };
};

/**
 * Opens a session, hands it to `use`, and closes it whatever happens.
 *
 * @param readable the files it may read, by absolute path
 * @param signal interrupts the statement that is running
 *
 * @example
 * const count = await withSession({ readable: [path], signal }, async (session) =>
 *   (await session.rows(`select count(*) from read_parquet(${sqlPath(path)})`))[0]?.[0]);
 */
export const withSession = async <Result>(
  options: { readable: readonly string[]; limits?: SessionLimits | undefined; signal?: AbortSignal | undefined },
  use: (session: Session) => Promise<Result>,
): Promise<Result> => {
  const { signal } = options;
  signal?.throwIfAborted();
  const parent = options.limits?.temporaryFolder ?? tmpdir();
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const folder = await mkdtemp(join(parent, `${FOLDER_PREFIX}${process.pid}-`));
  await mkdir(join(folder, "out"));
  const { instance, connection } = await openInstance(folder, options.readable, options.limits ?? {});
  const interrupt = () => connection.interrupt();
  signal?.addEventListener("abort", interrupt);
  const guarded = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  };
  const session: Session = {
    folder: join(folder, "out"),
    unpackedBytes: options.limits?.unpackedBytes ?? 64 * 2 ** 30,
    throwIfAborted: () => signal?.throwIfAborted(),
    run: (sql, values) => guarded(async () => void (await connection.run(sql, values && [...values]))),
    rows: (sql, values) => guarded(async () => (await connection.runAndReadAll(sql, values && [...values])).getRows()),
    async *chunks(sql, values) {
      const result = await guarded(() => connection.stream(sql, values && [...values]));
      for (;;) {
        const chunk = await guarded(() => result.fetchChunk());
        if (!chunk || chunk.rowCount === 0) return;
        yield chunk;
      }
    },
    append: (table, chunks) =>
      guarded(async () => {
        const appender = await connection.createAppender(table);
        try {
          for await (const chunk of chunks) {
            signal?.throwIfAborted();
            appender.appendDataChunk(chunk);
          }
        } finally {
          appender.closeSync();
        }
      }),
  };
  try {
    return await use(session);
  } finally {
    signal?.removeEventListener("abort", interrupt);
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
};
