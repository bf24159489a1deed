// What can be wrong with a table or with a value in it. Each error names the column, and the row where one is at fault.
import { MillraceError } from "@millrace/kernels";

/** Columns of different lengths, a bitmap or array of the wrong size, or rows that fit no column kind. */
export class FrameError extends MillraceError {
  readonly code = "FRAME";
}

/** A column that the table does not have; the message lists the columns that it has. */
export class UnknownColumnError extends MillraceError {
  readonly code = "UNKNOWN_COLUMN";
  /** Name of the column. */
  readonly column: string;
  /** The columns that there are. */
  readonly available: readonly string[];

  constructor(column: string, available: readonly string[]) {
    super(`there is no column "${column}"; the columns are ${available.join(", ") || "none"}`);
    this.column = column;
    this.available = available;
  }
}

/** A column whose kind (numeric, boolean, dictionary, timestamp) does not suit its use. */
export class ColumnKindError extends MillraceError {
  readonly code = "COLUMN_KIND";
  /** Name of the column. */
  readonly column: string;

  constructor(column: string, message: string) {
    super(`column "${column}": ${message}`);
    this.column = column;
  }
}
