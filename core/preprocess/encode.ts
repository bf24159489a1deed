// The door between a table and the graph: columns become the arrays that the graph reads, in float64 until the last step.
// Numbers become f32 with their validity beside them, categories become codes in the order of the fitted features.
import type { DType } from "@millrace/kernels";
import { type Column, type ColumnKind, isValid, valueAt } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import { columnOf, type Frame } from "../frame/frame.ts";
import { bitAt } from "../frame/validity.ts";
import type { HostArray } from "../tensor/host-array.ts";
import { hostArray } from "../tensor/host-array.ts";
import { InvalidValueError, MissingValueError, UnknownCategoryError } from "./error.ts";
import { type CategoricalColumn, type FittedPipeline, isMasked, type NumericGroup } from "./fitted.ts";
import type { Category } from "./statistics.ts";

/** An array that the graph reads: [rows, width], or [rows] for codes. */
export interface DoorInput {
  readonly name: string;
  readonly dtype: DType;
  /** Values a row. */
  readonly width: number;
  /** The shape of the tensor for a number of rows. */
  readonly shape: (rows: number) => readonly number[];
}

/** Names of the graph's inputs for a group of a fitted pipeline. */
export const doorNames = {
  numbers: (group: number): string => `numbers:${group}`,
  present: (group: number): string => `present:${group}`,
  codes: (group: number): string => `codes:${group}`,
} as const;

/** The arrays that a fitted pipeline's graph reads, in order. */
export const doorInputs = (pipeline: FittedPipeline): DoorInput[] =>
  pipeline.groups.flatMap((group, i): DoorInput[] => {
    if (group.kind === "categorical")
      return [{ name: doorNames.codes(i), dtype: "i32", width: 1, shape: (rows) => [rows] }];
    const width = group.columns.length;
    const shape = (rows: number) => [rows, width];
    const numbers: DoorInput = { name: doorNames.numbers(i), dtype: "f32", width, shape };
    return isMasked(group) ? [numbers, { name: doorNames.present(i), dtype: "bool", width, shape }] : [numbers];
  });

/** Arrays by the name of their door input, of `rows` rows. */
export type EncodedRows = Readonly<Record<string, HostArray>>;

/** Zeroed arrays for a number of rows. */
export const allocateRows = (pipeline: FittedPipeline, rows: number): Record<string, HostArray> =>
  Object.fromEntries(doorInputs(pipeline).map((input) => [input.name, hostArray(input.dtype, rows * input.width)]));

const numberAt = (column: Column, name: string, fitted: ColumnKind | undefined): ((row: number) => number) => {
  if (column.kind !== fitted)
    throw new ColumnKindError(name, `is ${column.kind}, but the pipeline was fitted on ${fitted}`);
  if (column.kind === "boolean") return (row) => Number(bitAt(column.values, row));
  if (column.kind === "numeric") return (row) => column.values[row] ?? Number.NaN;
  throw new ColumnKindError(name, `is ${column.kind}, which is no number`);
};

const f32Limit = 3.4028235677973366e38;

/** The row that a message names for a row of the table. */
type RowName = (row: number) => number;

const encodeNumeric = (
  group: NumericGroup,
  index: number,
  table: Frame,
  into: EncodedRows,
  offset: number,
  rowOf: RowName,
): void => {
  const width = group.columns.length;
  const numbers = into[doorNames.numbers(index)];
  const present = isMasked(group) ? into[doorNames.present(index)] : undefined;
  if (!numbers) return;
  group.columns.forEach((name, at) => {
    const column = columnOf(table, name);
    const value = numberAt(column, name, group.columnKinds[at]);
    const origin = group.origin[at] ?? 0;
    for (let row = 0, target = offset * width + at; row < table.rowCount; row++, target += width) {
      const own = isValid(column, row) ? value(row) : Number.NaN;
      if (Number.isNaN(own)) {
        if (!present && group.allowMissing) {
          numbers[target] = Number.NaN;
          continue;
        }
        if (!present)
          throw new MissingValueError(
            name,
            rowOf(row),
            "is missing and no step fills it: add a SimpleImputer to its steps",
          );
        numbers[target] = 0;
        present[target] = 0;
        continue;
      }
      const centred = own - origin;
      if (!(Math.abs(centred) < f32Limit))
        throw new InvalidValueError(
          name,
          rowOf(row),
          `holds ${own}, which float32 cannot: finite numbers below 3.4e38 are wanted`,
        );
      numbers[target] = centred;
      if (present) present[target] = 1;
    }
  });
};

