// Reads Arrow IPC files and streams with apache-arrow (DuckDB's own reader is an extension that downloads at run
// time) and appends their batches to a DuckDB table, numbers as whole buffers.
import { isUtf8 } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { zstdDecompressSync } from "node:zlib";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  DuckDBDataChunk,
  type DuckDBType,
  FLOAT,
  INTEGER,
  SMALLINT,
  TIMESTAMP,
  TIMESTAMP_MS,
  TIMESTAMP_NS,
  TIMESTAMP_S,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { CompressionType, compressionRegistry, DataType, RecordBatchReader, TimeUnit, type Vector } from "apache-arrow";
import { DomainError } from "../domain/error.ts";
import { DatasetFileEmpty, DatasetFileMalformed, DatasetFileTruncated, DatasetFileUnsupportedType } from "./errors.ts";
import type { Quarantine } from "./quarantine.ts";
import { type ReadRequest, type StagedRows, stagedName } from "./schema.ts";
import { type Session, sqlText } from "./session.ts";
import { locateRecords, stageRaw } from "./stage.ts";

compressionRegistry.set(CompressionType.ZSTD, { decode: (data) => zstdDecompressSync(data) });

/** How a column travels: its DuckDB type, and whether its values are one buffer of that type or made one by one. */
type Carriage = { readonly type: DuckDBType; readonly convert?: (value: unknown) => string | number | boolean };

const integers: Readonly<Record<string, DuckDBType>> = {
  Int8: TINYINT,
  Int16: SMALLINT,
  Int32: INTEGER,
  Int64: BIGINT,
  Uint8: UTINYINT,
  Uint16: USMALLINT,
  Uint32: UINTEGER,
  Uint64: UBIGINT,
};
const instants: Readonly<Record<TimeUnit, DuckDBType>> = {
  [TimeUnit.SECOND]: TIMESTAMP_S,
  [TimeUnit.MILLISECOND]: TIMESTAMP_MS,
  [TimeUnit.MICROSECOND]: TIMESTAMP,
  [TimeUnit.NANOSECOND]: TIMESTAMP_NS,
};

const asJson = (value: unknown): string =>
  JSON.stringify(value, (_, member) => (typeof member === "bigint" ? Number(member) : member)) ?? "";

const carriageOf = (type: DataType, declaredText: boolean): Carriage | undefined => {
  if (DataType.isInt(type)) {
    const found = integers[type.toString()];
    return found && { type: found };
  }
  if (DataType.isFloat(type)) {
    if (type.toString() === "Float16") return { type: DOUBLE, convert: Number };
    return { type: type.toString() === "Float32" ? FLOAT : DOUBLE };
  }
  if (DataType.isBool(type)) return { type: BOOLEAN, convert: Boolean };
  if (DataType.isTimestamp(type)) return { type: instants[type.unit] };
  if (DataType.isDate(type)) return { type: type.toString().includes("DAY") ? DATE : TIMESTAMP_MS };
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type))
    return { type: VARCHAR, convert: String };
  if (DataType.isDictionary(type)) {
    const inner = carriageOf(type.dictionary, declaredText);
    return inner?.type === VARCHAR ? inner : undefined;
  }
  return declaredText ? { type: VARCHAR, convert: asJson } : undefined;
};

const ROWS_IN_CHUNK = 2048;

/** Rows [from, from + count) of one contiguous Arrow column into a DuckDB vector. */
const fillVector = (
  chunk: DuckDBDataChunk,
  position: number,
  column: Vector,
  carriage: Carriage,
  from: number,
  count: number,
) => {
  const [data] = column.data;
  const values: unknown = data?.values;
  if (carriage.convert || !data || !ArrayBuffer.isView(values)) {
    const { convert = Number } = carriage;
    const cells = Array.from({ length: count }, (_, index) => {
      const value: unknown = column.get(from + index);
      return value === null || value === undefined ? null : convert(value);
    });
    chunk.setColumnValues(position, cells);
    return;
  }
  const width =
    values.byteLength / (data.length || 1) >= 8 || !("BYTES_PER_ELEMENT" in values)
      ? 8
      : Number(values.BYTES_PER_ELEMENT);
  const bytes = Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset + from * width, count * width));
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, position);
  duckdb.copy_data_to_vector(vector, 0, bytes.buffer, 0, bytes.length);
  if (data.nullCount === 0) return;
  const validity = new Uint8Array(Math.ceil(count / 64) * 8);
  for (let row = 0; row < count; row++) {
    if (data.getValid(from + row)) validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
  }
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, validity.length);
};

