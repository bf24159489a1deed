// From raw columns to typed rows: settles each column's type, finds the first value that does not fit, and makes the
// session's table `staged`. Every format ends here, so that a type means the same whatever file it came from.
import type { InputPath } from "../domain/error.ts";
import { type Conversion, convertText, convertTyped, naturalType, type TextClass, textClass } from "./conversion.ts";
import {
  DatasetFileColumnName,
  DatasetFileDuplicateColumn,
  DatasetFileEmpty,
  type DatasetFileError,
  DatasetFileIntegerOutOfRange,
  DatasetFileMissingValue,
  DatasetFileUnknownColumn,
  DatasetFileUnsupportedType,
  DatasetFileWrongType,
  type FilePlace,
} from "./errors.ts";
import { MOST_QUARANTINED_ROWS, type Quarantine } from "./quarantine.ts";
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
  /** Where rows are in the file, for messages. Slow: called for faults only. */
  locate(rowIndexes: readonly number[]): Promise<ReadonlyMap<number, LocatedRow>>;
};

/** Where a row is, and how it is written there in a format that is text. */
export type LocatedRow = { readonly place: FilePlace; readonly text?: string | undefined };

/** The places of rows in a format that has no lines. */
export const locateRecords = async (rowIndexes: readonly number[]): Promise<ReadonlyMap<number, LocatedRow>> =>
  new Map(rowIndexes.map((rowIndex) => [rowIndex, { place: { record: rowIndex + 1 } }]));

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

/** Columns that one statement looks at: a statement over 3,000 takes minutes and gigabytes to plan. */
const COLUMNS_TOGETHER = 64;

const inGroups = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / COLUMNS_TOGETHER) }, (_, group) =>
    items.slice(group * COLUMNS_TOGETHER, (group + 1) * COLUMNS_TOGETHER),
  );