/** Code of a missing value at the door; the graph puts what stands for it in its place. */
export const missingCode = -1;
/** Code of an unknown category that is ignored. */
export const unknownCode = -2;

const codeOfCategory = (group: CategoricalColumn): ((category: Category, row: number) => number) => {
  const codes = new Map(group.categories.map((category, code) => [category, code]));
  return (category, row) => {
    const code = codes.get(category);
    if (code !== undefined) return code;
    if (group.handleUnknown === "ignore") return unknownCode;
    const shown = group.categories.slice(0, 12).map((known) => JSON.stringify(known));
    throw new UnknownCategoryError(
      group.column,
      row,
      `${JSON.stringify(category)} is no category of the training rows, which are ${shown.join(", ")}${
        group.categories.length > shown.length ? " and others" : ""
      }; give one of them, or fit with handleUnknown "ignore"`,
    );
  };
};

const encodeCategorical = (
  group: CategoricalColumn,
  index: number,
  table: Frame,
  into: EncodedRows,
  offset: number,
  rowOf: RowName,
): void => {
  const codes = into[doorNames.codes(index)];
  const name = group.column;
  const column = columnOf(table, name);
  if (!codes) return;
  // A column without any value has no kind of its own when it comes from row objects.
  const mixed = column.kind !== group.columnKind;
  const codeOf = codeOfCategory(group);
  const byDictionary = new Int32Array(column.kind === "dictionary" ? column.dictionary.length : 0).fill(-3);
  for (let row = 0; row < table.rowCount; row++) {
    const missing = !isValid(column, row) || (column.kind === "numeric" && Number.isNaN(column.values[row]));
    if (missing) {
      if (group.missingCode === null && group.handleUnknown === "error")
        throw new MissingValueError(
          name,
          rowOf(row),
          'is missing, and no training row was: add a SimpleImputer, or fit with handleUnknown "ignore"',
        );
      codes[offset + row] = missingCode;
      continue;
    }
    if (mixed) throw new ColumnKindError(name, `is ${column.kind}, but the pipeline was fitted on ${group.columnKind}`);
    if (column.kind === "dictionary") {
      const own = column.codes[row] ?? 0;
      if (byDictionary[own] === -3) byDictionary[own] = codeOf(column.dictionary[own] ?? "", rowOf(row));
      codes[offset + row] = byDictionary[own] ?? unknownCode;
    } else {
      const value = column.kind === "numeric" ? (column.values[row] ?? 0) : valueAt(column, row) === true;
      codes[offset + row] = codeOf(value, rowOf(row));
    }
  }
};

/**
 * Writes the rows of a table into arrays, from row `offset` of them on.
 * @param firstRow how messages count: the number of the table's first row, or of each row
 * @throws UnknownColumnError, ColumnKindError, MissingValueError, UnknownCategoryError, InvalidValueError, each with the
 * column and the row of the table
 */
export const encodeRows = (
  pipeline: FittedPipeline,
  table: Frame,
  into: EncodedRows,
  offset = 0,
  firstRow: number | Uint32Array = 0,
): void => {
  const rowOf = typeof firstRow === "number" ? (row: number) => firstRow + row : (row: number) => firstRow[row] ?? row;
  pipeline.groups.forEach((group, index) => {
    if (group.kind === "numeric") encodeNumeric(group, index, table, into, offset, rowOf);
    else encodeCategorical(group, index, table, into, offset, rowOf);
  });
};
