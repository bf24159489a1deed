// Runs a checked derivation: compiles it to SQL (names are positions, constants are literals of known types) and fills
// the session's table `staged` one input file at a time, so that sorts are small, order is certain and a cancel is heard.
import type { TypedDerivation } from "../../domain/dataset/derivation.ts";
import { DerivedDatasetEmpty, DerivedDatasetTooLarge, DerivedIntegerOutOfRange } from "../../domain/dataset/errors.ts";
import type {
  ArithmeticOperator,
  CompareOperator,
  DatePart,
  TypedExpression,
} from "../../domain/dataset/expression.ts";
import type { InputPath } from "../../domain/error.ts";
import { type StagedRows, stagedName, stagedType } from "../../source/schema.ts";
import { type Session, sqlName, sqlPath, sqlText } from "../../source/session.ts";
import type { ColumnSchema } from "../schema.ts";

const arithmetic: Readonly<Record<ArithmeticOperator, string>> = {
  ADD: "+",
  SUBTRACT: "-",
  MULTIPLY: "*",
  DIVIDE: "/",
};
const comparison: Readonly<Record<CompareOperator, string>> = {
  LESS: "<",
  LESS_OR_EQUAL: "<=",
  EQUAL: "=",
  NOT_EQUAL: "<>",
  GREATER_OR_EQUAL: ">=",
  GREATER: ">",
};
const datePart: Readonly<Record<DatePart, (value: string) => string>> = {
  YEAR: (value) => `year(${value})`,
  MONTH: (value) => `month(${value})`,
  DAY: (value) => `day(${value})`,
  DAY_OF_WEEK: (value) => `isodow(${value})`,
  DAY_OF_YEAR: (value) => `dayofyear(${value})`,
  HOUR: (value) => `hour(${value})`,
  MINUTE: (value) => `minute(${value})`,
  MINUTE_OF_DAY: (value) => `(hour(${value}) * 60 + minute(${value}))`,
};
const EARTH_RADIUS_KILOMETRES = 6371.0088;

// DuckDB takes NaN for equal to itself, so this leaves no NaN: a dataset's one kind of absence is NULL.
const notNaN = (value: string): string => `nullif(${value}, 'nan'::double)`;

const compileConstant = (type: string, value: number | string | boolean): string => {
  if (typeof value === "number") return `${sqlText(String(value))}::${type === "INTEGER" ? "bigint" : "double"}`;
  if (typeof value === "boolean") return String(value);
  return type === "TIMESTAMP" ? `make_timestamp(${Date.parse(value) * 1000})` : sqlText(value);
};

/** A typed expression as SQL over the tables t0, t1, ... with columns c0, c1, ... */
export const compileExpression = (expression: TypedExpression): string => {
  switch (expression.kind) {
    case "column":
      return `t${expression.source}.${stagedName(expression.position)}`;
    case "constant":
      return compileConstant(expression.type, expression.value);
    case "datePart":
      return `${datePart[expression.part](compileExpression(expression.of))}::bigint`;
    case "arithmetic": {
      const left = compileExpression(expression.left);
      const right = compileExpression(expression.right);
      if (expression.type === "INTEGER") return `(${left} ${arithmetic[expression.operator]} ${right})`;
      const divisor = expression.operator === "DIVIDE" ? `nullif(${right}::double, 0)` : `${right}::double`;
      return notNaN(`(${left}::double ${arithmetic[expression.operator]} ${divisor})`);
    }
    case "compare":
      return `(${compileExpression(expression.left)} ${comparison[expression.operator]} ${compileExpression(expression.right)})`;
    case "all":
      return `(${expression.of.map(compileExpression).join(" and ")})`;
    case "any":
      return `(${expression.of.map(compileExpression).join(" or ")})`;
    case "not":
      return `(not ${compileExpression(expression.of)})`;
    case "isMissing":
      return `(${compileExpression(expression.of)} is null)`;
    case "firstPresent":
      return `coalesce(${expression.of.map((inner) => `${compileExpression(inner)}::${stagedType[expression.type]}`).join(", ")})`;
    case "sine":
    case "cosine": {
      const name = expression.kind === "sine" ? "sin" : "cos";
      // sin and cos of an infinity are errors in DuckDB; here they are missing.
      return `${name}(${finite(`(${compileExpression(expression.of)}::double * ${sqlText(String((2 * Math.PI) / expression.period))}::double)`)})`;
    }
    case "greatCircleDistance": {
      const [fromLatitude = "", fromLongitude = "", toLatitude = "", toLongitude = ""] = expression.of.map(
        (inner) => `radians(${finite(`${compileExpression(inner)}::double`)})`,
      );
      const latitude = `pow(sin((${toLatitude} - ${fromLatitude}) / 2), 2)`;
      const longitude = `cos(${fromLatitude}) * cos(${toLatitude}) * pow(sin((${toLongitude} - ${fromLongitude}) / 2), 2)`;
      return `(${2 * EARTH_RADIUS_KILOMETRES} * asin(least(1, sqrt(${latitude} + ${longitude}))))`;
    }
  }
};

const finite = (value: string): string => `nullif(nullif(${notNaN(value)}, 'inf'::double), '-inf'::double)`;

