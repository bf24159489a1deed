// The rows of an import that were set aside, as one Parquet file beside the version's own: written with it, read in pages.
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BIGINT, DuckDBDataChunk, VARCHAR } from "@duckdb/node-api";
import type { QuarantinedRow } from "../../source/quarantine.ts";
import { type Session, sqlText } from "../../source/session.ts";
import type { ObjectSource, ObjectStore, StoredObject } from "../../store/store.ts";
import type { ColumnSchema, DataFile } from "../schema.ts";
import { type Cell, readRows } from "./read.ts";

const ROWS_IN_CHUNK = 2048;

const columns = [
  { name: "line", type: "INTEGER" },
  { name: "record", type: "INTEGER" },
  { name: "column", type: "TEXT" },
  { name: "value", type: "TEXT" },
  { name: "code", type: "TEXT" },
  { name: "reason", type: "TEXT" },
  { name: "text", type: "TEXT" },
] as const satisfies readonly { name: keyof QuarantinedRow; type: ColumnSchema["type"] }[];

/** Writes the rows to the store; null when there are none. */
export const writeQuarantine = async (
  session: Session,
  rows: readonly QuarantinedRow[],
  put: (source: ObjectSource) => Promise<StoredObject>,
): Promise<DataFile | null> => {
  if (rows.length === 0) return null;
  const types = columns.map(({ type }) => (type === "INTEGER" ? BIGINT : VARCHAR));
  const definitions = columns.map(({ name }, index) => `"${name}" ${String(types[index])}`);
  await session.run(`create table quarantined (${definitions.join(", ")})`);
  const chunks = function* () {
    for (let from = 0; from < rows.length; from += ROWS_IN_CHUNK) {
      const some = rows.slice(from, from + ROWS_IN_CHUNK);
      const chunk = DuckDBDataChunk.create(types, some.length);
      for (const [position, { name }] of columns.entries()) {
        const cells = some.map((row) => {
          const value = row[name];
          return typeof value === "number" ? BigInt(value) : (value ?? null);
        });
        chunk.setColumnValues(position, cells);
      }
      yield chunk;
    }
  };
  await session.append("quarantined", chunks());
  const path = join(session.folder, "quarantine.parquet");
  await session.run(`copy quarantined to ${sqlText(path)} (format parquet, compression zstd)`);
  const { hash, byteCount } = await put(createReadStream(path));
  await rm(path);
  return { hash, rowCount: rows.length, byteCount };
};

const textOf = (cell: Cell | undefined): string | undefined => (typeof cell === "string" ? cell : undefined);
const numberOf = (cell: Cell | undefined): number | undefined => (typeof cell === "number" ? cell : undefined);

/** The `first` quarantined rows after the one at position `after`. @throws InvalidInput for a number outside of its range */
export const readQuarantine = async (
  store: ObjectStore,
  file: DataFile,
  page: { first: number; after?: number | undefined; signal?: AbortSignal | undefined },
): Promise<{ rows: readonly (QuarantinedRow & { index: number })[]; hasNextPage: boolean }> => {
  const schema = columns.map((column): ColumnSchema => ({ ...column, nullable: true, missingCount: 0 }));
  const { rows, hasNextPage } = await readRows(store, { schema, files: [file] }, page);
  return {
    hasNextPage,
    rows: rows.map(({ index, values: [line, record, column, value, code, reason, text] }) => ({
      index,
      line: numberOf(line),
      record: numberOf(record),
      column: textOf(column),
      value: textOf(value),
      code: textOf(code) ?? "",
      reason: textOf(reason) ?? "",
      text: textOf(text),
    })),
  };
};
