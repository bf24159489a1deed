// What an import is told: where the file is, how to read it, and what the dataset is to be called.
import type { Increment } from "../../data/dataset/increment.ts";
import { isIdentifier } from "../../data/identifier.ts";
import { isJsonObject } from "../../data/json.ts";
import { type FileFormat, fileFormats, formatOfName } from "../../source/format.ts";
import { MOST_QUARANTINED_ROWS, type QuarantineLimit } from "../../source/quarantine.ts";
import { columnTypes, type DeclaredColumn, type ReadOptions } from "../../source/schema.ts";
import { type InputPath, InvalidInput } from "../error.ts";
import { checkName } from "../name.ts";

/** A query of a database that the operator named. */
export type QuerySource = { readonly database: string; readonly sql: string };

/** A local file in an allowed folder, a complete upload, a file at an allowed address, or the rows of a query. */
export type ImportSource =
  | { readonly path: string }
  | { readonly uploadId: string }
  | { readonly url: string }
  | { readonly query: QuerySource };

/** An import. */
export type ImportInput = {
  /** The dataset's name within its project: a new dataset, or the next version of one that is there. */
  readonly name: string;
  readonly source: ImportSource;
  /** Default: told by the file's name. */
  readonly format?: FileFormat | undefined;
  readonly options: ReadOptions;
  /** Join the rows to the newest version instead of taking them for the whole. */
  readonly increment?: Increment | undefined;
};

const text = (value: unknown, what: string, path: InputPath): string => {
  if (typeof value === "string") return value;
  throw new InvalidInput(`${what} is a text; it got ${JSON.stringify(value) ?? "nothing"}.`, path);
};

const optionalText = (value: unknown, what: string, path: InputPath): string | undefined =>
  value === undefined || value === null ? undefined : text(value, what, path);

const choice = <Value extends string>(values: readonly Value[], value: unknown, what: string, path: InputPath) => {
  if (value === undefined || value === null) return undefined;
  const found = values.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new InvalidInput(`${what} is one of ${values.join(", ")}; it got ${JSON.stringify(value)}.`, path);
};

const list = (value: unknown, what: string, path: InputPath): unknown[] | undefined => {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.length <= 10_000) return value;
  throw new InvalidInput(`${what} is a list of at most 10,000.`, path);
};

const parseColumn = (value: unknown, path: InputPath): DeclaredColumn => {
  if (!isJsonObject(value)) throw new InvalidInput("A declared column has a name and a type.", path);
  const type = choice(columnTypes, value.type, "A column's type", [...path, "type"]);
  if (type === undefined)
    throw new InvalidInput(`A column's type is one of ${columnTypes.join(", ")}.`, [...path, "type"]);
  const name = text(value.name, "A column's name", [...path, "name"]);
  return typeof value.nullable === "boolean" ? { name, type, nullable: value.nullable } : { name, type };
};

const parseQuarantine = (value: unknown, path: InputPath): QuarantineLimit | undefined => {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw new InvalidInput("The quarantine is an object.", path);
  const within = (name: string, most: number, isWhole: boolean): number | undefined => {
    const number = value[name];
    if (number === undefined || number === null) return undefined;
    if (typeof number === "number" && number >= 0 && number <= most && (!isWhole || Number.isInteger(number)))
      return number;
    const kind = isWhole ? "a whole number" : "a number";
    throw new InvalidInput(`${name} is ${kind} from 0 to ${most}; it got ${JSON.stringify(number)}.`, [...path, name]);
  };
  return {
    maximumRows: within("maximumRows", MOST_QUARANTINED_ROWS, true),
    maximumFraction: within("maximumFraction", 1, false),
  };
};

/** Reads the options of an import from a GraphQL input or a stored job. @throws InvalidInput */
export const parseReadOptions = (value: unknown, path: InputPath): ReadOptions => {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw new InvalidInput("The options are an object.", path);
  return {
    delimiter: optionalText(value.delimiter, "The delimiter", [...path, "delimiter"]),
    quote: optionalText(value.quote, "The quote", [...path, "quote"]),
    encoding: choice(["UTF_8", "LATIN_1"] as const, value.encoding, "The encoding", [...path, "encoding"]),
    missingValues: list(value.missingValues, "missingValues", [...path, "missingValues"])?.map((item, index) =>
      text(item, "A missing value", [...path, "missingValues", index]),
    ),
    columns: list(value.columns, "columns", [...path, "columns"])?.map((item, index) =>
      parseColumn(item, [...path, "columns", index]),
    ),
    quarantine: parseQuarantine(value.quarantine, [...path, "quarantine"]),
  };
};

const parseQuery = (value: unknown, path: InputPath): QuerySource => {
  if (!isJsonObject(value)) throw new InvalidInput("A query has a database and its SQL.", path);
  const database = text(value.database, "The database's name", [...path, "database"]);
  const sql = text(value.sql, "The SQL", [...path, "sql"]);
  if (sql.trim() === "" || sql.length > 100_000)
    throw new InvalidInput("The SQL has 1 to 100,000 characters.", [...path, "sql"]);
  return { database, sql };
};

const parseSource = (value: unknown, path: InputPath): ImportSource => {
  const given = isJsonObject(value) ? value : {};
  const kinds = ["path", "uploadId", "url", "query"].filter((kind) => (given[kind] ?? undefined) !== undefined);
  if (kinds.length !== 1) throw new InvalidInput("A source is one of path, uploadId, url and query.", path);
  if (kinds[0] === "query") return { query: parseQuery(given.query, [...path, "query"]) };
  if (kinds[0] === "url") return { url: text(given.url, "The address", [...path, "url"]) };
  if (kinds[0] === "path") return { path: text(given.path, "The path", [...path, "path"]) };
  const upload = text(given.uploadId, "The upload's id", [...path, "uploadId"]);
  if (!isIdentifier(upload)) throw new InvalidInput(`"${upload}" is not the id of an upload.`, [...path, "uploadId"]);
  return { uploadId: upload };
};

const parseIncrement = (value: unknown, path: InputPath): Increment | undefined => {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw new InvalidInput("An increment has a key, a watermark or both.", path);
  const key = (list(value.key, "key", [...path, "key"]) ?? []).map((name, index) =>
    text(name, "A column's name", [...path, "key", index]),
  );
  const watermark = optionalText(value.watermark, "The watermark", [...path, "watermark"]);
  if (key.length === 0 && watermark === undefined)
    throw new InvalidInput("An increment has a key, a watermark or both: without either nothing tells new rows.", path);
  return { key, watermark };
};

/** Reads an import from a GraphQL input or a stored job. @throws InvalidInput */
export const parseImport = (value: unknown, path: InputPath = []): ImportInput => {
  if (!isJsonObject(value)) throw new InvalidInput("An import is an object.", path);
  return {
    name: checkName(text(value.name, "The dataset's name", [...path, "name"]), [...path, "name"]),
    source: parseSource(value.source, [...path, "source"]),
    format: choice(fileFormats, value.format, "The format", [...path, "format"]),
    options: parseReadOptions(value.options, [...path, "options"]),
    increment: parseIncrement(value.increment, [...path, "increment"]),
  };
};

/** The input field that names an import's file. */
export const sourcePath = (source: ImportSource): InputPath => ["source", ...Object.keys(source)];

/** The format of an import, told or read from the file's name. @throws DatasetFileFormatUnknown */
export const formatOf = (input: ImportInput, fileName: string): FileFormat =>
  input.format ?? formatOfName(fileName, sourcePath(input.source));
