// Reading a dataset version back: whole columns as typed arrays for training, and small pages of rows for looking.
import { InvalidInput } from "../../domain/error.ts";
import { type Session, type SessionLimits, sqlName, sqlPath, withSession } from "../../source/session.ts";
import type { ObjectStore } from "../../store/store.ts";
import type { ColumnSchema, DataFile } from "../schema.ts";
import { bitAt, createTextDictionary, type TextDictionary, valueWidth, vectorBytes } from "./vector-bytes.ts";

/** What is read: the schema and files of a dataset version's row (a prediction set's, too). */
export type StoredRows = { readonly schema: readonly ColumnSchema[]; readonly files: readonly DataFile[] };

type ColumnBase = {
  readonly name: string;
  /** A bit a row, lowest first, 1 for present; undefined when no value of the range is missing. */
  readonly validity: Uint8Array | undefined;
};

/**
 * A column in memory. INTEGER is exact in float64 (it is within 2^53 - 1); BOOLEAN is 0 or 1; TEXT is codes into a
 * dictionary in the order of first appearance; TIMESTAMP is microseconds since 1970-01-01T00:00:00Z. A missing value
 * is 0 in `values`.
 */
export type DatasetColumn =
  | (ColumnBase & { readonly type: "INTEGER" | "FLOAT"; readonly values: Float64Array })
  | (ColumnBase & { readonly type: "BOOLEAN"; readonly values: Uint8Array })
  | (ColumnBase & { readonly type: "TIMESTAMP"; readonly values: BigInt64Array })
  | (ColumnBase & { readonly type: "TEXT"; readonly values: Int32Array; readonly dictionary: readonly string[] });

/** Columns of equal length. */
export type DatasetColumns = { readonly rowCount: number; readonly columns: readonly DatasetColumn[] };

/** What to read. */
export type ReadColumnsOptions = {
  /** The columns by name, in the order wanted. Default all. */
  readonly columns?: readonly string[] | undefined;
  /** The first row. Default 0. */
  readonly from?: number | undefined;
  /** The row after the last. Default the row count. */
  readonly to?: number | undefined;
  readonly limits?: SessionLimits | undefined;
  readonly signal?: AbortSignal | undefined;
};

type Builder = {
  readonly schema: ColumnSchema;
  readonly bytes: Uint8Array;
  readonly codes: Int32Array;
  readonly dictionary: TextDictionary;
  validity: Uint8Array | undefined;
};

const createBuilder = (schema: ColumnSchema, rows: number): Builder => ({
  schema,
  bytes: new Uint8Array(schema.type === "TEXT" ? 0 : rows * valueWidth[schema.type]),
  codes: new Int32Array(schema.type === "TEXT" ? rows : 0),
  dictionary: createTextDictionary(),
  validity: undefined,
});

const finishColumn = ({ schema: { name, type }, bytes, codes, dictionary, validity }: Builder): DatasetColumn => {
  switch (type) {
    case "INTEGER":
    case "FLOAT":
      return { name, type, validity, values: new Float64Array(bytes.buffer) };
    case "BOOLEAN":
      return { name, type, validity, values: bytes };
    case "TIMESTAMP":
      return { name, type, validity, values: new BigInt64Array(bytes.buffer) };
    case "TEXT": {
      const texts = Array.from({ length: dictionary.size }, (_, code) => dictionary.text(code));
      return { name, type, validity, values: codes, dictionary: texts };
    }
  }
};

const noteMissing = (builder: Builder, validity: Uint8Array, count: number, at: number, rows: number): void => {
  const width = valueWidth[builder.schema.type];
  for (let row = 0; row < count; row++) {
    if (bitAt(validity, row)) continue;
    builder.validity ??= new Uint8Array(Math.ceil(rows / 8)).fill(0xff);
    const place = at + row;
    builder.validity[place >> 3] = (builder.validity[place >> 3] ?? 0) & ~(1 << (place & 7));
    if (builder.schema.type !== "TEXT") builder.bytes.fill(0, place * width, (place + 1) * width);
  }
};

