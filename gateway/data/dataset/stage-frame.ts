// From core's frames to the session's table `staged`: how rows that were computed here, such as predictions, become
// files like those that were imported.
import { BOOLEAN, DOUBLE, DuckDBDataChunk, type DuckDBType, VARCHAR } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { type Column, columnOf, type Frame, isValid, sliceColumn } from "@millrace/core";
import { InvalidInput } from "../../domain/error.ts";
import { type StagedColumn, type StagedRows, stagedName, stagedType } from "../../source/schema.ts";
import type { Session } from "../../source/session.ts";
import type { ColumnTypeName } from "../schema.ts";
import { columnKind } from "./read.ts";

const ROWS_IN_CHUNK = 2048;

/** How a column travels: numbers and times as float64. */
const carriage: Readonly<Record<ColumnTypeName, DuckDBType>> = {
  INTEGER: DOUBLE,
  FLOAT: DOUBLE,
  TIMESTAMP: DOUBLE,
  BOOLEAN,
  TEXT: VARCHAR,
};

/** What it becomes. NaN is missing; a time is milliseconds since 1970 UTC, rounded to the microsecond. */
const arrival: Readonly<Record<ColumnTypeName, (value: string) => string>> = {
  INTEGER: (value) => `nullif(${value}, 'nan'::double)::bigint`,
  FLOAT: (value) => `nullif(${value}, 'nan'::double)`,
  TIMESTAMP: (value) => `make_timestamp(round(nullif(${value}, 'nan'::double) * 1000)::bigint)`,
  BOOLEAN: (value) => value,
  TEXT: (value) => value,
};

const copyInto = (chunk: DuckDBDataChunk, position: number, column: Column): void => {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, position);
  if (column.kind === "dictionary") {
    for (let row = 0; row < column.length; row++) {
      if (!isValid(column, row)) continue;
      duckdb.vector_assign_string_element(vector, row, column.dictionary[column.codes[row] ?? -1] ?? "");
    }
  } else {
    const bytes =
      column.kind === "boolean"
        ? Uint8Array.from({ length: column.length }, (_, row) => ((column.values[row >> 3] ?? 0) >> (row & 7)) & 1)
        : new Uint8Array(Float64Array.from(column.values).buffer);
    duckdb.copy_data_to_vector(vector, 0, bytes.buffer, 0, bytes.length);
  }
  if (column.validity === undefined) return;
  const validity = new Uint8Array(Math.ceil(column.length / 64) * 8);
  for (let row = 0; row < column.length; row++) {
    if (isValid(column, row)) validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
  }
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, validity.length);
};

/**
 * Fills the session's table `staged` with the rows of frames, one after another: hand it to `writeStaged` next.
 *
 * @param columns the columns by name with their types; a frame's column must be of the type's kind
 * @throws InvalidInput when a column is of another kind; UnknownColumnError of core when it is not there
 *
 * @example
 * await withSession({ readable: [] }, async (session) =>
 *   writeStaged(session, await stageFrames(session, [{ name: "probability", type: "FLOAT" }], frames), { put }));
 */
export const stageFrames = async (
  session: Session,
  columns: readonly { readonly name: string; readonly type: ColumnTypeName }[],
  frames: Iterable<Frame> | AsyncIterable<Frame>,
): Promise<StagedRows> => {
  const types = columns.map(({ type }) => carriage[type]);
  await session.run(
    `create table arriving (${types.map((type, position) => `${stagedName(position)} ${type.toString()}`).join(", ")})`,
  );
  let rowCount = 0;
  await session.append(
    "arriving",
    (async function* () {
      for await (const frame of frames) {
        const found = columns.map(({ name, type }, index) => {
          const column = columnOf(frame, name);
          if (column.kind === columnKind[type]) return column;
          throw new InvalidInput(`Column "${name}" is ${column.kind}, which is not ${type}.`, ["columns", index]);
        });
        rowCount += frame.rowCount;
        for (let from = 0; from < frame.rowCount; from += ROWS_IN_CHUNK) {
          const to = Math.min(frame.rowCount, from + ROWS_IN_CHUNK);
          const chunk = DuckDBDataChunk.create(types, to - from);
          for (const [position, column] of found.entries()) copyInto(chunk, position, sliceColumn(column, from, to));
          yield chunk;
        }
      }
    })(),
  );
  const values = columns.map(
    ({ type }, position) => `${arrival[type](stagedName(position))}::${stagedType[type]} as ${stagedName(position)}`,
  );
  await session.run(`create table staged as select ${values.join(", ")} from arriving`);
  await session.run("drop table arriving");
  return {
    columns: columns.map(({ name, type }): StagedColumn => ({ name, type, nullable: undefined })),
    rowCount,
  };
};
