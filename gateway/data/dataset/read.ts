// Reading a dataset version back: columns as core's frames for training, and small pages of rows for looking.
import type { DuckDBDataChunk } from "@duckdb/node-api";
import {
  type Column,
  type ColumnKind,
  type ColumnSource,
  concatenateFrames,
  type Frame,
  sliceRows,
  valueAt,
} from "@millrace/core";
import { InvalidInput } from "../../domain/error.ts";
import { UnknownColumn } from "../../domain/pipeline/errors.ts";
import { type Session, type SessionLimits, sqlName, sqlPath, withSession } from "../../source/session.ts";
import type { ObjectStore } from "../../store/store.ts";
import type { ColumnSchema, ColumnTypeName, DataFile } from "../schema.ts";
import { createTextDictionary, type TextDictionary } from "./text-dictionary.ts";
import { bitAt, valueWidth, vectorBytes } from "./vector-bytes.ts";

/** What is read: the schema and files of a dataset version's row (a prediction set's, too). */
export type StoredRows = { readonly schema: readonly ColumnSchema[]; readonly files: readonly DataFile[] };

/** What to read. */
export type ReadFrameOptions = {
  /** The columns by name, in the order wanted. Default all. */
  readonly columns?: readonly string[] | undefined;
  /** The first row. Default 0. */
  readonly from?: number | undefined;
  /** The row after the last. Default the row count. */
  readonly to?: number | undefined;
  readonly limits?: SessionLimits | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** The kind of column that a dataset type is in memory. INTEGER is exact in float64: it is within 2^53 - 1. */
export const columnKind = {
  INTEGER: "numeric",
  FLOAT: "numeric",
  BOOLEAN: "boolean",
  TEXT: "dictionary",
  TIMESTAMP: "timestamp",
} as const satisfies Record<ColumnTypeName, ColumnKind>;

/** A column while its rows come in. Numbers and timestamps are read as float64, timestamps in milliseconds. */
type Builder = {
  readonly schema: ColumnSchema;
  readonly numbers: Float64Array;
  readonly bits: Uint8Array;
  readonly codes: Int32Array;
  readonly dictionary: TextDictionary;
  validity: Uint8Array | undefined;
};

const createBuilder = (schema: ColumnSchema, rows: number): Builder => {
  const kind = columnKind[schema.type];
  return {
    schema,
    numbers: new Float64Array(kind === "numeric" || kind === "timestamp" ? rows : 0),
    bits: new Uint8Array(kind === "boolean" ? (rows + 7) >> 3 : 0),
    codes: new Int32Array(kind === "dictionary" ? rows : 0),
    dictionary: createTextDictionary(),
    validity: undefined,
  };
};

const finishColumn = (builder: Builder, length: number): Column => {
  const { schema, numbers, bits, codes, dictionary, validity } = builder;
  const base = { length, ...(validity && { validity }) };
  switch (columnKind[schema.type]) {
    case "numeric":
      return { ...base, kind: "numeric", values: numbers };
    case "timestamp":
      return { ...base, kind: "timestamp", values: numbers };
    case "boolean":
      return { ...base, kind: "boolean", values: bits };
    case "dictionary": {
      const texts = Array.from({ length: dictionary.size }, (_, code) => dictionary.text(code));
      return { ...base, kind: "dictionary", codes, dictionary: texts };
    }
  }
};

const noteMissing = (builder: Builder, validity: Uint8Array, count: number, at: number, rows: number): void => {
  for (let row = 0; row < count; row++) {
    if (bitAt(validity, row)) continue;
    if (builder.validity === undefined) {
      builder.validity = new Uint8Array((rows + 7) >> 3).fill(0xff);
      // Bits beyond the last row are zero, as core's bitmaps have them.
      if (rows % 8 !== 0) builder.validity[rows >> 3] = (1 << (rows & 7)) - 1;
    }
    const place = at + row;
    builder.validity[place >> 3] = (builder.validity[place >> 3] ?? 0) & ~(1 << (place & 7));
    if (builder.numbers.length > 0) builder.numbers[place] = 0;
    if (builder.bits.length > 0) builder.bits[place >> 3] = (builder.bits[place >> 3] ?? 0) & ~(1 << (place & 7));
  }
};

/** What a column is read as. */
const readValue = ({ name, type }: ColumnSchema): string => {
  if (type === "INTEGER") return `${sqlName(name)}::double`;
  return type === "TIMESTAMP" ? `(epoch_us(${sqlName(name)})::double / 1000)` : sqlName(name);
};

const take = (builder: Builder, chunk: DuckDBDataChunk, index: number, place: number, rows: number): void => {
  const kind = columnKind[builder.schema.type];
  const bytes = vectorBytes(chunk, index, valueWidth[builder.schema.type]);
  const count = chunk.rowCount;
  if (kind === "dictionary") {
    builder.dictionary.encode(bytes, 0, builder.codes.subarray(place, place + count));
  } else if (kind === "boolean") {
    for (let row = 0; row < count; row++) {
      const at = place + row;
      if (bytes.data[row] === 1) builder.bits[at >> 3] = (builder.bits[at >> 3] ?? 0) | (1 << (at & 7));
    }
  } else {
    builder.numbers.set(new Float64Array(bytes.data.buffer, bytes.data.byteOffset, count), place);
  }
  if (bytes.validity) noteMissing(builder, bytes.validity, count, place, rows);
};

/** The part of one file that lies within the rows wanted: [first, last) of its own rows, at row `at` of the result. */
type Part = { readonly file: DataFile; readonly first: number; readonly last: number; readonly at: number };

const partsOf = (files: readonly DataFile[], from: number, to: number): Part[] => {
  const parts: Part[] = [];
  let start = 0;
  for (const file of files) {
    const first = Math.max(0, from - start);
    const last = Math.min(file.rowCount, to - start);
    if (first < last) parts.push({ file, first, last, at: start + first - from });
    start += file.rowCount;
  }
  return parts;
};

const readPart = async (session: Session, path: string, builders: readonly Builder[], part: Part, rows: number) => {
  const { file, first, last } = part;
  const source =
    first === 0 && last === file.rowCount
      ? `read_parquet(${sqlPath(path)})`
      : `read_parquet(${sqlPath(path)}, file_row_number = true) where file_row_number >= ${first} and file_row_number < ${last}`;
  let place = part.at;
  for await (const chunk of session.chunks(
    `select ${builders.map(({ schema }) => readValue(schema)).join(", ")} from ${source}`,
  )) {
    for (const [index, builder] of builders.entries()) take(builder, chunk, index, place, rows);
    place += chunk.rowCount;
  }
};

const rowCountOf = ({ files }: StoredRows): number => files.reduce((sum, file) => sum + file.rowCount, 0);

const schemasOf = ({ schema }: StoredRows, names: readonly string[] | undefined): readonly ColumnSchema[] =>
  names === undefined
    ? schema
    : names.map((name, index) => {
        const found = schema.find((column) => column.name === name);
        if (found) return found;
        throw new UnknownColumn(
          name,
          schema.map((column) => column.name),
          ["columns", index],
        );
      });

/**
 * Reads columns of a dataset version, rows [from, to), in row order, as a frame of core: INTEGER and FLOAT float64,
 * BOOLEAN bits, TEXT codes into a dictionary in the order of first appearance, TIMESTAMP float64 milliseconds since
 * 1970 UTC (told apart to the microsecond within 278 years of 1970).
 *
 * @throws UnknownColumn, InvalidInput for a range outside of the rows, ObjectMissing
 *
 * @example
 * const frame = await readFrame(store, version, { columns: ["distance", "late"], from: 0, to: 100_000 });
 */
export const readFrame = async (
  store: ObjectStore,
  stored: StoredRows,
  options: ReadFrameOptions = {},
): Promise<Frame> => {
  const total = rowCountOf(stored);
  const { from = 0, to = total } = options;
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > total || from > to) {
    throw new InvalidInput(`Rows ${from} to ${to} are not within the ${total} rows that there are.`, ["from"]);
  }
  const rows = to - from;
  const builders = schemasOf(stored, options.columns).map((schema) => createBuilder(schema, rows));
  const parts = builders.length > 0 ? partsOf(stored.files, from, to) : [];
  if (parts.length > 0) {
    const paths = await Promise.all(parts.map(({ file }) => store.path(file.hash)));
    await withSession({ readable: paths, limits: options.limits, signal: options.signal }, async (session) => {
      for (const [index, part] of parts.entries()) await readPart(session, paths[index] ?? "", builders, part, rows);
    });
  }
  return {
    rowCount: rows,
    columns: new Map(builders.map((builder) => [builder.schema.name, finishColumn(builder, rows)])),
  };
};

