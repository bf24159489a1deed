// The ways in which a dataset or a derivation can be wrong beside those of files (source/errors.ts).
import { DomainError, type InputPath } from "../error.ts";

/** A join that a column reference names and the derivation does not have. */
export class UnknownJoin extends DomainError {
  readonly code = "UNKNOWN_JOIN";

  constructor(name: string, available: readonly string[], path: InputPath) {
    const known = available.length === 0 ? "There is none before it" : `There are: ${available.join(", ")}`;
    super(
      `There is no join named "${name}" to take a column from. ${known}; leave the name out for the dataset itself.`,
      path,
    );
  }
}

/** Two joins of one name. */
export class DuplicateJoin extends DomainError {
  readonly code = "DUPLICATE_JOIN";

  constructor(name: string, path: InputPath) {
    super(`Two joins are named "${name}": give each a name of its own, so that columns can say which they mean.`, path);
  }
}

/** Two output columns of one name. */
export class DuplicateOutputColumn extends DomainError {
  readonly code = "DUPLICATE_OUTPUT_COLUMN";

  constructor(name: string, path: InputPath) {
    super(`The output has a column "${name}" already (names that differ in case alone are one name).`, path);
  }
}

/** An expression of a type that its place does not take. */
export class ExpressionTypeMismatch extends DomainError {
  readonly code = "EXPRESSION_TYPE_MISMATCH";
}

/** A derivation whose filter or joins leave no row. */
export class DerivedDatasetEmpty extends DomainError {
  readonly code = "DERIVED_DATASET_EMPTY";

  constructor(path: InputPath) {
    super("No row is left: a dataset needs at least one. Loosen `where`, or join with LEFT in place of INNER.", path);
  }
}

/** Integer arithmetic that leaves the range in which an INTEGER is exact. */
export class DerivedIntegerOutOfRange extends DomainError {
  readonly code = "DERIVED_INTEGER_OUT_OF_RANGE";

  constructor(what: string, path: InputPath) {
    super(
      `${what} goes beyond 2^53 - 1, where an INTEGER is no longer exact: multiply by a float constant to get FLOAT.`,
      path,
    );
  }
}

/** A result that does not fit into the space that jobs have. */
export class DerivedDatasetTooLarge extends DomainError {
  readonly code = "DERIVED_DATASET_TOO_LARGE";

  constructor(path: InputPath, options?: ErrorOptions) {
    super(
      "The result does not fit into the memory and spill space that jobs have: do the right sides of the joins have one row a key?",
      path,
      options,
    );
  }
}

/** An upload that cannot be imported: not complete, expired, or imported before. */
export class UploadNotReady extends DomainError {
  readonly code = "UPLOAD_NOT_READY";

  constructor(state: string, path: InputPath) {
    const cure: Record<string, string> = {
      OPEN: "not all of its bytes have come: PUT the rest to /uploads/<ticket>",
      CONSUMED: "it was imported already and an upload is imported once: make a new ticket",
      EXPIRED: "its ticket has expired: make a new one",
    };
    super(`The upload cannot be imported: ${cure[state] ?? `it is ${state}`}.`, path);
  }
}

/** A version whose rows a collection took away. */
export class DatasetVersionCollected extends DomainError {
  readonly code = "DATASET_VERSION_COLLECTED";

  constructor(id: string, when: Date, path: InputPath) {
    super(
      `The rows of dataset version ${id} were collected at ${when.toISOString()}: use another version, or import them again. A pin keeps a version.`,
      path,
    );
  }
}

/** Columns that were to tell rows apart, and do not. */
export class DatasetKeyNotUnique extends DomainError {
  readonly code = "DATASET_KEY_NOT_UNIQUE";

  constructor(key: readonly string[], rows: { before: number; after: number }, path: InputPath) {
    super(
      `Rows share their ${key.join(", ")}: ${rows.before} of the version before, ${rows.after} of the one after. Add columns to the key, or leave it out to compare whole rows.`,
      path,
    );
  }
}

/** New rows whose columns are not those of the version that they are to join. */
export class DatasetSchemaChanged extends DomainError {
  readonly code = "DATASET_SCHEMA_CHANGED";

  constructor(what: string, path: InputPath) {
    super(`${what} Import the whole as another dataset, or bring the rows into the shape of this one.`, path);
  }
}

/** A watermark of a type that has no order. */
export class IncrementUnordered extends DomainError {
  readonly code = "INCREMENT_UNORDERED";

  constructor(column: string, path: InputPath) {
    super(`The watermark "${column}" is BOOLEAN, which does not grow: name a column of numbers, times or texts.`, path);
  }
}
