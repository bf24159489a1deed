// Reads a JSON array of objects and newline-delimited JSON: DuckDB takes records in as JSON text, and columns are the
// keys in the order of their first appearance. A key that a record does not have is a missing value.
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  DatasetFileDuplicateColumn,
  DatasetFileEmpty,
  DatasetFileFormatMismatch,
  DatasetFileMalformed,
} from "./errors.ts";
import { fileBytes } from "./file-bytes.ts";
import { type Compression, duckdbCompression } from "./format.ts";
import { elementsOfJson, type JsonRecord, LONGEST_JSON_BYTES, linesOfJson } from "./json-records.ts";
import { MOST_QUARANTINED_ROWS, type Quarantine } from "./quarantine.ts";
import type { ReadRequest, StagedRows } from "./schema.ts";
import { type Session, sqlPath, sqlText } from "./session.ts";
import { type LocatedRow, stageRaw } from "./stage.ts";

type Records = () => AsyncGenerator<JsonRecord>;

/** The first and the last character that are not space. Walks all bytes, so that an archive that unpacks to too much is refused here. */
const outermost = async (pieces: AsyncIterable<Uint8Array>): Promise<{ first: string; last: string }> => {
  let first = "";
  let last = "";
  for await (const piece of pieces) {
    if (first === "")
      first = Buffer.from(piece)
        .toString("utf8")
        .replace(/^\uFEFF/, "")
        .trimStart()
        .charAt(0);
    for (let at = piece.length - 1; at >= 0; at--) {
      const byte = piece[at] ?? 0;
      if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
      last = String.fromCharCode(byte);
      break;
    }
  }
  return { first, last };
};

/** The records among which `taken` rows are numbered: all but those that were set aside. */
async function* without(records: Records, bad: ReadonlySet<number>): AsyncGenerator<JsonRecord & { row: number }> {
  let row = 0;
  for await (const record of records()) if (!bad.has(record.index)) yield { ...record, row: row++ };
}

const malformed = ({ name, path }: ReadRequest, what: string, line: number): DatasetFileMalformed =>
  new DatasetFileMalformed(name, what, { line }, path);

/** What DuckDB says, where no record is at fault by itself. */
const readFault = ({ name, path }: ReadRequest, cause: Error): DatasetFileMalformed => {
  const [what = cause.message] = cause.message.split("\n");
  const reason = what.replace(/^.*?Error: /, "").replace(/ in file ".*?"/, "");
  return new DatasetFileMalformed(name, reason, {}, path, { cause });
};

/** Sets aside the records that are not JSON, and writes the others to a file, one a line. */
const writeGoodRecords = async (
  file: string,
  request: ReadRequest,
  records: Records,
  quarantine: Quarantine,
): Promise<Set<number>> => {
  const bad = new Set<number>();
  const good = async function* () {
    for await (const { index, line, text, fault, ends } of records()) {
      if (fault === undefined) yield `${text.replaceAll(/[\r\n]/g, " ")}\n`;
      else {
        if (ends) throw malformed(request, fault, line);
        quarantine.add(malformed(request, fault, line), text);
        bad.add(index);
      }
    }
  };
  await pipeline(good, createWriteStream(file));
  return bad;
};

