// What can be wrong with a value on its way into a fitted pipeline. Each error names the column, the row and the value.
import { MillraceError } from "@millrace/kernels";

abstract class CellError extends MillraceError {
  readonly column: string;
  /** Row in the table that was given, from 0; -1 where no single row is at fault. */
  readonly row: number;

  constructor(column: string, row: number, message: string) {
    super(row < 0 ? `column "${column}": ${message}` : `column "${column}", row ${row}: ${message}`);
    this.column = column;
    this.row = row;
  }
}

/** A category that the encoder did not see in the training rows. */
export class UnknownCategoryError extends CellError {
  readonly code = "UNKNOWN_CATEGORY";
}

/** A missing value where no step fills it. */
export class MissingValueError extends CellError {
  readonly code = "MISSING_VALUE";
}

/** A field that a row lacks altogether; a missing value is given as null. */
export class MissingFieldError extends CellError {
  readonly code = "MISSING_FIELD";
}

/** A value that float32 cannot hold: infinite, or past 3.4e38. */
export class InvalidValueError extends CellError {
  readonly code = "INVALID_VALUE";
}

/** Training rows of which a step can learn nothing: a column without any value, or with too many categories. */
export class FitError extends CellError {
  readonly code = "FIT";
}
