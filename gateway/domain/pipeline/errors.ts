// The ways in which a pipeline can be wrong, each with its own code.
import { DomainError, type InputPath } from "../error.ts";

abstract class ColumnError extends DomainError {
  readonly column: string;

  constructor(column: string, message: string, path: InputPath) {
    super(message, path);
    this.column = column;
  }
}

/** A column that the dataset version does not have. */
export class UnknownColumn extends ColumnError {
  readonly code = "UNKNOWN_COLUMN";
  readonly available: readonly string[];

  constructor(column: string, available: readonly string[], path: InputPath) {
    super(column, `There is no column "${column}". The dataset has: ${available.join(", ")}.`, path);
    this.available = available;
  }
}

/** A column that is named twice among the features. */
export class DuplicateColumn extends ColumnError {
  readonly code = "DUPLICATE_COLUMN";

  constructor(column: string, path: InputPath) {
    super(column, `The column "${column}" is in the features already: name each column once.`, path);
  }
}

/** The label is also a feature: the model would be given its answer. */
export class LabelAmongFeatures extends ColumnError {
  readonly code = "LABEL_AMONG_FEATURES";

  constructor(column: string, path: InputPath) {
    super(column, `The label "${column}" is among the features, so the model would see its answer: take it out.`, path);
  }
}

/** A step that cannot work on a column of that type, or a column that its steps leave unfit for the estimator. */
export class StepDoesNotFit extends ColumnError {
  readonly code = "STEP_DOES_NOT_FIT";
}

/** A column that cannot be the label, or not with the values that it holds. */
export class LabelDoesNotFit extends ColumnError {
  readonly code = "LABEL_DOES_NOT_FIT";
}
