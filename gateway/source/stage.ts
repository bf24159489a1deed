// From raw columns to typed rows: settles each column's type, finds the first value that does not fit, and makes the
// session's table `staged`. Every format ends here, so that a type means the same whatever file it came from.
import type { InputPath } from "../domain/error.ts";
import { type Conversion, convertText, convertTyped, naturalType, type TextClass, textClass } from "./conversion.ts";
import {
  DatasetFileColumnName,
  DatasetFileDuplicateColumn,
  DatasetFileEmpty,
  DatasetFileIntegerOutOfRange,
  DatasetFileMissingValue,
  DatasetFileUnknownColumn,
  DatasetFileUnsupportedType,
  DatasetFileWrongType,
  type FilePlace,
} from "./errors.ts";
import {
  type ColumnTypeName,
  type DeclaredColumn,
  type ReadRequest,
  type StagedColumn,
  type StagedRows,
  stagedName,
  stagedType,
} from "./schema.ts";
import type { Session } from "./session.ts";

/** A column as a reader found it. */
export type RawColumn =
  /** Text whose type is to be inferred: `value` is SQL for it, missing values already NULL. */
  | { readonly kind: "text"; readonly name: string; readonly value: string }
  /** A JSON value: `value` is its text, `form` SQL for 0 a string, 1 another scalar, 2 a list or object. */
  | { readonly kind: "json"; readonly name: string; readonly value: string; readonly form: string }
  /** A column that has a type in its file. */
  | { readonly kind: "typed"; readonly name: string; readonly value: string; readonly duckdbType: string };

/** Raw rows in a table or view of the session. */
export type RawTable = {
  readonly table: string;
  /** SQL for a row's position in file order, from 0. */
  readonly rowIndex: string;
  readonly columns: readonly RawColumn[];
  /** Where a row is in the file, for messages. Slow: called for a fault only. */
  locate(rowIndex: number): Promise<FilePlace>;
};

type Settled = {
  readonly raw: RawColumn;
  readonly declared: DeclaredColumn | undefined;
  readonly conversion: Conversion;
  readonly evidence: string;
};

/** Refuses columns without names and names that come twice. */
export const checkNames = (request: ReadRequest, names: readonly string[]): void => {
  const seen = new Map<string, number>();
  for (const [position, name] of names.entries()) {
    if (name.trim() === "") throw new DatasetFileColumnName(request.name, position + 1, "has no name", request.path);
    if (name.includes("\0"))
      throw new DatasetFileColumnName(request.name, position + 1, "has a NUL in its name", request.path);
    const earlier = seen.get(name.toLowerCase());
    if (earlier !== undefined) {
      throw new DatasetFileDuplicateColumn(request.name, name, [earlier + 1, position + 1], request.path);
    }
    seen.set(name.toLowerCase(), position);
  }
};

const declarations = (request: ReadRequest, names: readonly string[]): Map<string, DeclaredColumn> => {
  const declared = new Map<string, DeclaredColumn>();
  for (const [index, column] of (request.options.columns ?? []).entries()) {
    const path: InputPath = [...request.optionsPath, "columns", index, "name"];
    if (!names.includes(column.name)) throw new DatasetFileUnknownColumn(request.name, column.name, names, path);
    if (declared.has(column.name))
      throw new DatasetFileDuplicateColumn(request.name, column.name, [], path, { column: column.name });
    declared.set(column.name, column);
  }
  return declared;
};

const jsonClass = (column: RawColumn & { kind: "json" }): string => `case
  when ${column.value} is null then null when ${column.form} = 2 then 'NESTED'
  when ${column.form} = 0 then case when (${textClass(column.value)}) = 'TIMESTAMP' then 'TIMESTAMP' else 'TEXT' end
  else ${textClass(column.value)} end`;

const counted: readonly (TextClass | "NESTED")[] = [
  "INTEGER",
  "LARGE_INTEGER",
  "LEADING_ZERO",
  "FLOAT",
  "BOOLEAN",
  "TIMESTAMP",
  "TEXT",
  "NESTED",
];
type Census = Readonly<Record<TextClass | "NESTED", number>>;

