// The ways in which a file can fail to become a dataset, each with its own code, the place in the file and a way out.
import { DomainError, type InputPath } from "../domain/error.ts";

/** Where in a file a fault lies. Lines and records count from 1, as an editor shows them; a header is line 1. */
export type FilePlace = {
  readonly line?: number;
  /** The record (row of data) for formats without lines, such as Parquet. */
  readonly record?: number;
  readonly column?: string;
  readonly value?: string;
};

const shorten = (value: string): string => JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);

/** "line 7, column \"age\"": the place as a person would say it. */
export const describePlace = (place: FilePlace): string =>
  [
    place.line !== undefined ? `line ${place.line}` : place.record !== undefined ? `row ${place.record}` : "",
    place.column !== undefined ? `column ${JSON.stringify(place.column)}` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");

/** A file that cannot be read as it was asked. `file` is the name that the user gave. */
export abstract class DatasetFileError extends DomainError {
  readonly file: string;
  readonly place: FilePlace;

  constructor(file: string, message: string, path: InputPath, place: FilePlace = {}, options?: ErrorOptions) {
    super(message, path, options);
    this.file = file;
    this.place = place;
  }
}

/** There is no such file, or it is not a plain file. */
export class DatasetFileNotFound extends DatasetFileError {
  readonly code = "DATASET_FILE_NOT_FOUND";

  constructor(file: string, path: InputPath, found: "nothing" | "a folder" | "not a plain file" = "nothing") {
    super(file, `There is no file ${shorten(file)} (${found} is there): give the path of a plain file.`, path);
  }
}

/** A local path outside of the folders that the operator allows. */
export class DatasetFileNotAllowed extends DatasetFileError {
  readonly code = "DATASET_FILE_NOT_ALLOWED";

  constructor(file: string, path: InputPath) {
    super(
      file,
      `The path ${shorten(file)} is outside of the folders that this gateway may read: start it with --allow-path <folder>, or upload the file.`,
      path,
    );
  }
}

/** No bytes, no columns, or a header without a row. */
export class DatasetFileEmpty extends DatasetFileError {
  readonly code = "DATASET_FILE_EMPTY";

  constructor(file: string, what: string, path: InputPath) {
    super(file, `The file ${shorten(file)} ${what}: a dataset needs at least one column and one row.`, path);
  }
}

/** Neither the name nor the format option tells how to read the file. */
export class DatasetFileFormatUnknown extends DatasetFileError {
  readonly code = "DATASET_FILE_FORMAT_UNKNOWN";

  constructor(file: string, known: readonly string[], path: InputPath) {
    super(
      file,
      `The format of ${shorten(file)} is not known from its name: name it with one of ${known.join(", ")}, or give the format.`,
      path,
    );
  }
}

/** The bytes are those of another format or compression than the one named. */
export class DatasetFileFormatMismatch extends DatasetFileError {
  readonly code = "DATASET_FILE_FORMAT_MISMATCH";

  constructor(file: string, expected: string, found: string, path: InputPath) {
    super(file, `The file ${shorten(file)} was to be read as ${expected}, but its bytes are ${found}.`, path);
  }
}

/** The file stops before its end: a download or copy was cut. */
export class DatasetFileTruncated extends DatasetFileError {
  readonly code = "DATASET_FILE_TRUNCATED";

  constructor(file: string, what: string, path: InputPath, options?: ErrorOptions) {
    super(file, `The file ${shorten(file)} is cut short: ${what}. Fetch it again.`, path, {}, options);
  }
}

/** The file does not keep to the grammar of its format. */
export class DatasetFileMalformed extends DatasetFileError {
  readonly code = "DATASET_FILE_MALFORMED";

  constructor(file: string, what: string, place: FilePlace, path: InputPath, options?: ErrorOptions) {
    const where = describePlace(place);
    super(
      file,
      `The file ${shorten(file)} is malformed${where === "" ? "" : ` at ${where}`}: ${what}`,
      path,
      place,
      options,
    );
  }
}

/** A row with more or fewer fields than the header. */
export class DatasetFileRaggedRow extends DatasetFileError {
  readonly code = "DATASET_FILE_RAGGED_ROW";
  readonly expectedColumns: number;
  readonly foundColumns: number;

  constructor(file: string, line: number, expectedColumns: number, foundColumns: number, path: InputPath) {
    super(
      file,
      `Line ${line} of ${shorten(file)} has ${foundColumns} fields where the header has ${expectedColumns} columns: add or remove fields, or quote a field that holds the delimiter.`,
      path,
      { line },
    );
    this.expectedColumns = expectedColumns;
    this.foundColumns = foundColumns;
  }
}

/** A value that its column's type does not take. */
export class DatasetFileWrongType extends DatasetFileError {
  readonly code = "DATASET_FILE_WRONG_TYPE";

  constructor(file: string, type: string, evidence: string, place: FilePlace & { value: string }, path: InputPath) {
    super(
      file,
      `${shorten(place.value)} at ${describePlace(place)} of ${shorten(file)} is not ${type}. ${evidence} Correct the value, add it to missingValues, or declare the column TEXT.`,
      path,
      place,
    );
  }
}

/** An integer beyond 2^53 - 1 in a column declared INTEGER. */
export class DatasetFileIntegerOutOfRange extends DatasetFileError {
  readonly code = "DATASET_FILE_INTEGER_OUT_OF_RANGE";

  constructor(file: string, place: FilePlace & { value: string }, path: InputPath) {
    super(
      file,
      `${place.value} at ${describePlace(place)} of ${shorten(file)} is beyond 2^53 - 1, which an INTEGER cannot hold exactly: declare the column TEXT (keeps each digit) or FLOAT (rounds).`,
      path,
      place,
    );
  }
}

/** A missing value in a column declared not nullable. */
export class DatasetFileMissingValue extends DatasetFileError {
  readonly code = "DATASET_FILE_MISSING_VALUE";

  constructor(file: string, place: FilePlace, path: InputPath) {
    super(
      file,
      `A value is missing at ${describePlace(place)} of ${shorten(file)}, and the column is declared not nullable: fill it in, or declare the column nullable.`,
      path,
      place,
    );
  }
}

/** Two columns of one name (names that differ in case alone are one name, as in SQL). */
export class DatasetFileDuplicateColumn extends DatasetFileError {
  readonly code = "DATASET_FILE_DUPLICATE_COLUMN";

  constructor(file: string, column: string, positions: readonly number[], path: InputPath, place: FilePlace = {}) {
    const where = positions.length > 0 ? ` (columns ${positions.join(" and ")})` : ` (${describePlace(place)})`;
    super(
      file,
      `The column name ${shorten(column)} comes twice in ${shorten(file)}${where}: give each column a name of its own, case aside.`,
      path,
      { ...place, column },
    );
  }
}

/** A column without a usable name. */
export class DatasetFileColumnName extends DatasetFileError {
  readonly code = "DATASET_FILE_COLUMN_NAME";

  constructor(file: string, position: number, why: string, path: InputPath) {
    super(file, `Column ${position} of ${shorten(file)} ${why}: name it in the header.`, path);
  }
}

/** A declared column that the file does not have. */
export class DatasetFileUnknownColumn extends DatasetFileError {
  readonly code = "DATASET_FILE_UNKNOWN_COLUMN";
  readonly available: readonly string[];

  constructor(file: string, column: string, available: readonly string[], path: InputPath) {
    super(file, `The file ${shorten(file)} has no column ${shorten(column)}. It has: ${available.join(", ")}.`, path, {
      column,
    });
    this.available = available;
  }
}

/** A column of a type that a dataset has no place for, such as a list. */
export class DatasetFileUnsupportedType extends DatasetFileError {
  readonly code = "DATASET_FILE_UNSUPPORTED_TYPE";

  constructor(file: string, type: string, place: FilePlace, path: InputPath) {
    super(
      file,
      `${describePlace(place)} of ${shorten(file)} holds ${type}, which no column type takes: declare the column TEXT to keep it as JSON text, or flatten it.`,
      path,
      place,
    );
  }
}

/** Text that is not in the encoding it was read in. */
export class DatasetFileEncoding extends DatasetFileError {
  readonly code = "DATASET_FILE_ENCODING";

  constructor(file: string, what: string, place: FilePlace, path: InputPath) {
    const where = describePlace(place);
    super(
      file,
      `The file ${shorten(file)} is not UTF-8${where === "" ? "" : ` at ${where}`} (${what}): give encoding LATIN_1 if that is what it is, or save it as UTF-8.`,
      path,
      place,
    );
  }
}

/** More rows, memory or spill space than the gateway gives to one file. */
export class DatasetFileTooLarge extends DatasetFileError {
  readonly code = "DATASET_FILE_TOO_LARGE";

  constructor(file: string, what: string, path: InputPath, options?: ErrorOptions) {
    super(file, `The file ${shorten(file)} is too large for this gateway: ${what}`, path, {}, options);
  }
}

/** More rows that do not fit than may be set aside. `first` is the first of them. */
export class DatasetFileTooManyBadRows extends DatasetFileError {
  readonly code = "DATASET_FILE_TOO_MANY_BAD_ROWS";

  constructor(file: string, what: string, first: DatasetFileError, path: InputPath) {
    super(file, `In ${shorten(file)} ${what}. The first: ${first.message}`, path, first.place, { cause: first });
  }
}

/** An address without the part that may hold a secret. */
const addressOf = (url: URL): string =>
  shorten(`${url.origin === "null" ? `${url.protocol}//${url.host}` : url.origin}${url.pathname}`);

/** What is to be fetched is no address of a kind that can be. */
export class DatasetSourceUnknown extends DomainError {
  readonly code = "DATASET_SOURCE_UNKNOWN";

  constructor(text: string, path: InputPath) {
    super(
      `${shorten(text)} is no address that can be imported: http://, https:// or s3://bucket/key without a user or password is wanted.`,
      path,
    );
  }
}

/** An address or a database that the operator did not name. */
export class DatasetSourceNotAllowed extends DomainError {
  readonly code = "DATASET_SOURCE_NOT_ALLOWED";

  constructor(source: URL | string, path: InputPath) {
    super(
      typeof source === "string"
        ? `There is no database named ${shorten(source)} to import from: start the gateway with --import-database ${source}=postgres://...`
        : `The address ${addressOf(source)} is outside of those that this gateway may read: start it with --import-url <prefix>.`,
      path,
    );
  }
}

/** The source said no, and will say it again: nothing there, no permission, or a query that cannot run. */
export class DatasetSourceRefused extends DomainError {
  readonly code = "DATASET_SOURCE_REFUSED";

  constructor(source: URL | string, what: string, path: InputPath) {
    super(`${typeof source === "string" ? source : addressOf(source)} cannot be imported: ${what}.`, path);
  }
}

/** The source did not answer, or broke off, however often it was asked. */
export class DatasetSourceUnreachable extends DomainError {
  readonly code = "DATASET_SOURCE_UNREACHABLE";

  constructor(source: URL | string, what: string, path: InputPath) {
    super(
      `${typeof source === "string" ? source : addressOf(source)} cannot be read: ${what}. Import it again later.`,
      path,
    );
  }
}
