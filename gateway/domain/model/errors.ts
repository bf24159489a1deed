// The ways in which rows can fail to be predicted: each names the row and the column.
import { DomainError, type InputPath } from "../error.ts";

abstract class RowError extends DomainError {
  /** Position of the row in the request, from 0. */
  readonly row: number;
  readonly column: string;

  constructor(row: number, column: string, message: string) {
    super(message, ["rows", row, column]);
    this.row = row;
    this.column = column;
  }
}

/** A row has no value for a column that the model needs one for. */
export class MissingField extends RowError {
  readonly code = "MISSING_FIELD";
}

/** A value is not of the column's type. */
export class WrongType extends RowError {
  readonly code = "WRONG_TYPE";
}

/** A category that the model was not trained on, where unknown ones are refused. */
export class UnknownCategory extends RowError {
  readonly code = "UNKNOWN_CATEGORY";
  readonly known: readonly string[];

  constructor(row: number, column: string, value: string, known: readonly string[]) {
    const shown = known.slice(0, 20).join(", ") + (known.length > 20 ? ` and ${known.length - 20} more` : "");
    super(row, column, `Row ${row}: "${value}" is no category of "${column}" that the model knows: ${shown}.`);
    this.known = known;
  }
}

/** A column that the model does not take. */
export class UnknownField extends RowError {
  readonly code = "UNKNOWN_FIELD";
}

/** A dataset's column that the model cannot take. */
export class ColumnDoesNotFit extends DomainError {
  readonly code = "COLUMN_DOES_NOT_FIT";
  readonly column: string;

  constructor(column: string, message: string, path: InputPath) {
    super(message, path);
    this.column = column;
  }
}

/** A job whose work cannot be counted before it runs. */
export class EstimateUnknown extends DomainError {
  readonly code = "ESTIMATE_UNKNOWN";
}