/**
 * A dataset version as a source of rows for training. It keeps the file that was read last in memory (250,000 rows of
 * the columns asked for), so that one ascending pass reads each file once.
 *
 * @throws UnknownColumn, InvalidInput, ObjectMissing from `read`
 */
export const datasetSource = (
  store: ObjectStore,
  stored: StoredRows,
  options: Pick<ReadFrameOptions, "limits" | "signal"> = {},
): ColumnSource => {
  let kept: { key: string; frame: Promise<Frame> } | undefined;
  const wholeFile = (names: readonly string[], part: Part, start: number): Promise<Frame> => {
    const key = JSON.stringify([start, names]);
    if (kept?.key !== key) {
      const frame = readFrame(store, stored, {
        ...options,
        columns: names,
        from: start,
        to: start + part.file.rowCount,
      });
      kept = { key, frame };
      frame.catch(() => {
        if (kept?.key === key) kept = undefined;
      });
    }
    return kept.frame;
  };
  return {
    rowCount: rowCountOf(stored),
    columns: stored.schema.map(({ name, type }) => ({ name, kind: columnKind[type] })),
    async read(names, from, to) {
      const parts = partsOf(stored.files, from, to);
      if (from < 0 || to > rowCountOf(stored) || parts.length === 0) {
        return readFrame(store, stored, { ...options, columns: names, from, to });
      }
      const frames: Frame[] = [];
      for (const part of parts) {
        const start = from + part.at - part.first;
        frames.push(sliceRows(await wholeFile(names, part, start), part.first, part.last));
      }
      return concatenateFrames(frames);
    },
  };
};