const census = async (session: Session, raw: RawTable, columns: readonly RawColumn[]): Promise<Census[]> => {
  if (columns.length === 0) return [];
  const classes = columns.map((column, position) =>
    column.kind === "json" ? `${jsonClass(column)} as k${position}` : `${textClass(column.value)} as k${position}`,
  );
  const counts = columns.flatMap((_, position) => counted.map((name) => `count_if(k${position} = '${name}')`));
  const [row = []] = await session.rows(
    `select ${counts.join(", ")} from (select ${classes.join(", ")} from ${raw.table})`,
  );
  return columns.map((_, position) => {
    const at = (index: number) => Number(row[position * counted.length + index] ?? 0);
    return {
      INTEGER: at(0),
      LARGE_INTEGER: at(1),
      LEADING_ZERO: at(2),
      FLOAT: at(3),
      BOOLEAN: at(4),
      TIMESTAMP: at(5),
      TEXT: at(6),
      NESTED: at(7),
    };
  });
};

/**
 * The type of an undeclared column of text: the narrowest that at least half of its values hold. Values that do not
 * hold it are then faults to be told, not a reason to make a column of numbers text in silence. A digit string with a
 * leading zero, or an integer beyond 2^53 - 1 without any fraction beside it, makes the column TEXT: as numbers they
 * would lose digits. A column without values is TEXT.
 */
export const inferType = (count: Census): ColumnTypeName => {
  const total = counted.reduce((sum, name) => sum + count[name], 0);
  const numbers = count.INTEGER + count.LARGE_INTEGER + count.FLOAT;
  if (total === 0 || count.LEADING_ZERO > 0) return "TEXT";
  if (numbers * 2 >= total) return count.FLOAT > 0 ? "FLOAT" : count.LARGE_INTEGER > 0 ? "TEXT" : "INTEGER";
  if (count.BOOLEAN * 2 >= total) return "BOOLEAN";
  return count.TIMESTAMP * 2 >= total ? "TIMESTAMP" : "TEXT";
};

const holding = (count: Census, type: ColumnTypeName): number => {
  if (type === "FLOAT") return count.INTEGER + count.LARGE_INTEGER + count.FLOAT;
  return type === "TEXT" ? 0 : count[type];
};

const settleText = (raw: RawColumn, declared: DeclaredColumn | undefined, count: Census): Settled => {
  const type = declared?.type ?? inferType(count);
  const conversion = convertText(raw.value, type);
  const total = counted.reduce((sum, name) => sum + count[name], 0);
  if (declared === undefined && type !== "TEXT" && holding(count, type) === total) {
    return { raw, declared, evidence: "", conversion: { type, value: conversion.value } };
  }
  const evidence = declared
    ? `The column is declared ${type}.`
    : `The column was taken for ${type}, which ${holding(count, type)} of its ${total} values are.`;
  if (raw.kind === "json" && (type !== "TEXT" || declared === undefined)) {
    // Undeclared, a JSON string is no number and a JSON number is no time; declared, the text of either is read.
    const inferred = type === "TEXT" ? "< 2" : type === "TIMESTAMP" ? "= 0" : "= 1";
    const form = `${raw.form} ${declared ? "< 2" : inferred}`;
    const valid = conversion.valid ? `(${form} and ${conversion.valid})` : form;
    return { raw, declared, evidence, conversion: { ...conversion, valid } };
  }
  return { raw, declared, evidence, conversion };
};

const hasMisfits = async (
  session: Session,
  raw: RawTable,
  column: RawColumn,
  conversion: Conversion,
): Promise<boolean> => {
  if (conversion.valid === undefined) return false;
  const [row] = await session.rows(
    `select count(*) from ${raw.table} where ${column.value} is not null and not ${conversion.valid}`,
  );
  return Number(row?.[0] ?? 0) > 0;
};

const settleTyped = async (
  session: Session,
  request: ReadRequest,
  raw: RawTable,
  column: RawColumn & { kind: "typed" },
  declared: DeclaredColumn | undefined,
): Promise<Settled> => {
  const natural = naturalType(column.duckdbType);
  const type = declared?.type ?? natural;
  const conversion = type && convertTyped(column.value, column.duckdbType, type);
  if (!conversion) {
    throw new DatasetFileUnsupportedType(request.name, column.duckdbType, { column: column.name }, request.path);
  }
  const evidence = declared ? `The column is declared ${type}.` : `The column is ${column.duckdbType} in the file.`;
  if (declared === undefined && type === "INTEGER" && (await hasMisfits(session, raw, column, conversion))) {
    return { raw: column, declared, evidence, conversion: { type: "TEXT", value: `${column.value}::varchar` } };
  }
  return { raw: column, declared, evidence, conversion };
};