/** One input: the paths of its Parquet files in order, and its columns. */
export type DeriveInput = { readonly paths: readonly string[]; readonly schema: readonly ColumnSchema[] };

const renamed = (schema: readonly ColumnSchema[]): string =>
  schema.map(({ name }, position) => `${sqlName(name)} as ${stagedName(position)}`).join(", ");

const hasArithmetic = (expression: TypedExpression): boolean => {
  if (expression.kind === "arithmetic") return true;
  if (!("of" in expression)) return false;
  return Array.isArray(expression.of)
    ? expression.of.some(hasArithmetic)
    : "kind" in expression.of && hasArithmetic(expression.of);
};

const runFault = (error: unknown, path: InputPath): unknown => {
  if (!(error instanceof Error)) return error;
  if (error.message.startsWith("Out of Memory Error")) return new DerivedDatasetTooLarge(path, { cause: error });
  return error.message.startsWith("Out of Range Error: Overflow")
    ? new DerivedIntegerOutOfRange("Arithmetic on INTEGER columns", [...path, "columns"])
    : error;
};

const refuseInexact = async (
  session: Session,
  table: string,
  { columns }: TypedDerivation,
  path: InputPath,
): Promise<void> => {
  for (const [position, { name, expression }] of columns.entries()) {
    if (expression.type !== "INTEGER" || !hasArithmetic(expression)) continue;
    const [row] = await session.rows(
      `select count(*) from ${table} where abs(${stagedName(position)}::hugeint) > ${Number.MAX_SAFE_INTEGER}`,
    );
    if (Number(row?.[0]) > 0) throw new DerivedIntegerOutOfRange(`Column "${name}"`, [...path, "columns", position]);
  }
};

/**
 * Fills the session's table `staged` with the derived rows: in the dataset's order, then in the order of the joins'
 * rows, unless the derivation has an order of its own.
 *
 * @param inputs the dataset and then each join's, in the order of the derivation
 * @param path where the derivation stands in the operation's input, for errors
 * @throws DerivedDatasetEmpty, DerivedIntegerOutOfRange, DerivedDatasetTooLarge
 */
export const stageDerived = async (
  session: Session,
  derivation: TypedDerivation,
  inputs: readonly DeriveInput[],
  path: InputPath,
  progress: (fraction: number) => void = () => {},
): Promise<StagedRows> => {
  const [dataset, ...rights] = inputs;
  if (!dataset) throw new TypeError("A derivation has at least one input.");
  try {
    for (const [index, { paths, schema }] of rights.entries()) {
      await session.run(
        `create table right${index + 1} as select ${renamed(schema)} from read_parquet([${paths.map(sqlPath).join(", ")}])`,
      );
    }
    const { columns, joins, where, orderBy } = derivation;
    const outputs = [
      ...columns.map(({ expression }) => `${compileExpression(expression)}::${stagedType[expression.type]}`),
      ...orderBy.map(({ expression }) => compileExpression(expression)),
    ];
    const table = orderBy.length > 0 ? "unsorted" : "staged";
    const definitions = [
      ...columns.map(({ expression: { type } }, position) => `${stagedName(position)} ${stagedType[type]}`),
      ...orderBy.map(({ expression: { type } }, position) => `k${position} ${stagedType[type]}`),
    ];
    await session.run(`create table ${table} (${definitions.join(", ")})`);
    const joined = joins.map(({ kind, on }, index) => {
      const pairs = on.map(({ left, right }) => `${compileExpression(left)} = ${compileExpression(right)}`);
      return `${kind.toLowerCase()} join (select *, rowid as row_index from right${index + 1}) as t${index + 1} on ${pairs.join(" and ")}`;
    });
    const order = ["t0.row_index", ...joins.map((_, index) => `t${index + 1}.row_index`)].join(", ");
    for (const [index, file] of dataset.paths.entries()) {
      const source = `(select ${renamed(dataset.schema)}, file_row_number as row_index from read_parquet(${sqlPath(file)}, file_row_number = true)) as t0`;
      const filter = where ? `where ${compileExpression(where)}` : "";
      await session.run(
        `insert into ${table} select ${outputs.join(", ")} from ${source} ${joined.join(" ")} ${filter} order by ${order}`,
      );
      progress((index + 1) / dataset.paths.length);
    }
    await refuseInexact(session, table, derivation, path);
    if (orderBy.length > 0) {
      const terms = orderBy.map(
        ({ direction }, position) => `k${position} ${direction === "DESCENDING" ? "desc" : "asc"} nulls last`,
      );
      const names = columns.map((_, position) => stagedName(position)).join(", ");
      await session.run(`create table staged as select ${names} from unsorted order by ${terms.join(", ")}, rowid`);
      await session.run("drop table unsorted");
    }
    const [size] = await session.rows("select count(*) from staged");
    const rowCount = Number(size?.[0] ?? 0);
    if (rowCount === 0) throw new DerivedDatasetEmpty([...path, where ? "where" : "joins"]);
    return {
      columns: columns.map(({ name, expression: { type } }) => ({ name, type, nullable: undefined })),
      rowCount,
    };
  } catch (error) {
    throw runFault(error, path);
  }
};
