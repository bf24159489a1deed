// Tables from row objects, the form in which people and JSON hold small ones.
import {
  booleanColumn,
  type Column,
  type ColumnKind,
  dictionaryColumn,
  numericColumn,
  timestampColumn,
} from "./column.ts";
import { ColumnKindError } from "./error.ts";
import { type Frame, frame } from "./frame.ts";
import { bitmapFrom } from "./validity.ts";

const kindOf = (value: unknown): ColumnKind | undefined => {
  if (typeof value === "number" || typeof value === "bigint") return "numeric";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "dictionary";
  return value instanceof Date ? "timestamp" : undefined;
};

const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined;

/** The one kind of all present values; numeric when there is none. */
const kindOfAll = (name: string, values: readonly unknown[]): ColumnKind => {
  let kind: ColumnKind | undefined;
  values.forEach((value, row) => {
    if (isMissing(value)) return;
    const own = kindOf(value);
    if (!own)
      throw new ColumnKindError(
        name,
        `row ${row} holds a value of type ${typeof value}; a cell is a number, boolean, string, Date or null`,
      );
    if (kind && own !== kind)
      throw new ColumnKindError(name, `row ${row} is ${own} but rows before it are ${kind}; a column has one kind`);
    kind = own;
  });
  return kind ?? "numeric";
};

/**
 * A column of plain values; null and undefined are missing.
 * @param kind the kind wanted; without it the values decide, and a column without values is numeric
 * @throws ColumnKindError naming the row where kinds mix
 */
export const columnFrom = (name: string, values: readonly unknown[], kind = kindOfAll(name, values)): Column => {
  const validity = values.some(isMissing) ? bitmapFrom((row) => !isMissing(values[row]), values.length) : undefined;
  values.forEach((value, row) => {
    if (!isMissing(value) && kindOf(value) !== kind)
      throw new ColumnKindError(
        name,
        `row ${row} holds ${JSON.stringify(value) ?? typeof value}, but ${kind} is wanted`,
      );
  });
  if (kind === "boolean") {
    return booleanColumn(
      bitmapFrom((row) => values[row] === true, values.length),
      values.length,
      validity,
    );
  }
  if (kind === "dictionary") {
    const dictionary = new Map<string, number>();
    const codes = Int32Array.from(values, (value) => {
      if (typeof value !== "string") return 0;
      const code = dictionary.get(value) ?? dictionary.size;
      dictionary.set(value, code);
      return code;
    });
    return dictionaryColumn(codes, [...dictionary.keys()], validity);
  }
  const numbers = Float64Array.from(values, (value) =>
    isMissing(value) ? Number.NaN : value instanceof Date ? value.getTime() : Number(value),
  );
  return kind === "timestamp" ? timestampColumn(numbers, validity) : numericColumn(numbers, validity);
};

/**
 * A table from row objects. Columns are the fields in the order in which they first come; a field that a row lacks, null
 * and undefined are missing. Numbers become float64, strings a dictionary, Dates timestamps.
 * @throws ColumnKindError naming the row where the kinds of one column mix
 * @example
 * const penguins = frameFromRows([{ island: "Dream", mass: 3750 }, { island: null, mass: null }]);
 */
export const frameFromRows = (rows: readonly Readonly<Record<string, unknown>>[]): Frame => {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const columns = [...names].map((name): [string, Column] => [
    name,
    columnFrom(
      name,
      rows.map((row) => row[name]),
    ),
  ]);
  return frame(new Map(columns), rows.length);
};
