// The door to CSV text. What reads and writes it is loaded at the first call.
import type { ColumnKind } from "./column.ts";
import type { Frame } from "./frame.ts";

/** How CSV text is read. */
export interface CsvOptions {
  /** One character. Default ",". */
  readonly separator?: string;
  /** Unquoted texts that are missing values beside the empty one. Default none. */
  readonly missing?: readonly string[];
  /** Kinds of columns, which are inferred if left out: a column of digits that are names is "dictionary". */
  readonly kinds?: Readonly<Record<string, ColumnKind>>;
}

/**
 * A table from CSV text by RFC 4180, its first record the header. An empty field without quotes is missing. A column with a
 * value in quotes, or a number with leading zeros, is text. Else columns whose values all are true and false become boolean;
 * numbers numeric; ISO 8601 dates and moments (UTC without an offset) timestamps; all others text.
 * @throws FrameError naming the line of a broken or ragged record, a name that is empty or comes twice, or a text without
 * header; ColumnKindError naming the line of a value that is not of the kind asked for; ArgumentError for the separator
 * @example
 * const table = await frameFromCsv("island,mass\nDream,3750\nBiscoe,\n"); // dictionary and numeric, one mass missing
 */
export const frameFromCsv = async (text: string, options: CsvOptions = {}): Promise<Frame> =>
  (await import("./csv-table.ts")).frameFromCsv(text, options);

/**
 * CSV text of a table by RFC 4180, with a header and lines that end in LF. Missing values are empty and empty texts quoted;
 * texts that would read as another kind are quoted; moments are ISO 8601 in UTC.
 * @throws ArgumentError for the separator
 * @example await navigator.clipboard.writeText(await toCsv(table));
 */
export const toCsv = async (table: Frame, options: Pick<CsvOptions, "separator"> = {}): Promise<string> =>
  (await import("./csv-table.ts")).toCsv(table, options);