/** Tells the first value, in file order and then column order, that does not fit. */
const refuseMisfits = async (
  session: Session,
  request: ReadRequest,
  raw: RawTable,
  settled: readonly Settled[],
): Promise<void> => {
  const checked = settled.filter(({ conversion }) => conversion.valid !== undefined);
  if (checked.length === 0) return;
  const firsts = checked.map(
    ({ raw: { value }, conversion }) =>
      `min(case when ${value} is not null and not coalesce(${conversion.valid}, false) then ${raw.rowIndex} end)`,
  );
  const [row = []] = await session.rows(`select ${firsts.join(", ")} from ${raw.table}`);
  let worst: { rowIndex: number; column: Settled } | undefined;
  for (const [position, column] of checked.entries()) {
    const found = row[position];
    if (found === null || found === undefined) continue;
    const rowIndex = Number(found);
    if (worst === undefined || rowIndex < worst.rowIndex) worst = { rowIndex, column };
  }
  if (worst === undefined) return;
  const { rowIndex, column } = worst;
  const nested = column.raw.kind === "json" ? `${column.raw.form} = 2` : "false";
  const [fault = []] = await session.rows(
    `select ${column.raw.value}::varchar, ${nested}, ${column.conversion.outOfRange ?? "false"} from ${raw.table} where ${raw.rowIndex} = ${rowIndex}`,
  );
  const place = { ...(await raw.locate(rowIndex)), column: column.raw.name, value: String(fault[0]) };
  if (fault[1] === true && column.conversion.type === "TEXT") {
    throw new DatasetFileUnsupportedType(request.name, "a list or object", place, request.path);
  }
  if (fault[2] === true) throw new DatasetFileIntegerOutOfRange(request.name, place, request.path);
  throw new DatasetFileWrongType(request.name, column.conversion.type, column.evidence, place, request.path);
};

const refuseMissing = async (
  session: Session,
  request: ReadRequest,
  raw: RawTable,
  settled: readonly Settled[],
): Promise<void> => {
  for (const [position, { declared, raw: column }] of settled.entries()) {
    if (declared?.nullable !== false) continue;
    const [row] = await session.rows(`select min(rowid) from staged where ${stagedName(position)} is null`);
    const rowIndex = row?.[0];
    if (rowIndex === null || rowIndex === undefined) continue;
    const place = { ...(await raw.locate(Number(rowIndex))), column: column.name };
    throw new DatasetFileMissingValue(request.name, place, request.path);
  }
};

/**
 * Types the raw rows and makes the table `staged` from them.
 *
 * @throws DatasetFileEmpty, DatasetFileDuplicateColumn, DatasetFileUnknownColumn, DatasetFileUnsupportedType,
 * DatasetFileWrongType, DatasetFileIntegerOutOfRange, DatasetFileMissingValue
 */
export const stageRaw = async (session: Session, request: ReadRequest, raw: RawTable): Promise<StagedRows> => {
  const names = raw.columns.map((column) => column.name);
  if (names.length === 0) throw new DatasetFileEmpty(request.name, "has no columns", request.path);
  checkNames(request, names);
  const declared = declarations(request, names);
  const [size] = await session.rows(`select count(*) from ${raw.table}`);
  const rowCount = Number(size?.[0] ?? 0);
  if (rowCount === 0) throw new DatasetFileEmpty(request.name, "has columns but no row", request.path);

  const textual = raw.columns.filter((column) => column.kind !== "typed");
  const counts = new Map<RawColumn | undefined, Census>(
    (await census(session, raw, textual)).map((count, index) => [textual[index], count]),
  );
  const settled: Settled[] = [];
  for (const column of raw.columns) {
    const count = counts.get(column);
    const declaration = declared.get(column.name);
    if (column.kind === "typed") settled.push(await settleTyped(session, request, raw, column, declaration));
    else if (count) settled.push(settleText(column, declaration, count));
  }
  await refuseMisfits(session, request, raw, settled);
  const values = settled.map(
    ({ conversion }, position) => `${conversion.value}::${stagedType[conversion.type]} as ${stagedName(position)}`,
  );
  await session.run(`create table staged as select ${values.join(", ")} from ${raw.table}`);
  await refuseMissing(session, request, raw, settled);
  const columns: StagedColumn[] = settled.map(({ raw: { name }, declared: declaration, conversion }) => ({
    name,
    type: conversion.type,
    nullable: declaration === undefined ? undefined : (declaration.nullable ?? true),
  }));
  return { columns, rowCount };
};