const censusOfGroup = async (session: Session, raw: RawTable, columns: readonly RawColumn[]): Promise<Census[]> => {
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

const census = async (session: Session, raw: RawTable, columns: readonly RawColumn[]): Promise<Census[]> => {
  const found: Census[] = [];
  for (const group of inGroups(columns)) found.push(...(await censusOfGroup(session, raw, group)));
  return found;
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

/** SQL that is true where a value is there and does not fit its column's type. */
const wrongType = ({ raw: { value }, conversion: { valid } }: Settled): string | undefined =>
  valid && `(${value} is not null and not coalesce(${valid}, false))`;

/** SQL that is true where a value does not fit its column, or is missing where it must not be; undefined where none can. */
const misfit = (column: Settled): string | undefined => {
  const { declared, conversion } = column;
  const wrong = wrongType(column);
  const absent = declared?.nullable === false ? `(${conversion.value}) is null` : undefined;
  const both = [wrong, absent].filter((condition) => condition !== undefined);
  return both.length === 0 ? undefined : `(${both.join(" or ")})`;
};

type Misfit = {
  readonly column: Settled;
  readonly value: unknown;
  isWrong: boolean;
  isNested: boolean;
  isOutOfRange: boolean;
};

const misfitError = (request: ReadRequest, misfit: Misfit, place: FilePlace): DatasetFileError => {
  const { name, path } = request;
  const { raw, evidence, conversion } = misfit.column;
  if (!misfit.isWrong) return new DatasetFileMissingValue(name, { ...place, column: raw.name }, path);
  const at = { ...place, column: raw.name, value: String(misfit.value) };
  if (misfit.isNested && conversion.type === "TEXT") {
    return new DatasetFileUnsupportedType(name, "a list or object", at, path);
  }
  return misfit.isOutOfRange
    ? new DatasetFileIntegerOutOfRange(name, at, path)
    : new DatasetFileWrongType(name, conversion.type, evidence, at, path);
};

/** The first rows of a group of columns with a value that does not fit, each by its first such column. */
const misfitsOfGroup = async (
  session: Session,
  raw: RawTable,
  checked: readonly { readonly column: Settled; readonly condition: string }[],
  most: number,
): Promise<[number, Misfit][]> => {
  const choose = (of: (column: Settled) => string) =>
    `case ${checked.map(({ column, condition }) => `when ${condition} then ${of(column)}`).join(" ")} end`;
  const positions = new Map(checked.map(({ column }, position) => [column, position]));
  const found = await session.rows(`
    select ${raw.rowIndex}, ${choose((column) => String(positions.get(column)))},
      ${choose(({ raw: { value } }) => `${value}::varchar`)},
      ${choose((column) => wrongType(column) ?? "false")},
      ${choose(({ raw: column }) => (column.kind === "json" ? `coalesce(${column.form} = 2, false)` : "false"))},
      ${choose(({ conversion }) => conversion.outOfRange ?? "false")}
    from ${raw.table} where ${checked.map(({ condition }) => condition).join(" or ")} order by 1 limit ${most}`);
  return found.flatMap(([row, position, value, isWrong, isNested, isOutOfRange]): [number, Misfit][] => {
    const column = checked[Number(position)]?.column;
    if (!column) return [];
    const is = { isWrong: isWrong === true, isNested: isNested === true, isOutOfRange: isOutOfRange === true };
    return [[Number(row), { column, value, ...is }]];
  });
};

/** Sets aside each row with a value that does not fit, told by its first such column, and gives the rows' indexes. */
const setMisfitsAside = async (
  session: Session,
  request: ReadRequest,
  quarantine: Quarantine,
  raw: RawTable,
  settled: readonly Settled[],
): Promise<number[]> => {
  const checked = settled.flatMap((column) => {
    const condition = misfit(column);
    return condition === undefined ? [] : [{ column, condition }];
  });
  const most = quarantine.isOpen ? MOST_QUARANTINED_ROWS + 1 : 1;
  const misfits = new Map<number, Misfit>();
  for (const group of inGroups(checked)) {
    for (const [row, found] of await misfitsOfGroup(session, raw, group, most)) {
      if (!misfits.has(row)) misfits.set(row, found);
    }
  }
  const rows = [...misfits.keys()].sort((left, right) => left - right).slice(0, most);
  const places = rows.length === 0 ? undefined : await raw.locate(rows);
  for (const row of rows) {
    const found = misfits.get(row);
    const { place, text } = places?.get(row) ?? { place: { record: row + 1 } };
    if (found) quarantine.add(misfitError(request, found, place), text);
  }
  return rows;
};

/** The type that a column is taken for from elsewhere; whole numbers among which fractions have come are FLOAT. */
const hinted = ({ hints }: ReadRequest, name: string, count: Census): DeclaredColumn | undefined => {
  const hint = hints?.find((column) => column.name === name);
  return hint?.type === "INTEGER" && inferType(count) === "FLOAT" ? { ...hint, type: "FLOAT" } : hint;
};

/**
 * Types the raw rows and makes the table `staged` from them.
 *
 * @throws DatasetFileEmpty, DatasetFileDuplicateColumn, DatasetFileUnknownColumn, DatasetFileUnsupportedType,
 * DatasetFileWrongType, DatasetFileIntegerOutOfRange, DatasetFileMissingValue, DatasetFileTooManyBadRows
 */
export const stageRaw = async (
  session: Session,
  request: ReadRequest,
  quarantine: Quarantine,
  raw: RawTable,
): Promise<StagedRows> => {
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
    else if (count) settled.push(settleText(column, declaration ?? hinted(request, column.name, count), count));
  }
  const misfits = await setMisfitsAside(session, request, quarantine, raw, settled);
  const values = settled.map(
    ({ conversion }, position) => `${conversion.value}::${stagedType[conversion.type]} as ${stagedName(position)}`,
  );
  let fitting = "";
  if (misfits.length > 0) {
    await session.run(`create table misfit as select unnest([${misfits.join(", ")}]) as row_index`);
    fitting = `where ${raw.rowIndex} not in (select row_index from misfit) order by ${raw.rowIndex}`;
  }
  await session.run(`create table staged as select ${values.join(", ")} from ${raw.table} ${fitting}`);
  const goodRows = rowCount - misfits.length;
  const quarantined = quarantine.settle(goodRows);
  if (goodRows === 0) throw new DatasetFileEmpty(request.name, "has no row that fits", request.path);
  const columns: StagedColumn[] = settled.map(({ raw: { name }, declared: declaration, conversion }) => ({
    name,
    type: conversion.type,
    nullable: declaration === undefined ? undefined : (declaration.nullable ?? true),
  }));
  return { columns, rowCount: goodRows, quarantined };
};
