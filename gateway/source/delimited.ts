// Reads CSV and TSV: the shape is proved by our own scan, the bytes are taken in by DuckDB as text, and the types are
// settled on all values, not on a sample.
import type { InputPath } from "../domain/error.ts";
import { InvalidInput } from "../domain/error.ts";
import { type DelimitedScan, type Dialect, scanDelimited } from "./delimited-records.ts";
import { DatasetFileEmpty, DatasetFileEncoding, DatasetFileMalformed, DatasetFileRaggedRow } from "./errors.ts";
import { fileBytes } from "./file-bytes.ts";
import { type Compression, duckdbCompression } from "./format.ts";
import { defaultMissingValues, type ReadRequest, type StagedRows, stagedName } from "./schema.ts";
import { type Session, sqlPath, sqlText } from "./session.ts";
import { checkNames, stageRaw } from "./stage.ts";

const oneCharacter = (text: string, what: string, path: InputPath): void => {
  if (text.length === 1 && text.charCodeAt(0) < 128 && !"\0\r\n".includes(text)) return;
  throw new InvalidInput(
    `The ${what} is one ASCII character other than a line break; it got ${JSON.stringify(text)}.`,
    path,
  );
};

const dialectOf = ({ format, options, optionsPath }: ReadRequest): Dialect => {
  const delimiter = options.delimiter ?? (format === "TSV" ? "\t" : ",");
  const quote = options.quote ?? '"';
  oneCharacter(delimiter, "delimiter", [...optionsPath, "delimiter"]);
  if (quote !== "") oneCharacter(quote, "quote", [...optionsPath, "quote"]);
  if (quote === delimiter)
    throw new InvalidInput("The quote and the delimiter are the same.", [...optionsPath, "quote"]);
  return { delimiter, quote, encoding: options.encoding ?? "UTF_8" };
};

const refuseFault = ({ name, path }: ReadRequest, { fault, header }: DelimitedScan): void => {
  if (fault?.kind === "ragged") throw new DatasetFileRaggedRow(name, fault.line, fault.expected, fault.found, path);
  if (fault?.kind === "encoding") throw new DatasetFileEncoding(name, fault.what, { line: fault.line }, path);
  if (fault) throw new DatasetFileMalformed(name, fault.what, { line: fault.line }, path);
  if (header.length === 0) throw new DatasetFileEmpty(name, "has no header", path);
};

const withMissing = (column: string, missing: readonly string[]): string => {
  const others = missing.filter((text) => text !== "");
  const value = missing.includes("") ? column : `coalesce(${column}, '')`;
  return others.length === 0
    ? value
    : `(case when ${value} in (${others.map(sqlText).join(", ")}) then null else ${value} end)`;
};

/** Reads CSV or TSV, plain or compressed, into the table `staged`. The first record is the header. */
export const stageDelimited = async (
  session: Session,
  request: ReadRequest,
  compression: Compression,
): Promise<StagedRows> => {
  const dialect = dialectOf(request);
  const bytes = () => fileBytes(request, compression, session);
  const scan = await scanDelimited(bytes(), dialect);
  refuseFault(request, scan);
  checkNames(request, scan.header);
  if (scan.recordCount === 0) throw new DatasetFileEmpty(request.name, "has a header but no row", request.path);

  const columns = scan.header.map((_, position) => `${stagedName(position)}: 'VARCHAR'`).join(", ");
  const settings = [
    "auto_detect = false",
    "header = true",
    "strict_mode = true",
    `delim = ${sqlText(dialect.delimiter)}`,
    `quote = ${sqlText(dialect.quote)}`,
    `escape = ${sqlText(dialect.quote)}`,
    `encoding = '${dialect.encoding === "LATIN_1" ? "latin-1" : "utf-8"}'`,
    `compression = '${duckdbCompression[compression]}'`,
    `columns = {${columns}}`,
  ];
  try {
    await session.run(`create table taken as from read_csv(${sqlPath(request.file)}, ${settings.join(", ")})`);
  } catch (error) {
    if (!(error instanceof Error) || !/CSV|Invalid Input/.test(error.message)) throw error;
    const [what = error.message] = error.message.split("\nPossible fixes");
    throw new DatasetFileMalformed(request.name, what.replace(/^.*?Error: /, ""), {}, request.path, { cause: error });
  }
  const [taken] = await session.rows("select count(*) from taken");
  if (Number(taken?.[0]) !== scan.recordCount) {
    const what = `${scan.recordCount} records were counted and ${taken?.[0]} could be read.`;
    throw new DatasetFileMalformed(request.name, what, {}, request.path);
  }
  const missing = request.options.missingValues ?? defaultMissingValues;
  const values = scan.header.map(
    (_, position) => `${withMissing(stagedName(position), missing)} as ${stagedName(position)}`,
  );
  await session.run(`create view raw as select ${values.join(", ")}, rowid as row_index from taken`);
  const staged = await stageRaw(session, request, {
    table: "raw",
    rowIndex: "row_index",
    columns: scan.header.map((name, position) => ({ kind: "text", name, value: stagedName(position) })),
    locate: async (rowIndex) => {
      const { line } = await scanDelimited(bytes(), dialect, rowIndex);
      return line === undefined ? { record: rowIndex + 1 } : { line };
    },
  });
  await session.run("drop view raw");
  await session.run("drop table taken");
  return staged;
};