/** Sets aside records that are not objects or have a key twice; those that stay are the rows of `taken`. */
const setOddRecordsAside = async (
  session: Session,
  request: ReadRequest,
  records: Records,
  quarantine: Quarantine,
  bad: Set<number>,
): Promise<void> => {
  const found = await session.rows(`
    with listed as (
      select rowid as place, coalesce(json_type(json), '') as type,
        case when json_type(json) = 'OBJECT' then json_keys(json) end as keys from taken)
    select place, type, (select key from (select unnest(keys) as key) group by key having count(*) > 1 order by key limit 1)
    from listed where type <> 'OBJECT' or len(keys) <> len(list_distinct(keys))
    order by place limit ${quarantine.isOpen ? MOST_QUARANTINED_ROWS + 1 : 1}`);
  if (found.length === 0) return;
  const odd = new Map(found.map(([at, type, key]) => [Number(at), { type: String(type), key: String(key) }]));
  const numbered = without(records, new Set(bad));
  for await (const { row, index, line, text } of numbered) {
    const fault = odd.get(row);
    if (fault === undefined) continue;
    const error =
      fault.type === "OBJECT"
        ? new DatasetFileDuplicateColumn(request.name, fault.key, [], request.path, { line })
        : malformed(request, 'a record is an object such as {"a": 1}.', line);
    quarantine.add(error, text);
    bad.add(index);
    odd.delete(row);
    if (odd.size === 0) break;
  }
  await session.run(`create table good as select json from taken
    where not (coalesce(json_type(json), '') <> 'OBJECT' or len(json_keys(json)) <> len(list_distinct(json_keys(json))))`);
  await session.run("drop table taken");
  await session.run("alter table good rename to taken");
};

/** The keys in the order of their first appearance. */
const keysOf = async (session: Session): Promise<string[]> => {
  const found = await session.rows(`
    select key from (
      select unnest(keys) as key, generate_subscripts(keys, 1) as position, place
      from (select json_keys(json) as keys, rowid as place from taken)
    ) group by key order by min([place, position])`);
  return found.map(([key]) => String(key));
};

const pointer = (key: string): string => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** Reads JSON or NDJSON, plain or compressed, into the table `staged`. */
export const stageJson = async (
  session: Session,
  request: ReadRequest,
  compression: Compression,
  quarantine: Quarantine,
): Promise<StagedRows> => {
  const bytes = () => fileBytes(request, compression, session);
  const isArray = request.format === "JSON";
  const records: Records = () => (isArray ? elementsOfJson(bytes()) : linesOfJson(bytes()));
  const { first, last } = await outermost(bytes());
  if (first === "") throw new DatasetFileEmpty(request.name, "has nothing but space", request.path);
  if (isArray && first !== "[") {
    const found = first === "{" ? "one object or newline-delimited JSON (NDJSON)" : "not an array";
    throw new DatasetFileFormatMismatch(request.name, "JSON (an array of objects)", found, request.path);
  }
  const read = (file: string, format: string, compressed: Compression) =>
    session.run(
      `create table taken as select json from read_json(${sqlPath(file)}, format = '${format}', records = false, columns = {json: 'JSON'}, maximum_object_size = ${LONGEST_JSON_BYTES}, compression = '${duckdbCompression[compressed]}')`,
    );
  const attempt = async (work: () => Promise<void>): Promise<Error | undefined> => {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (error instanceof Error && /JSON|Invalid Input/.test(error.message)) return error;
      throw error;
    }
  };
  let bad = new Set<number>();
  // DuckDB takes an array that does not close for a whole one.
  const isOpen = isArray && last !== "]";
  const failure = isOpen
    ? new Error("The array does not close.")
    : await attempt(() => read(request.file, isArray ? "array" : "newline_delimited", compression));
  if (failure) {
    const file = join(session.folder, "records.ndjson");
    bad = await writeGoodRecords(file, request, records, quarantine);
    const again = await attempt(() => read(file, "newline_delimited", "NONE"));
    if (again) throw readFault(request, failure);
  }
  await setOddRecordsAside(session, request, records, quarantine, bad);
  const keys = await keysOf(session);
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
  const staged = await stageRaw(session, request, quarantine, {
    table: "raw",
    rowIndex: "rowid",
    columns: keys.map((name, position) => ({ kind: "json", name, value: `c${position}`, form: `f${position}` })),
    async locate(rowIndexes) {
      const places = new Map<number, LocatedRow>();
      const wanted = new Set(rowIndexes);
      for await (const { row, line, text } of without(records, bad)) {
        if (wanted.has(row)) places.set(row, { place: { line }, text });
        if (places.size === wanted.size) break;
      }
      return places;
    },
  });
  await session.run("drop table raw");
  return staged;
};
