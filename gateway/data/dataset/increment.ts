// Joins new rows to those of the version before: a row whose key is there already takes its place, others come at the
// end, and rows that are not past the watermark were seen the last time.

import { DatasetSchemaChanged, IncrementUnordered } from "../../domain/dataset/errors.ts";
import { areComparable } from "../../domain/dataset/typing.ts";
import type { InputPath } from "../../domain/error.ts";
import { type StagedColumn, type StagedRows, stagedName, stagedType } from "../../source/schema.ts";
import { type Session, sqlName, sqlPath } from "../../source/session.ts";
import type { ColumnSchema, ColumnTypeName } from "../schema.ts";

/** How new rows are told. */
export type Increment = {
  /** Columns that tell a row; with none, rows are only added. */
  readonly key: readonly string[];
  /** A column that grows with each change: a time, a number, or text in code point order. */
  readonly watermark?: string | undefined;
};

/** The version before: its columns and the local paths of its files, in order. */
export type Before = { readonly schema: readonly ColumnSchema[]; readonly paths: readonly string[] };

/** What came of it. `changed` is 0 when the version before is still what there is. */
export type Joined = { readonly staged: StagedRows; readonly changed: number };

const ordered: readonly ColumnTypeName[] = ["INTEGER", "FLOAT", "TIMESTAMP", "TEXT"];

const positionIn = (columns: readonly { name: string }[], name: string, path: InputPath): number => {
  const position = columns.findIndex((column) => column.name === name);
  if (position >= 0) return position;
  throw new DatasetSchemaChanged(`There is no column "${name}" to tell rows by.`, path);
};

/**
 * The columns of the version before, and where each is among the new ones: one that did not come has only gaps in them.
 *
 * @throws DatasetSchemaChanged
 */
const shared = (arrived: readonly StagedColumn[], before: Before, path: InputPath) => {
  const extra = arrived.find(({ name }) => !before.schema.some((column) => column.name === name));
  if (extra) {
    throw new DatasetSchemaChanged(`The new rows have a column "${extra.name}" that the version before has not.`, path);
  }
  return before.schema.map((column): StagedColumn & { from: number } => {
    const from = arrived.findIndex(({ name }) => name === column.name);
    const type = arrived[from]?.type ?? column.type;
    if (!areComparable(type, column.type)) {
      throw new DatasetSchemaChanged(
        `Column "${column.name}" is ${type} in the new rows and ${column.type} in the version before.`,
        path,
      );
    }
    return { name: column.name, type: type === column.type ? type : "FLOAT", nullable: undefined, from };
  });
};

/** The greatest watermark of a version, as Postgres and DuckDB read it; undefined when it has none. */
export const greatestWatermark = async (
  session: Session,
  before: Before,
  watermark: string,
  path: InputPath,
): Promise<string | undefined> => {
  const column = before.schema[positionIn(before.schema, watermark, path)];
  if (!column || !ordered.includes(column.type)) throw new IncrementUnordered(watermark, path);
  const [row] = await session.rows(
    `select max(${sqlName(watermark)})::varchar from read_parquet([${before.paths.map(sqlPath).join(", ")}])`,
  );
  const value = row?.[0];
  return typeof value === "string" ? value : undefined;
};

/**
 * Joins the session's table `staged` to the version before, into `staged` again. Rows of the version before keep their
 * order; new rows follow in theirs; of new rows with one key the last counts. A row without a watermark is always new.
 *
 * @throws DatasetSchemaChanged when columns or types do not fit, IncrementUnordered
 */
export const joinIncrement = async (
  session: Session,
  staged: StagedRows,
  before: Before,
  { key, watermark }: Increment,
  path: InputPath,
): Promise<Joined> => {
  const columns = shared(staged.columns, before, path);
  const cast = (value: string, { type }: StagedColumn, position: number) =>
    `${value}::${stagedType[type]} as ${stagedName(position)}`;
  const old = columns.map((column, position) => cast(sqlName(column.name), column, position));
  const files = `read_parquet([${before.paths.map(sqlPath).join(", ")}])`;
  await session.run(`create table earlier as select ${old.join(", ")} from ${files}`);
  const fresh = columns.map((column, position) =>
    cast(column.from < 0 ? "null" : stagedName(column.from), column, position),
  );
  const keys = key.map((name) => stagedName(positionIn(columns, name, path)));
  let where = "";
  if (watermark !== undefined) {
    const position = positionIn(columns, watermark, path);
    if (!ordered.includes(columns[position]?.type ?? "BOOLEAN")) throw new IncrementUnordered(watermark, path);
    const mark = stagedName(position);
    where = `where ${mark} is null or coalesce(${mark} > (select max(${mark}) from earlier), true)`;
  }
  const last =
    keys.length === 0 ? "" : `qualify row_number() over (partition by ${keys.join(", ")} order by place desc) = 1`;
  await session.run(
    `create table arrived as select * from (select ${fresh.join(", ")}, rowid as place from staged) ${where} ${last} order by place`,
  );
  const [counted] = await session.rows("select count(*) from arrived");
  const changed = Number(counted?.[0] ?? 0);
  const names = columns.map((_, position) => stagedName(position)).join(", ");
  const same = keys.map((name) => `arrived.${name} is not distinct from earlier.${name}`).join(" and ");
  const kept = keys.length === 0 ? "" : `where not exists (select 1 from arrived where ${same})`;
  await session.run("drop table staged");
  await session.run(`create table staged as select ${names} from (
    select ${names}, 0 as side, earlier.rowid as place from earlier ${kept}
    union all select ${names}, 1 as side, place from arrived) order by side, place`);
  for (const table of ["earlier", "arrived"]) await session.run(`drop table ${table}`);
  const [total] = await session.rows("select count(*) from staged");
  return {
    changed,
    staged: {
      columns: columns.map(({ name, type }) => ({ name, type, nullable: undefined })),
      rowCount: Number(total?.[0] ?? 0),
      quarantined: staged.quarantined ?? [],
    },
  };
};