/** A value as a row shows it; null is missing. A Date has milliseconds: finer parts of a TIMESTAMP are not shown. */
export type Cell = number | boolean | string | Date | null;

/** A page of rows: `index` is the row's position in the version, and `values` are in the order of the schema. */
export type RowPage = {
  readonly rows: readonly { readonly index: number; readonly values: readonly Cell[] }[];
  readonly hasNextPage: boolean;
};

/**
 * The `first` rows that follow row `after` (from the start when it is undefined).
 *
 * @param first 0 to 1,000
 * @throws InvalidInput for a number outside of its range
 */
export const readRows = async (
  store: ObjectStore,
  stored: StoredRows,
  page: { first: number; after?: number | undefined; signal?: AbortSignal | undefined },
): Promise<RowPage> => {
  const { first, after = -1 } = page;
  if (!Number.isInteger(first) || first < 0 || first > 1000)
    throw new InvalidInput(`first is 0 to 1000; it got ${first}.`, ["first"]);
  if (!Number.isInteger(after) || after < -1)
    throw new InvalidInput(`after is the position of a row; it got ${after}.`, ["after"]);
  const total = rowCountOf(stored);
  const from = Math.min(after + 1, total);
  const to = Math.min(from + first, total);
  const { columns } = await readFrame(store, stored, { from, to, signal: page.signal });
  const ordered = [...columns.values()];
  const rows = Array.from({ length: to - from }, (_, row) => ({
    index: from + row,
    values: ordered.map((column): Cell => valueAt(column, row)),
  }));
  return { rows, hasNextPage: to < total };
};
