// Reads the answer of a Postgres query through a cursor, in a transaction that may not write, into DuckDB: numbers and
// times as Postgres knows them, `numeric` by what its values are, everything else as text.
import { DuckDBDataChunk, VARCHAR } from "@duckdb/node-api";
import pg from "pg";
import type { InputPath } from "../domain/error.ts";
import { DatasetFileEmpty, DatasetSourceRefused, DatasetSourceUnreachable } from "./errors.ts";
import { openQuarantine } from "./quarantine.ts";
import type { ReadOptions, ReadRequest, StagedRows } from "./schema.ts";
import { stagedName } from "./schema.ts";
import { type Session, sqlText } from "./session.ts";
import { locateRecords, type RawColumn, stageRaw } from "./stage.ts";

const ROWS_IN_FETCH = 2048;
const CONNECT_MILLISECONDS = 10_000;

/** A query to read. */
export type QueryRequest = {
  /** postgres://user:password@host:5432/name */
  readonly databaseUrl: string;
  /** What the operator calls the database: for messages, which never tell the address. */
  readonly name: string;
  readonly sql: string;
  /** Values of $1, $2 and so on. */
  readonly values?: readonly (string | null)[] | undefined;
  /** Types of `numeric` columns, where they are known from rows before. */
  readonly hints?: ReadRequest["hints"];
  readonly options: ReadOptions;
  readonly path: InputPath;
};

/** How a Postgres type's text becomes a value of DuckDB, by the type's OID (catalog pg_type.dat). */
const types: Readonly<Record<number, readonly [duckdbType: string, value: (text: string) => string]>> = {
  16: ["BOOLEAN", (text) => `(${text} = 't')`],
  20: ["BIGINT", (text) => `${text}::bigint`],
  21: ["SMALLINT", (text) => `${text}::smallint`],
  23: ["INTEGER", (text) => `${text}::integer`],
  700: ["FLOAT", (text) => `${text}::float`],
  701: ["DOUBLE", (text) => `${text}::double`],
  1082: ["DATE", (text) => `${text}::date`],
  1114: ["TIMESTAMP", (text) => `${text}::timestamp`],
  1184: ["TIMESTAMP WITH TIME ZONE", (text) => `${text}::timestamptz`],
};
const NUMERIC = 1700;

const rawColumn = (field: pg.FieldDef, position: number, missing: readonly string[]): RawColumn => {
  const cell = stagedName(position);
  const known = types[field.dataTypeID];
  if (known) return { kind: "typed", name: field.name, value: known[1](cell), duckdbType: known[0] };
  const value =
    missing.length === 0
      ? cell
      : `(case when ${cell} in (${missing.map(sqlText).join(", ")}) then null else ${cell} end)`;
  if (field.dataTypeID === NUMERIC) return { kind: "text", name: field.name, value: `nullif(${value}, 'NaN')` };
  return { kind: "typed", name: field.name, value, duckdbType: "VARCHAR" };
};

/** SQLSTATE classes that say that the server or the line is at fault, and not the query (Postgres manual, appendix A). */
const isPassing = (error: Error): boolean =>
  !("severity" in error) || ("code" in error && /^(08|53|57|58|XX)/.test(String(error.code)));

const faultOf = (request: QueryRequest, error: unknown): unknown => {
  if (!(error instanceof Error)) return error;
  const source = `The query of "${request.name}"`;
  return isPassing(error)
    ? new DatasetSourceUnreachable(source, error.message, request.path)
    : new DatasetSourceRefused(source, error.message, request.path);
};

/** Runs a statement of Postgres. Its failures are of the source; what goes wrong in DuckDB meanwhile is not. */
type Ask = (text: string, values?: readonly (string | null)[]) => Promise<pg.QueryArrayResult<(string | null)[]>>;

const stageAnswer = async (session: Session, request: QueryRequest, ask: Ask): Promise<StagedRows> => {
  await ask("begin transaction isolation level repeatable read read only");
  // The extended protocol takes one statement: what follows a semicolon is refused.
  await ask(`declare answer no scroll cursor for ${request.sql}`, request.values ?? []);
  const first = await ask(`fetch ${ROWS_IN_FETCH} from answer`);
  const { fields } = first;
  if (fields.length === 0) throw new DatasetFileEmpty(request.name, "has no columns", request.path);
  await session.run(`create table raw (${fields.map((_, position) => `${stagedName(position)} varchar`).join(", ")})`);
  const columns = fields.map(() => VARCHAR);
  await session.append(
    "raw",
    (async function* () {
      for (let { rows } = first; rows.length > 0; { rows } = await ask(`fetch ${ROWS_IN_FETCH} from answer`)) {
        const chunk = DuckDBDataChunk.create(columns, rows.length);
        for (const position of fields.keys())
          chunk.setColumnValues(
            position,
            rows.map((row) => row[position] ?? null),
          );
        yield chunk;
      }
    })(),
  );
  const { options, path, name, hints } = request;
  const file = { file: "", name, format: "NDJSON" as const, hints, options, path, optionsPath: ["options"] };
  const staged = await stageRaw(session, file, openQuarantine(file), {
    table: "raw",
    rowIndex: "rowid",
    columns: fields.map((field, position) => rawColumn(field, position, options.missingValues ?? [])),
    locate: locateRecords,
  });
  await session.run("drop table raw");
  return staged;
};

/**
 * Reads a query's rows into the session's table `staged`, in the order in which they come: a query with ORDER BY gives
 * the same version again.
 *
 * @throws DatasetSourceRefused for a query that cannot run, DatasetSourceUnreachable, DatasetFileError for its rows
 */
export const stagePostgresQuery = async (session: Session, request: QueryRequest): Promise<StagedRows> => {
  const client = new pg.Client({
    connectionString: request.databaseUrl,
    application_name: "millrace import",
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    options: "-c DateStyle=ISO -c TimeZone=UTC -c IntervalStyle=iso_8601",
    types: { getTypeParser: () => (text: string) => text },
  });
  client.on("error", () => {});
  const ask: Ask = async (text, values) => {
    session.throwIfAborted();
    try {
      // The types of pg leave queryMode out.
      const query: pg.QueryArrayConfig & { queryMode: "extended" } = {
        text,
        values: [...(values ?? [])],
        rowMode: "array",
        queryMode: "extended",
      };
      return await client.query<(string | null)[]>(query);
    } catch (error) {
      session.throwIfAborted();
      throw faultOf(request, error);
    }
  };
  try {
    await client.connect().catch((error: unknown) => {
      throw faultOf(request, error);
    });
    return await stageAnswer(session, request, ask);
  } finally {
    await client.end().catch(() => {});
  }
};
