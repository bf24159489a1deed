// Reads a JSON array of objects and newline-delimited JSON: DuckDB takes records in as JSON text, and columns are the
// keys in the order of their first appearance. A key that a record does not have is a missing value.
import {
  DatasetFileDuplicateColumn,
  DatasetFileEmpty,
  DatasetFileFormatMismatch,
  DatasetFileMalformed,
  type FilePlace,
} from "./errors.ts";
import { fileBytes } from "./file-bytes.ts";
import { type Compression, duckdbCompression } from "./format.ts";
import { elementsOfJson, type JsonRecord, jsonFault, linesOfJson } from "./json-records.ts";
import type { ReadRequest, StagedRows } from "./schema.ts";
import { type Session, sqlPath, sqlText } from "./session.ts";
import { stageRaw } from "./stage.ts";

type Records = () => AsyncGenerator<JsonRecord>;

const firstByte = async (pieces: AsyncIterable<Uint8Array>): Promise<string> => {
  for await (const piece of pieces) {
    const text = Buffer.from(piece)
      .toString("utf8")
      .replace(/^\uFEFF/, "")
      .trimStart();
    if (text !== "") return text.charAt(0);
  }
  return "";
};

const locateRecord = async (records: Records, rowIndex: number): Promise<FilePlace> => {
  for await (const record of records()) if (record.index === rowIndex) return { line: record.line };
  return { record: rowIndex + 1 };
};

/** Tells the first record that is not JSON. */
const refuseRecord = async (request: ReadRequest, records: Records, cause: Error): Promise<never> => {
  for await (const { line, text } of records()) {
    const fault = jsonFault(text);
    if (fault !== undefined) throw new DatasetFileMalformed(request.name, fault, { line }, request.path, { cause });
  }
  const [what = cause.message] = cause.message.split("\n");
  const reason = what.replace(/^.*?Error: /, "").replace(/ in file ".*?"/, "");
  throw new DatasetFileMalformed(request.name, reason, {}, request.path, { cause });
};

/** The column names, after refusing records that are not objects and keys that come twice in one. */
const keysOf = async (session: Session, request: ReadRequest, records: Records): Promise<string[]> => {
  const [odd] = await session.rows("select min(rowid) from taken where json_type(json) is distinct from 'OBJECT'");
  if (odd?.[0] !== null && odd?.[0] !== undefined) {
    const place = await locateRecord(records, Number(odd[0]));
    throw new DatasetFileMalformed(request.name, 'a record is an object such as {"a": 1}.', place, request.path);
  }
  const found = await session.rows(`
    select key, arg_min(position, [place, position]), min(place) from (
      select unnest(keys) as key, generate_subscripts(keys, 1) as position, place
      from (select json_keys(json) as keys, rowid as place from taken)
    ) group by key order by min([place, position])`);
  const [twice] = await session.rows(`
    select min(place) from (select json_keys(json) as keys, rowid as place from taken)
    where len(keys) <> len(list_distinct(keys))`);
  if (twice?.[0] !== null && twice?.[0] !== undefined) {
    const rowIndex = Number(twice[0]);
    const [keys] = await session.rows(`
      select key from (select unnest(json_keys(json)) as key from taken where rowid = ${rowIndex})
      group by key having count(*) > 1 limit 1`);
    const place = await locateRecord(records, rowIndex);
    throw new DatasetFileDuplicateColumn(request.name, String(keys?.[0]), [], request.path, place);
  }
  return found.map(([key]) => String(key));
};

const pointer = (key: string): string => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** Reads JSON or NDJSON, plain or compressed, into the table `staged`. */
export const stageJson = async (
  session: Session,
  request: ReadRequest,
  compression: Compression,
): Promise<StagedRows> => {
  const bytes = () => fileBytes(request, compression, session);
  const isArray = request.format === "JSON";
  const records: Records = () => (isArray ? elementsOfJson(bytes()) : linesOfJson(bytes()));
  const first = await firstByte(bytes());
  if (first === "") throw new DatasetFileEmpty(request.name, "has nothing but space", request.path);
  if (isArray && first !== "[") {
    const found = first === "{" ? "one object or newline-delimited JSON (NDJSON)" : "not an array";
    throw new DatasetFileFormatMismatch(request.name, "JSON (an array of objects)", found, request.path);
  }
  const format = isArray ? "array" : "newline_delimited";
  try {
    await session.run(
      `create table taken as select json from read_json(${sqlPath(request.file)}, format = '${format}', records = false, columns = {json: 'JSON'}, compression = '${duckdbCompression[compression]}')`,
    );
  } catch (error) {
    if (!(error instanceof Error) || !/JSON|Invalid Input/.test(error.message)) throw error;
    await refuseRecord(request, records, error);
  }
  const keys = await keysOf(session, request, records);
  if (keys.length === 0) throw new DatasetFileEmpty(request.name, "has no record with a key", request.path);
  const missing = request.options.missingValues ?? [];
  const taken = keys.map((key, position) => `json_extract(json, ${sqlText(pointer(key))}) as j${position}`);
  const columns = keys.map((_, position) => {
    const text = `j${position} ->> '$'`;
    const given =
      missing.length === 0
        ? `(${text})`
        : `(case when (${text}) in (${missing.map(sqlText).join(", ")}) then null else (${text}) end)`;
    const form = `(case json_type(j${position}) when 'VARCHAR' then 0 when 'OBJECT' then 2 when 'ARRAY' then 2 else 1 end)`;
    return `${given} as c${position}, ${form}::utinyint as f${position}`;
  });
  await session.run(`create table raw as select ${columns.join(", ")} from (select ${taken.join(", ")} from taken)`);
  await session.run("drop table taken");
  const staged = await stageRaw(session, request, {
    table: "raw",
    rowIndex: "rowid",
    columns: keys.map((name, position) => ({ kind: "json", name, value: `c${position}`, form: `f${position}` })),
    locate: (rowIndex) => locateRecord(records, rowIndex),
  });
  await session.run("drop table raw");
  return staged;
};
