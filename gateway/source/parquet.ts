// Reads Parquet through DuckDB: types come from the file, names as the file has them, rows in file order.
import { DomainError } from "../domain/error.ts";
import { DatasetFileMalformed, DatasetFileTruncated } from "./errors.ts";
import type { Quarantine } from "./quarantine.ts";
import { type ReadRequest, type StagedRows, stagedName } from "./schema.ts";
import { type Session, sqlPath, sqlText } from "./session.ts";
import { locateRecords, stageRaw } from "./stage.ts";

const readFault = (request: ReadRequest, error: unknown): unknown => {
  if (
    !(error instanceof Error) ||
    error instanceof DomainError ||
    !/Invalid Input|IO Error|Invalid Error|Serialization|TProtocol|Conversion/.test(error.message)
  ) {
    return error;
  }
  const [line = error.message] = error.message.split("\n");
  const what = line.replace(/^.*?Error: /, "").replace(/ ?(file )?["'][^"']*["']/, " it");
  return /magic bytes|footer|out of bounds|truncat|end of file/i.test(what)
    ? new DatasetFileTruncated(request.name, what, request.path, { cause: error })
    : new DatasetFileMalformed(request.name, what, {}, request.path, { cause: error });
};

/** The names of the top-level columns, as written: DuckDB renames those that come twice. */
const columnNames = async (session: Session, file: string): Promise<string[]> => {
  const entries = await session.rows(`select name, coalesce(num_children, 0) from parquet_schema(${sqlPath(file)})`);
  const names: string[] = [];
  const skip = (index: number): number => {
    let next = index + 1;
    for (let child = 0; child < Number(entries[index]?.[1] ?? 0); child++) next = skip(next);
    return next;
  };
  const rootChildren = Number(entries[0]?.[1] ?? 0);
  for (let index = 1, child = 0; child < rootChildren; child++, index = skip(index))
    names.push(String(entries[index]?.[0]));
  return names;
};

/** Reads a Parquet file into the table `staged`. */
export const stageParquet = async (
  session: Session,
  request: ReadRequest,
  quarantine: Quarantine,
): Promise<StagedRows> => {
  const source = `read_parquet(${sqlPath(request.file)}, file_row_number = true)`;
  try {
    const names = await columnNames(session, request.file);
    const described = await session.rows(`describe from ${source}`);
    // The last column is the row number, which DuckDB adds.
    const types = described.slice(0, names.length).map((row) => String(row[1]));
    const aliases = [...names.map((_, position) => stagedName(position)), "row_index"];
    const missing = request.options.missingValues ?? [];
    const values = types.map((type, position) => {
      const column = stagedName(position);
      return type === "VARCHAR" && missing.length > 0
        ? `case when ${column} in (${missing.map(sqlText).join(", ")}) then null else ${column} end as ${column}`
        : column;
    });
    await session.run(
      `create view raw as select ${[...values, "row_index"].join(", ")} from ${source} as t(${aliases.join(", ")})`,
    );
    const staged = await stageRaw(session, request, quarantine, {
      table: "raw",
      rowIndex: "row_index",
      columns: names.map((name, position) => ({
        kind: "typed",
        name,
        value: stagedName(position),
        duckdbType: types[position] ?? "",
      })),
      locate: locateRecords,
    });
    await session.run("drop view raw");
    return staged;
  } catch (error) {
    throw readFault(request, error);
  }
};
