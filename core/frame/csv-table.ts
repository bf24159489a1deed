// Tables from CSV text and back. Kinds are settled on all values of a column, not on a sample. Behind the door in csv.ts.
import { ArgumentError } from "@millrace/kernels";
import { type CellValue, type Column, type ColumnKind, valueAt } from "./column.ts";
import type { CsvOptions } from "./csv.ts";
import { type CsvField, csvRecords } from "./csv-records.ts";
import { ColumnKindError, FrameError } from "./error.ts";
import { type Frame, frame } from "./frame.ts";
import { columnFrom } from "./rows.ts";

const numberForm = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$|^[+-]?Infinity$|^NaN$/;
/** A leading zero makes an identifier of digits: a postal code, an account. */
const identifierForm = /^[+-]?0\d/;
const dateForm = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Milliseconds since 1970 of an ISO 8601 date or moment, UTC unless it has an offset; undefined for other texts. */
const momentOf = (text: string): Date | undefined => {
  const parts = dateForm.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "0", zone = "Z"] = parts;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const date = `${year}-${month}-${day}`;
  // JavaScript rolls 30 February over to March; a date has to be there.
  const real = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(real.getTime()) || real.toISOString().slice(0, 10) !== date) return undefined;
  const moment = new Date(`${date}T${hour}:${minute}:${second}.${fraction.padEnd(3, "0")}${offset}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
};

type Reader = (text: string) => CellValue | undefined;

/** What a text says as a kind; undefined: nothing. */
const readers: Readonly<Record<ColumnKind, Reader>> = {
  numeric: (text) => (numberForm.test(text) ? Number(text) : undefined),
  boolean: (text) => (/^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined),
  timestamp: momentOf,
  dictionary: (text) => text,
};
const inferred: readonly ColumnKind[] = ["boolean", "numeric", "timestamp"];

const kindOfTexts = (fields: readonly (CsvField | null)[]): ColumnKind => {
  const present = fields.filter((field) => field !== null);
  if (present.length === 0) return "numeric";
  if (present.some(({ text, quoted }) => quoted || identifierForm.test(text))) return "dictionary";
  const says = (kind: ColumnKind): boolean => present.every(({ text }) => readers[kind](text) !== undefined);
  return inferred.find(says) ?? "dictionary";
};

const namesOf = (fields: readonly CsvField[]): string[] => {
  const names = fields.map(({ text }) => text);
  names.forEach((name, place) => {
    if (name === "") throw new FrameError(`the header's field ${place + 1} is empty; every column has a name`);
    if (names.indexOf(name) !== place) throw new FrameError(`the header names "${name}" twice`);
  });
  return names;
};

const checkSeparator = (separator: string): void => {
  if (separator.length !== 1 || '"\r\n'.includes(separator))
    throw new ArgumentError(
      `a separator is one character, no quote and no line break, but got ${JSON.stringify(separator)}`,
    );
};

/** See csv.ts. */
export const frameFromCsv = (text: string, options: CsvOptions = {}): Frame => {
  const { separator = ",", missing = [], kinds = {} } = options;
  checkSeparator(separator);
  const [header, ...records] = csvRecords(text, separator);
  if (!header) throw new FrameError("the text holds no record; its first one names the columns");
  const names = namesOf(header.fields);
  for (const name of Object.keys(kinds))
    if (!names.includes(name))
      throw new ArgumentError(`kinds names a column "${name}", but there are ${names.join(", ")}`);
  for (const { fields, line } of records)
    if (fields.length !== names.length)
      throw new FrameError(`line ${line}: has ${fields.length} fields, but the header has ${names.length}`);
  const absent = new Set(["", ...missing]);
  const columns = names.map((name, place): [string, Column] => {
    const fields = records.map((record) => {
      const field = record.fields[place];
      return field && (field.quoted || !absent.has(field.text)) ? field : null;
    });
    const kind = kinds[name] ?? kindOfTexts(fields);
    const values = fields.map((field, row) => {
      if (!field) return null;
      const value = readers[kind](field.text);
      if (value === undefined)
        throw new ColumnKindError(
          name,
          `line ${records[row]?.line} holds ${JSON.stringify(field.text)}, but ${kind} is wanted`,
        );
      return value;
    });
    return [name, columnFrom(name, values, kind)];
  });
  return frame(new Map(columns), records.length);
};

/** See csv.ts. */
export const toCsv = (table: Frame, { separator = "," }: Pick<CsvOptions, "separator"> = {}): string => {
  checkSeparator(separator);
  const says = (text: string): boolean => inferred.some((kind) => readers[kind](text) !== undefined);
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const field = (text: string): string =>
    text === "" || text.includes(separator) || /["\r\n\uFEFF]/.test(text) || says(text) ? quoted(text) : text;
  const written = (value: CellValue): string => {
    if (value === null) return "";
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
    return typeof value === "string" ? field(value) : String(value);
  };
  const columns = [...table.columns.values()];
  const lines = [[...table.columns.keys()].map(field).join(separator)];
  for (let row = 0; row < table.rowCount; row++)
    lines.push(columns.map((column) => written(valueAt(column, row))).join(separator));
  return `${lines.join("\n")}\n`;
};
