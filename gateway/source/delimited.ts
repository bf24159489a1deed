// Reads CSV and TSV: the shape is proved by our own scan, the bytes are taken in by DuckDB as text, and the types are
// settled on all values, not on a sample.
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { InputPath } from "../domain/error.ts";
import { InvalidInput } from "../domain/error.ts";
import {
  type ByteRange,
  type DelimitedFault,
  type Dialect,
  LONGEST_RECORD_BYTES,
  scanDelimited,
} from "./delimited-records.ts";
import {
  DatasetFileEmpty,
  DatasetFileEncoding,
  type DatasetFileError,
  DatasetFileMalformed,
  DatasetFileRaggedRow,
} from "./errors.ts";
import { fileBytes } from "./file-bytes.ts";
import { type Compression, duckdbCompression } from "./format.ts";
import type { Quarantine } from "./quarantine.ts";
import { defaultMissingValues, type ReadRequest, type StagedRows, stagedName } from "./schema.ts";
import { type Session, sqlPath, sqlText } from "./session.ts";
import { checkNames, type LocatedRow, stageRaw } from "./stage.ts";

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

const faultError = ({ name, path }: ReadRequest, fault: DelimitedFault): DatasetFileError => {
  if (fault.kind === "ragged") return new DatasetFileRaggedRow(name, fault.line, fault.expected, fault.found, path);
  if (fault.kind === "encoding") return new DatasetFileEncoding(name, fault.what, { line: fault.line }, path);
  return new DatasetFileMalformed(name, fault.what, { line: fault.line }, path);
};

/** Copies the text without the ranges to a file, in pieces as they come. */
const writeWithout = async (
  file: string,
  pieces: AsyncIterable<Uint8Array>,
  ranges: readonly ByteRange[],
): Promise<void> => {
  const kept = async function* () {
    let offset = 0;
    let next = 0;
    for await (const piece of pieces) {
      let from = 0;
      for (let range = ranges[next]; range && range.start < offset + piece.length; range = ranges[next]) {
        if (range.start - offset > from) yield piece.subarray(from, range.start - offset);
        from = Math.max(from, Math.min(piece.length, range.end - offset));
        if (range.end > offset + piece.length) break;
        next++;
      }
      if (from < piece.length) yield piece.subarray(from);
      offset += piece.length;
    }
  };
  await pipeline(kept, createWriteStream(file));
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
  quarantine: Quarantine,
): Promise<StagedRows> => {
  const dialect = dialectOf(request);
  const bytes = () => fileBytes(request, compression, session);
  const bad: ByteRange[] = [];
  const setAside = (fault: DelimitedFault, range: ByteRange, text: string) => {
    quarantine.add(faultError(request, fault), text);
    bad.push(range);
  };
  const { header, recordCount, fault } = await scanDelimited(bytes(), dialect, { onBad: setAside });
  if (fault) throw faultError(request, fault);
  if (header.length === 0) throw new DatasetFileEmpty(request.name, "has no header", request.path);
  checkNames(request, header);
  if (recordCount === 0) {
    const what = bad.length > 0 ? "has no row that fits" : "has a header but no row";
    throw new DatasetFileEmpty(request.name, what, request.path);
  }

  let source = { file: request.file, compression: duckdbCompression[compression] };
  if (bad.length > 0) {
    source = { file: join(session.folder, "rows.txt"), compression: duckdbCompression.NONE };
    await writeWithout(source.file, bytes(), bad);
  }
  const columns = header.map((_, position) => `${stagedName(position)}: 'VARCHAR'`).join(", ");
  const settings = [
    "auto_detect = false",
    "header = true",
    "strict_mode = true",
    `delim = ${sqlText(dialect.delimiter)}`,
    `quote = ${sqlText(dialect.quote)}`,
    `escape = ${sqlText(dialect.quote)}`,
    `encoding = '${dialect.encoding === "LATIN_1" ? "latin-1" : "utf-8"}'`,
    `compression = '${source.compression}'`,
    `max_line_size = ${LONGEST_RECORD_BYTES + 100_000}`,
    `columns = {${columns}}`,
  ];
  try {
    await session.run(`create table taken as from read_csv(${sqlPath(source.file)}, ${settings.join(", ")})`);
  } catch (error) {
    if (!(error instanceof Error) || !/CSV|Invalid Input/.test(error.message)) throw error;
    const [what = error.message] = error.message.split("\nPossible fixes");
    throw new DatasetFileMalformed(request.name, what.replace(/^.*?Error: /, ""), {}, request.path, { cause: error });
  }
  const [taken] = await session.rows("select count(*) from taken");
  if (Number(taken?.[0]) !== recordCount) {
    const what = `${recordCount} records were counted and ${taken?.[0]} could be read.`;
    throw new DatasetFileMalformed(request.name, what, {}, request.path);
  }
  const missing = request.options.missingValues ?? defaultMissingValues;
  const values = header.map(
    (_, position) => `${withMissing(stagedName(position), missing)} as ${stagedName(position)}`,
  );
  await session.run(`create view raw as select ${values.join(", ")}, rowid as row_index from taken`);
  const staged = await stageRaw(session, request, quarantine, {
    table: "raw",
    rowIndex: "row_index",
    columns: header.map((name, position) => ({ kind: "text", name, value: stagedName(position) })),
    async locate(rowIndexes) {
      const places = new Map<number, LocatedRow>();
      const wanted = new Set(rowIndexes);
      await scanDelimited(bytes(), dialect, {
        // These were set aside by the scan before.
        onBad: () => {},
        onGood(index, line, text) {
          if (wanted.has(index)) places.set(index, { place: { line }, text: text() });
          return places.size === wanted.size;
        },
      });
      return places;
    },
  });
  await session.run("drop view raw");
  await session.run("drop table taken");
  return staged;
};
