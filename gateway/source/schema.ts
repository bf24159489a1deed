// What a reader is asked and what it answers: the one contract of every file format.

import type { ColumnTypeName } from "../data/schema.ts";
import type { InputPath } from "../domain/error.ts";
import type { Encoding } from "./delimited-records.ts";
import type { FileFormat } from "./format.ts";
import type { QuarantinedRow, QuarantineLimit } from "./quarantine.ts";

/** The column types of a dataset. */
export const columnTypes = [
  "INTEGER",
  "FLOAT",
  "BOOLEAN",
  "TEXT",
  "TIMESTAMP",
] as const satisfies readonly ColumnTypeName[];
export type { ColumnTypeName };

/** What the user says of a column; a column that is not declared has its type inferred. */
export type DeclaredColumn = {
  readonly name: string;
  readonly type: ColumnTypeName;
  /** false: a missing value is refused. Default true. */
  readonly nullable?: boolean | undefined;
};

/** How a file is to be read. */
export type ReadOptions = {
  /** The field delimiter of CSV. Default "," for CSV and a tab for TSV. One ASCII character. */
  readonly delimiter?: string | undefined;
  /** The quote of CSV and TSV. Default the double quote; "" for none. */
  readonly quote?: string | undefined;
  /** The encoding of CSV and TSV. Default UTF_8. JSON is always UTF-8. */
  readonly encoding?: Encoding | undefined;
  /**
   * The texts that stand for a missing value, compared exactly, quoted or not. Default "", "NA", "NaN" and "null" for
   * CSV and TSV; none for the other formats, which have a null of their own.
   */
  readonly missingValues?: readonly string[] | undefined;
  /** Columns whose type is declared. */
  readonly columns?: readonly DeclaredColumn[] | undefined;
  /** How many rows that do not fit may be set aside. Default none: the first fails the import. */
  readonly quarantine?: QuarantineLimit | undefined;
};

/** The texts that CSV and TSV take for missing when the user names none. */
export const defaultMissingValues: readonly string[] = ["", "NA", "NaN", "null"];

/** A file to read. */
export type ReadRequest = {
  /** The absolute path of the bytes. */
  readonly file: string;
  /** The name for messages: what the user called it. */
  readonly name: string;
  readonly format: FileFormat;
  /** Types that columns are taken for where neither the file nor the user says. */
  readonly hints?: readonly DeclaredColumn[] | undefined;
  readonly options: ReadOptions;
  /** The input field that names the file, for errors. */
  readonly path: InputPath;
  /** The input field of the options, for errors. */
  readonly optionsPath: InputPath;
};

/** A column of the rows that a reader has staged. `nullable` is undefined where the user did not declare it. */
export type StagedColumn = {
  readonly name: string;
  readonly type: ColumnTypeName;
  readonly nullable: boolean | undefined;
};

/** The name of a staged table's column: positions, so that no name of the user's stands in a staging query. */
export const stagedName = (position: number): string => `c${position}`;

/** Rows in the session's table `staged` (columns c0, c1, ...), in file order. */
export type StagedRows = {
  readonly columns: readonly StagedColumn[];
  readonly rowCount: number;
  /** Rows of the file that are not among them. */
  readonly quarantined?: readonly QuarantinedRow[];
};

/** The DuckDB type that a dataset type is staged as. TIMESTAMP is microseconds since 1970-01-01T00:00:00Z. */
export const stagedType: Readonly<Record<ColumnTypeName, string>> = {
  INTEGER: "BIGINT",
  FLOAT: "DOUBLE",
  BOOLEAN: "BOOLEAN",
  TEXT: "VARCHAR",
  TIMESTAMP: "TIMESTAMP",
};
