// A table: named columns of one length, as plain data. Functions give new tables that share memory where they can.
import { ArgumentError } from "@millrace/kernels";
import { type CellValue, type Column, sliceColumn, takeColumn, valueAt } from "./column.ts";
import { FrameError, UnknownColumnError } from "./error.ts";
import { type Bitmap, bitmapBytes, rowsWhere } from "./validity.ts";

/** Columns by name, in order; all have `rowCount` rows. */
export interface Frame {
  readonly rowCount: number;
  readonly columns: ReadonlyMap<string, Column>;
}

/** One row as people write it. */
export type Row = Readonly<Record<string, CellValue>>;

/**
 * A table of columns, without a copy.
 * @param rowCount wanted only where there may be no column
 * @throws FrameError naming the two columns whose lengths differ
 * @example
 * const table = frame({ mass: numericColumn(new Float64Array([3750, 3800])), sex: dictionaryColumn(codes, ["F", "M"]) });
 */
export const frame = (
  columns: Readonly<Record<string, Column>> | ReadonlyMap<string, Column>,
  rowCount?: number,
): Frame => {
  const named = new Map(columns instanceof Map ? columns : Object.entries(columns));
  const [first] = named;
  const length = rowCount ?? first?.[1].length ?? 0;
  for (const [name, column] of named)
    if (column.length !== length)
      throw new FrameError(
        `column "${name}" has ${column.length} rows, but ${rowCount === undefined && first ? `"${first[0]}"` : "the table"} has ${length}; all columns of a table have one length`,
      );
  return { rowCount: length, columns: named };
};

/** The column of that name. @throws UnknownColumnError listing the columns there are */
export const columnOf = (table: Frame, name: string): Column => {
  const column = table.columns.get(name);
  if (!column) throw new UnknownColumnError(name, [...table.columns.keys()]);
  return column;
};

const mapColumns = (table: Frame, rowCount: number, change: (column: Column) => Column): Frame => ({
  rowCount,
  columns: new Map([...table.columns].map(([name, column]) => [name, change(column)])),
});

/** The named columns, in that order. @throws UnknownColumnError */
export const selectColumns = (table: Frame, names: readonly string[]): Frame => ({
  rowCount: table.rowCount,
  columns: new Map(names.map((name) => [name, columnOf(table, name)])),
});

/** Rows [from, to), sharing memory. @throws ArgumentError when the range is not inside the table */
export const sliceRows = (table: Frame, from: number, to = table.rowCount): Frame => {
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to < from || to > table.rowCount)
    throw new ArgumentError(`rows [${from}, ${to}) are not inside a table of ${table.rowCount} rows`);
  if (from === 0 && to === table.rowCount) return table;
  return mapColumns(table, to - from, (column) => sliceColumn(column, from, to));
};

/** The given rows in that order; a row may come more than once. @throws ArgumentError naming an index out of range */
export const takeRows = (table: Frame, rows: ArrayLike<number>): Frame => {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? -1;
    if (!(Number.isInteger(row) && row >= 0 && row < table.rowCount))
      throw new ArgumentError(`row index ${row} at position ${i} is not inside a table of ${table.rowCount} rows`);
  }
  return mapColumns(table, rows.length, (column) => takeColumn(column, rows));
};

/** The rows whose bit is 1, in their order. @throws FrameError when the bitmap is too short */
export const filterRows = (table: Frame, mask: Bitmap): Frame => {
  if (mask.length < bitmapBytes(table.rowCount))
    throw new FrameError(
      `a mask over ${table.rowCount} rows takes ${bitmapBytes(table.rowCount)} bytes, but got ${mask.length}`,
    );
  return takeRows(table, rowsWhere(mask, table.rowCount));
};

/** The rows as objects, for people and small tables; missing values are null. */
export const toRows = (table: Frame): Row[] =>
  Array.from({ length: table.rowCount }, (_, row) =>
    Object.fromEntries([...table.columns].map(([name, column]) => [name, valueAt(column, row)])),
  );
