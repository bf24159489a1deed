// Rows that do not fit, set aside with their place and the reason, so that one bad line does not cost the whole file;
// and the limit beyond which it does, so that a file of the wrong kind is not taken for a short one.
import { type DatasetFileError, DatasetFileTooManyBadRows } from "./errors.ts";
import type { ReadRequest } from "./schema.ts";

/** How many rows may be set aside. Both limits hold where both are given; with neither, none may. */
export type QuarantineLimit = {
  /** 0 to 100,000. */
  readonly maximumRows?: number | undefined;
  /** 0 to 1, of the rows of the file, good and bad. */
  readonly maximumFraction?: number | undefined;
};

/** The most rows that are set aside, whatever the fraction. */
export const MOST_QUARANTINED_ROWS = 100_000;
/** The most characters of a row that are kept. */
export const LONGEST_KEPT_TEXT = 2_000;

/** A row that was set aside. */
export type QuarantinedRow = {
  /** Where it begins, counted from 1 with the header, in a format that has lines. */
  readonly line: number | undefined;
  /** Which row it is, counted from 1, in a format that has none. */
  readonly record: number | undefined;
  readonly column: string | undefined;
  readonly value: string | undefined;
  /** The code that the fault has when it fails an import. */
  readonly code: string;
  readonly reason: string;
  /** The row as the file has it, at most 2,000 characters of it; not for Parquet and Arrow. */
  readonly text: string | undefined;
};

/** Takes bad rows until there are too many. */
export type Quarantine = {
  /** Whether any row may be set aside. When false, `add` throws the fault itself. */
  readonly isOpen: boolean;
  /** Sets a row aside. @throws the fault, where nothing may be set aside, and DatasetFileTooManyBadRows */
  add(fault: DatasetFileError, text?: string): void;
  /** The rows in file order, once all are read. @throws DatasetFileTooManyBadRows when their share is too large */
  settle(goodRows: number): QuarantinedRow[];
};

const placeOf = ({ line, record }: QuarantinedRow): number => line ?? record ?? 0;

/** Opens the quarantine of one file. */
export const openQuarantine = ({ name, path, options }: ReadRequest): Quarantine => {
  const { maximumRows, maximumFraction } = options.quarantine ?? {};
  const isOpen = (maximumRows ?? 1) > 0 && (maximumFraction ?? 1) > 0 && (maximumRows ?? maximumFraction) !== undefined;
  const most = Math.min(maximumRows ?? MOST_QUARANTINED_ROWS, MOST_QUARANTINED_ROWS);
  const rows: QuarantinedRow[] = [];
  let first: DatasetFileError | undefined;
  return {
    isOpen,
    add(fault, text) {
      if (!isOpen) throw fault;
      first ??= fault;
      if (rows.length === most) {
        throw new DatasetFileTooManyBadRows(name, `more than ${most} rows do not fit`, first, path);
      }
      const { line, record, column, value } = fault.place;
      rows.push({
        line,
        record,
        column,
        value: value?.slice(0, LONGEST_KEPT_TEXT),
        code: fault.code,
        reason: fault.message,
        text: text?.slice(0, LONGEST_KEPT_TEXT),
      });
    },
    settle(goodRows) {
      const total = goodRows + rows.length;
      if (first !== undefined && maximumFraction !== undefined && rows.length > maximumFraction * total) {
        const what = `${rows.length} of ${total} rows do not fit, which is more than the fraction ${maximumFraction}`;
        throw new DatasetFileTooManyBadRows(name, what, first, path);
      }
      return rows.sort((left, right) => placeOf(left) - placeOf(right));
    },
  };
};
