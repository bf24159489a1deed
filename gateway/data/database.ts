// The door to Postgres: Kysely over a pg pool, camelCase in TypeScript and snake_case in SQL, migrated on opening.
import { CamelCasePlugin, Kysely, PostgresDialect, type Transaction } from "kysely";
import { Migrator } from "kysely/migration";
import pg from "pg";
import { migrations } from "./migrations/index.ts";
import type { Tables } from "./schema.ts";

/** A connection to the gateway's database, or a transaction on it: what every store function takes. */
export type Database = Kysely<Tables>;
/** An open transaction: functions that must not run outside of one take this. */
export type DatabaseTransaction = Transaction<Tables>;

/** An open database and the means to shut it. */
export type DatabaseConnection = {
  readonly database: Database;
  /** The pool below, for LISTEN sessions. */
  readonly pool: pg.Pool;
  readonly url: string;
  close(): Promise<void>;
};

const INT8 = 20;

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The bigint ${text} from the database is beyond 2^53.`);
  return value;
}

/** Parameters for a pg connection to a URL, with bigint read as a number that is checked to be exact. */
export function connectionOptions(url: string): pg.PoolConfig {
  return {
    connectionString: url,
    application_name: "millrace",
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        oid === INT8 && format !== "binary" ? parseInt8 : pg.types.getTypeParser(oid, format),
    },
  };
}

/**
 * Opens a pool on a Postgres URL. Nothing is created or migrated.
 *
 * @param url a postgres:// URL; a unix socket goes as `postgres://user@/name?host=/folder&port=5432`
 * @param maximumConnections the size of the pool
 */
export function openDatabase(url: string, maximumConnections = 10): DatabaseConnection {
  const pool = new pg.Pool({ ...connectionOptions(url), max: maximumConnections });
  // A broken idle connection is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => {});
  const database = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  return { database, pool, url, close: () => database.destroy() };
}

/**
 * Brings the database to the newest schema, forwards only, under an advisory lock so that gateways that start
 * together take turns. Each migration is one transaction.
 *
 * @returns the names of the migrations that ran
 */
export async function migrateDatabase(database: Database): Promise<string[]> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => migrations } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === "Error")?.migrationName;
    throw new Error(`The database migration ${failed ?? ""} failed and was rolled back.`, { cause: error });
  }
  return (results ?? []).map((result) => result.migrationName);
}
