// What differs between the rows of two versions, told by DuckDB over their files: by key where there is one, and as
// bags of rows where there is none.
import type { DuckDBValue } from "@duckdb/node-api";
import { type Session, type SessionLimits, sqlName, sqlPath, withSession } from "../../source/session.ts";
import type { ObjectStore } from "../../store/store.ts";
import type { ColumnTypeName } from "../schema.ts";
import type { Cell, StoredRows } from "./read.ts";

/** A column that both versions have, with its type in each. */
export type SharedColumn = { readonly name: string; readonly before: ColumnTypeName; readonly after: ColumnTypeName };

/** One row that differs. `before` is undefined for an added one, `after` for a removed one; values are in column order. */
export type RowChange = { readonly before: readonly Cell[] | undefined; readonly after: readonly Cell[] | undefined };

/** What differs between rows. */
export type RowDiff = {
  readonly addedRows: number;
  readonly removedRows: number;
  /** Rows of one key whose other values differ; 0 without a key. */
  readonly changedRows: number;
  /** In how many of those rows each column differs. */
  readonly changedByColumn: readonly { readonly name: string; readonly rows: number }[];
  readonly examples: readonly RowChange[];
};

/** How many rows have a key that another row of their version has too. */
export type KeyCheck = { readonly before: number; readonly after: number };

const shown = (side: string, type: ColumnTypeName, position: number): string => {
  const column = `${side}.c${position}`;
  if (type === "INTEGER") return `${column}::double`;
  return type === "TIMESTAMP" ? `(epoch_us(${column})::double / 1000)` : column;
};

const cellOf = (value: DuckDBValue | undefined, type: ColumnTypeName): Cell => {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return type === "TIMESTAMP" ? new Date(value) : value;
  return typeof value === "string" || typeof value === "boolean" ? value : String(value);
};

const makeSide = async (session: Session, side: string, paths: readonly string[], columns: readonly SharedColumn[]) => {
  const names = columns.map(({ name }, position) => `${sqlName(name)} as c${position}`);
  await session.run(
    `create view ${side} as select ${[...names, "true as present"].join(", ")} from read_parquet([${paths.map(sqlPath).join(", ")}])`,
  );
};

const shownSide = (side: "before" | "after", columns: readonly SharedColumn[]): string =>
  columns.map((column, position) => shown(side, column[side], position)).join(", ");

const examplesOf = (rows: readonly DuckDBValue[][], columns: readonly SharedColumn[]): RowChange[] =>
  rows.map((row) => {
    const side = (from: number, which: "before" | "after") =>
      row[from] === true ? columns.map((column, index) => cellOf(row[from + 1 + index], column[which])) : undefined;
    return { before: side(0, "before"), after: side(columns.length + 1, "after") };
  });

const diffByKey = async (
  session: Session,
  columns: readonly SharedColumn[],
  key: readonly number[],
  first: number,
): Promise<RowDiff> => {
  const keys = key.map((position) => `before.c${position} is not distinct from after.c${position}`).join(" and ");
  const joined = `before full join after on ${keys}`;
  const others = columns.map((_, position) => position).filter((position) => !key.includes(position));
  const differs = (position: number) => `before.c${position} is distinct from after.c${position}`;
  const both = "before.present and after.present";
  const changed = others.length === 0 ? "false" : `(${both} and (${others.map(differs).join(" or ")}))`;
  const counts = others.map((position) => `count_if(${both} and ${differs(position)})`);
  const [row = []] = await session.rows(`
    select ${["count_if(before.present is null)", "count_if(after.present is null)", `count_if(${changed})`, ...counts].join(", ")}
    from ${joined}`);
  const [addedRows = 0, removedRows = 0, changedRows = 0, ...byColumn] = row.map(Number);
  const order = key.map((position) => `coalesce(before.c${position}, after.c${position}) nulls last`).join(", ");
  const examples = await session.rows(`
    select before.present, ${shownSide("before", columns)}, after.present, ${shownSide("after", columns)}
    from ${joined} where before.present is null or after.present is null or ${changed}
    order by ${order} limit ${first}`);
  return {
    addedRows,
    removedRows,
    changedRows,
    changedByColumn: others.flatMap((position, index) => {
      const rows = byColumn[index] ?? 0;
      const name = columns[position]?.name;
      return rows === 0 || name === undefined ? [] : [{ name, rows }];
    }),
    examples: examplesOf(examples, columns),
  };
};

const diffBags = async (session: Session, columns: readonly SharedColumn[], first: number): Promise<RowDiff> => {
  const names = columns.map((_, position) => `c${position}`).join(", ");
  const only = (one: string, other: string) => `(select ${names} from ${one} except all select ${names} from ${other})`;
  const count = async (one: string, other: string) =>
    Number((await session.rows(`select count(*) from ${only(one, other)}`))[0]?.[0] ?? 0);
  const some = async (one: "before" | "after", other: "before" | "after") => {
    const rows = await session.rows(
      `select ${shownSide(one, columns)} from ${only(one, other)} as ${one} order by all limit ${first}`,
    );
    return rows.map((row) => columns.map((column, index) => cellOf(row[index], column[one])));
  };
  const removed = (await some("before", "after")).map((before): RowChange => ({ before, after: undefined }));
  const added = (await some("after", "before")).map((after): RowChange => ({ before: undefined, after }));
  return {
    addedRows: await count("after", "before"),
    removedRows: await count("before", "after"),
    changedRows: 0,
    changedByColumn: [],
    examples: [...removed, ...added].slice(0, first),
  };
};

/**
 * Compares the rows of two versions in the columns that both have.
 *
 * @param key positions in `columns` that tell a row; empty to compare whole rows, as many times as they come
 * @param first how many rows are shown
 * @returns the difference, or how many rows share a key where some do
 */
export const diffRows = async (
  store: ObjectStore,
  before: StoredRows,
  after: StoredRows,
  options: {
    columns: readonly SharedColumn[];
    key: readonly number[];
    first: number;
    limits?: SessionLimits | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<RowDiff | KeyCheck> => {
  const { columns, key, first } = options;
  const pathsOf = ({ files }: StoredRows) => Promise.all(files.map(({ hash }) => store.path(hash)));
  const paths = { before: await pathsOf(before), after: await pathsOf(after) };
  const readable = [...new Set([...paths.before, ...paths.after])];
  return withSession({ readable, limits: options.limits, signal: options.signal }, async (session) => {
    await makeSide(session, "before", paths.before, columns);
    await makeSide(session, "after", paths.after, columns);
    if (key.length === 0) return diffBags(session, columns, first);
    const names = key.map((position) => `c${position}`).join(", ");
    const repeated = async (side: string) => {
      const [row] = await session.rows(
        `select coalesce(sum(number), 0) from (select count(*) as number from ${side} group by ${names} having count(*) > 1)`,
      );
      return Number(row?.[0] ?? 0);
    };
    const check = { before: await repeated("before"), after: await repeated("after") };
    return check.before + check.after > 0 ? check : diffByKey(session, columns, key, first);
  });
};
