// Where training reads rows from: a table in memory, or chunks of files behind the same three members.
import type { ColumnKind } from "./column.ts";
import { FrameError, UnknownColumnError } from "./error.ts";
import { type Frame, selectColumns, sliceRows } from "./frame.ts";

/** Rows that can be read in ranges. Each pass over them is in ascending order. */
export interface ColumnSource {
  readonly rowCount: number;
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[];
  /** Rows [from, to) of the named columns. A column's dictionary may differ from one call to the next. */
  read(names: readonly string[], from: number, to: number): Frame | Promise<Frame>;
}

/** A table as a source; reads share its memory. */
export const frameSource = (table: Frame): ColumnSource => ({
  rowCount: table.rowCount,
  columns: [...table.columns].map(([name, column]) => ({ name, kind: column.kind })),
  read: (names, from, to) => sliceRows(selectColumns(table, names), from, to),
});

/** Rows of one read; a multiple of 8, so that bitmaps are shared and not shifted. */
export const readRows = 65_536;

/** Reads the named columns from first to last row. @throws UnknownColumnError before anything is read, FrameError for a short answer */
export async function* readChunks(
  source: ColumnSource,
  names: readonly string[],
): AsyncGenerator<{ readonly from: number; readonly to: number; readonly chunk: Frame }> {
  const available = source.columns.map((column) => column.name);
  for (const name of names) if (!available.includes(name)) throw new UnknownColumnError(name, available);
  for (let from = 0; from < source.rowCount; from += readRows) {
    const to = Math.min(source.rowCount, from + readRows);
    const chunk = await source.read(names, from, to);
    if (chunk.rowCount !== to - from)
      throw new FrameError(`a source was asked for rows [${from}, ${to}), but gave ${chunk.rowCount}`);
    yield { from, to, chunk };
  }
}
