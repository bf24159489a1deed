// Tables behind one another. Dictionaries are merged, so chunks that were read apart fit together.
import { ArgumentError } from "@millrace/kernels";
import {
  booleanColumn,
  type Column,
  type DictionaryColumn,
  dictionaryColumn,
  isValid,
  numericColumn,
  timestampColumn,
} from "./column.ts";
import { ColumnKindError, FrameError } from "./error.ts";
import { columnOf, type Frame } from "./frame.ts";
import { type Bitmap, bitAt, bitmapBytes, setBit } from "./validity.ts";

const joinBits = (parts: readonly Column[], length: number, bit: (part: Column, row: number) => boolean): Bitmap => {
  const bits = new Uint8Array(bitmapBytes(length));
  let offset = 0;
  for (const part of parts) {
    for (let row = 0; row < part.length; row++) if (bit(part, row)) setBit(bits, offset + row);
    offset += part.length;
  }
  return bits;
};

const joinValues = <Values extends Float64Array | Int32Array>(
  parts: readonly (Float64Array | Int32Array)[],
  into: Values,
): Values => {
  let offset = 0;
  for (const part of parts) {
    into.set(part, offset);
    offset += part.length;
  }
  return into;
};

const joinDictionaries = (
  parts: readonly DictionaryColumn[],
  length: number,
  validity: Bitmap | undefined,
): DictionaryColumn => {
  const merged = new Map<string, number>();
  const codes = new Int32Array(length);
  let offset = 0;
  for (const part of parts) {
    const codeOf = Int32Array.from(part.dictionary, (text) => {
      const code = merged.get(text) ?? merged.size;
      merged.set(text, code);
      return code;
    });
    for (let row = 0; row < part.length; row++) codes[offset + row] = codeOf[part.codes[row] ?? -1] ?? 0;
    offset += part.length;
  }
  return dictionaryColumn(codes, [...merged.keys()], validity);
};

const joinColumns = (name: string, parts: readonly Column[]): Column => {
  const [first] = parts;
  if (!first) throw new ArgumentError("concatenateFrames takes at least one table");
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const validity = parts.some((part) => part.validity) ? joinBits(parts, length, isValid) : undefined;
  const alike = <Kind extends Column>(is: (part: Column) => part is Kind): readonly Kind[] => {
    const other = parts.find((part) => !is(part));
    if (other) throw new ColumnKindError(name, `is ${first.kind} in one table and ${other.kind} in another`);
    return parts.filter(is);
  };
  switch (first.kind) {
    case "boolean": {
      alike((part) => part.kind === "boolean");
      const bits = joinBits(parts, length, (part, row) => part.kind === "boolean" && bitAt(part.values, row));
      return booleanColumn(bits, length, validity);
    }
    case "dictionary":
      return joinDictionaries(
        alike((part) => part.kind === "dictionary"),
        length,
        validity,
      );
    case "timestamp": {
      const values = alike((part) => part.kind === "timestamp").map((part) => part.values);
      return timestampColumn(joinValues(values, new Float64Array(length)), validity);
    }
    case "numeric": {
      const values = alike((part) => part.kind === "numeric").map((part) => part.values);
      const integers = values.every((array) => array instanceof Int32Array);
      return integers
        ? numericColumn(joinValues(values, new Int32Array(length)), validity)
        : numericColumn(joinValues(values, new Float64Array(length)), validity);
    }
  }
};

/**
 * The rows of all tables in order. Columns go by name; all tables have the same names and kinds.
 * @throws FrameError when a table has other columns, ColumnKindError when a column changes its kind
 */
export const concatenateFrames = (tables: readonly Frame[]): Frame => {
  const [first] = tables;
  if (!first) throw new ArgumentError("concatenateFrames takes at least one table");
  if (tables.length === 1) return first;
  const names = [...first.columns.keys()];
  for (const table of tables)
    if (table.columns.size !== names.length)
      throw new FrameError(
        `tables that are put together have the same columns, but one has ${names.join(", ")} and another ${[...table.columns.keys()].join(", ")}`,
      );
  const columns = names.map((name): [string, Column] => [
    name,
    joinColumns(
      name,
      tables.map((table) => columnOf(table, name)),
    ),
  ]);
  return { rowCount: tables.reduce((sum, table) => sum + table.rowCount, 0), columns: new Map(columns) };
};