/** Refuses texts whose offsets or bytes cannot be: Arrow has no checksum, and a spoilt offset would give a text of its own. */
const checkTexts = (request: ReadRequest, name: string, column: Vector, rowsBefore: number): void => {
  const [data] = column.data;
  if (!data || !(DataType.isUtf8(data.type) || DataType.isLargeUtf8(data.type)) || data.length === 0) return;
  const { valueOffsets, values } = data;
  const end = Number(valueOffsets[data.length]);
  let before = Number(valueOffsets[0]);
  for (let row = 0; row < data.length; row++) {
    const after = Number(valueOffsets[row + 1]);
    if (!(after >= before && before >= 0 && after <= values.length)) {
      const what = "the offsets of its texts go back or lead beyond their bytes.";
      throw new DatasetFileMalformed(request.name, what, { record: rowsBefore + row + 1, column: name }, request.path);
    }
    before = after;
  }
  if (isUtf8(values.subarray(Number(valueOffsets[0]), end))) return;
  const odd = Array.from({ length: data.length }, (_, row) => row).find(
    (row) => !isUtf8(values.subarray(Number(valueOffsets[row]), Number(valueOffsets[row + 1]))),
  );
  const place = { record: rowsBefore + (odd ?? 0) + 1, column: name };
  throw new DatasetFileMalformed(request.name, "a text holds bytes that are not UTF-8.", place, request.path);
};

const readFault = (request: ReadRequest, error: unknown): unknown => {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  if (/Expected to read|Invalid flatbuffer|end of|out of bounds|RangeError/i.test(`${error.name} ${error.message}`)) {
    return new DatasetFileTruncated(request.name, error.message, request.path, { cause: error });
  }
  return /codec|compress/i.test(error.message)
    ? new DatasetFileMalformed(
        request.name,
        `its buffers are compressed in a way that cannot be read here (${error.message}): write them plain or with zstd.`,
        {},
        request.path,
        { cause: error },
      )
    : new DatasetFileMalformed(request.name, error.message, {}, request.path, { cause: error });
};

const refuseCutFile = async (request: ReadRequest, handle: FileHandle): Promise<void> => {
  const { size } = await handle.stat();
  const edge = Buffer.alloc(6);
  await handle.read(edge, 0, 6, 0);
  if (edge.toString("latin1") !== "ARROW1") return;
  await handle.read(edge, 0, 6, Math.max(0, size - 6));
  if (edge.toString("latin1") === "ARROW1") return;
  throw new DatasetFileTruncated(request.name, 'an Arrow file ends with "ARROW1" and this one does not', request.path);
};

/** Reads an Arrow IPC file or stream into the table `staged`. */
export const stageArrow = async (
  session: Session,
  request: ReadRequest,
  quarantine: Quarantine,
): Promise<StagedRows> => {
  const handle = await open(request.file, "r");
  try {
    await refuseCutFile(request, handle);
    const reader = await RecordBatchReader.from(handle);
    await reader.open();
    const { fields } = reader.schema;
    if (fields.length === 0) throw new DatasetFileEmpty(request.name, "has no columns", request.path);
    const declaredText = new Set(
      request.options.columns?.filter(({ type }) => type === "TEXT").map(({ name }) => name),
    );
    const carriages = fields.map((field): Carriage => {
      const carriage = carriageOf(field.type, declaredText.has(field.name));
      if (carriage) return carriage;
      throw new DatasetFileUnsupportedType(request.name, String(field.type), { column: field.name }, request.path);
    });
    const types = carriages.map(({ type }) => type);
    await session.run(
      `create table raw (${types.map((type, position) => `${stagedName(position)} ${type.toString()}`).join(", ")})`,
    );
    await session.append(
      "raw",
      (async function* () {
        let rowsBefore = 0;
        for await (const batch of reader) {
          for (const [position, { name }] of fields.entries()) {
            const column = batch.getChildAt(position);
            if (column) checkTexts(request, name, column, rowsBefore);
          }
          rowsBefore += batch.numRows;
          for (let from = 0; from < batch.numRows; from += ROWS_IN_CHUNK) {
            const count = Math.min(ROWS_IN_CHUNK, batch.numRows - from);
            const chunk = DuckDBDataChunk.create(types, count);
            for (const [position, carriage] of carriages.entries()) {
              const column = batch.getChildAt(position);
              if (column) fillVector(chunk, position, column, carriage, from, count);
            }
            yield chunk;
          }
        }
      })(),
    );
    const missing = request.options.missingValues ?? [];
    const value = (position: number) => {
      const column = stagedName(position);
      return types[position] === VARCHAR && missing.length > 0
        ? `(case when ${column} in (${missing.map(sqlText).join(", ")}) then null else ${column} end)`
        : column;
    };
    const staged = await stageRaw(session, request, quarantine, {
      table: "raw",
      rowIndex: "rowid",
      columns: fields.map(({ name }, position) => ({
        kind: "typed",
        name,
        value: value(position),
        duckdbType: String(types[position]),
      })),
      locate: locateRecords,
    });
    await session.run("drop table raw");
    return staged;
  } catch (error) {
    throw readFault(request, error);
  } finally {
    await handle.close().catch(() => {});
  }
};