const readFile = async (
  session: Session,
  path: string,
  builders: readonly Builder[],
  range: [number, number],
  whole: boolean,
  at: number,
  rows: number,
) => {
  const select = builders.map(({ schema: { name, type } }) =>
    type === "INTEGER" ? `${sqlName(name)}::double` : sqlName(name),
  );
  const source = whole
    ? `read_parquet(${sqlPath(path)})`
    : `read_parquet(${sqlPath(path)}, file_row_number = true) where file_row_number >= ${range[0]} and file_row_number < ${range[1]}`;
  let place = at;
  for await (const chunk of session.chunks(`select ${select.join(", ")} from ${source}`)) {
    const count = chunk.rowCount;
    for (const [index, builder] of builders.entries()) {
      const { type } = builder.schema;
      const bytes = vectorBytes(chunk, index, valueWidth[type]);
      if (type === "TEXT")
        builder.dictionary.encode(chunk, index, bytes, 0, builder.codes.subarray(place, place + count));
      else builder.bytes.set(bytes.data, place * valueWidth[type]);
      if (bytes.validity) noteMissing(builder, bytes.validity, count, place, rows);
    }
    place += count;
  }
};

/**
 * Reads columns of a dataset version, rows [from, to), in row order.
 *
 * @throws InvalidInput for a column that is not there or a range outside of the rows; ObjectMissing
 *
 * @example
 * const { columns } = await readColumns(store, version, { columns: ["distance", "late"], from: 0, to: 100_000 });
 */
export const readColumns = async (
  store: ObjectStore,
  stored: StoredRows,
  options: ReadColumnsOptions = {},
): Promise<DatasetColumns> => {
  const total = stored.files.reduce((sum, file) => sum + file.rowCount, 0);
  const { from = 0, to = total } = options;
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to > total || from > to) {
    throw new InvalidInput(`Rows ${from} to ${to} are not within the ${total} rows that there are.`, ["from"]);
  }
  const wanted = (options.columns ?? stored.schema.map(({ name }) => name)).map((name, index) => {
    const schema = stored.schema.find((column) => column.name === name);
    if (schema) return schema;
    const known = stored.schema.map((column) => column.name).join(", ");
    throw new InvalidInput(`There is no column "${name}". The dataset has: ${known}.`, ["columns", index]);
  });
  const rows = to - from;
  const builders = wanted.map((schema) => createBuilder(schema, rows));
  if (rows > 0 && builders.length > 0) {
    const parts: { path: string; range: [number, number]; whole: boolean; at: number }[] = [];
    let start = 0;
    for (const file of stored.files) {
      const first = Math.max(0, from - start);
      const last = Math.min(file.rowCount, to - start);
      if (first < last) {
        const whole = first === 0 && last === file.rowCount;
        parts.push({ path: await store.path(file.hash), range: [first, last], whole, at: start + first - from });
      }
      start += file.rowCount;
    }
    await withSession(
      { readable: parts.map(({ path }) => path), limits: options.limits, signal: options.signal },
      async (session) => {
        for (const { path, range, whole, at } of parts) await readFile(session, path, builders, range, whole, at, rows);
      },
    );
  }
  return { rowCount: rows, columns: builders.map(finishColumn) };
};

/** A value as a row shows it: TIMESTAMP is ISO 8601 in UTC with as many digits as it needs, a missing value is null. */
export type Cell = number | boolean | string | null;

/** ISO 8601 of microseconds since 1970 UTC. */
export const isoTimestamp = (microseconds: bigint): string => {
  const rest = ((microseconds % 1000n) + 1000n) % 1000n;
  const text = new Date(Number((microseconds - rest) / 1000n)).toISOString();
  return rest === 0n ? text : `${text.slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
};

const cellOf = (column: DatasetColumn, row: number): Cell => {
  if (column.validity !== undefined && !bitAt(column.validity, row)) return null;
  switch (column.type) {
    case "TEXT":
      return column.dictionary[column.values[row] ?? 0] ?? null;
    case "BOOLEAN":
      return column.values[row] === 1;
    case "TIMESTAMP":
      return isoTimestamp(column.values[row] ?? 0n);
    default:
      return column.values[row] ?? null;
  }
};

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
  const total = stored.files.reduce((sum, file) => sum + file.rowCount, 0);
  const from = Math.min(after + 1, total);
  const to = Math.min(from + first, total);
  const { columns } = await readColumns(store, stored, { from, to, signal: page.signal });
  const rows = Array.from({ length: to - from }, (_, row) => ({
    index: from + row,
    values: columns.map((column) => cellOf(column, row)),
  }));
  return { rows, hasNextPage: to < total };
};
