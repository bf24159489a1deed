// The door between a table and the graph: columns become the arrays that the graph reads, in float64 until the last step.
// Numbers become f32 with their validity beside them, categories become codes in the order of the fitted features.
import type { DType } from "@millrace/kernels";
import { type Column, type ColumnKind, isValid } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import { columnOf, type Frame } from "../frame/frame.ts";
import { bitAt } from "../frame/validity.ts";
import type { HostArray } from "../tensor/host-array.ts";
import { hostArray } from "../tensor/host-array.ts";
import { doorForms } from "./door-forms.ts";
import { encodeCategories, type RowName } from "./encode-categories.ts";
import type { DateFeatures } from "./encoding-specification.ts";
import { InvalidValueError, MissingValueError } from "./error.ts";
import { type FittedPipeline, isMasked, type NumericGroup } from "./fitted.ts";

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
    if (group.kind === "categorical" || group.kind === "table")
      return [{ name: doorNames.codes(i), dtype: "i32", width: 1, shape: (rows) => [rows] }];
    const width = group.kind === "hashed" ? group.featureNames.length : group.origin.length;
    const shape = (rows: number) => [rows, width];
    const numbers: DoorInput = { name: doorNames.numbers(i), dtype: "f32", width, shape };
    return group.kind === "numeric" && isMasked(group)
      ? [numbers, { name: doorNames.present(i), dtype: "bool", width, shape }]
      : [numbers];
  });

/** Arrays by the name of their door input, of `rows` rows. */
export type EncodedRows = Readonly<Record<string, HostArray>>;

/** Zeroed arrays for a number of rows. */
export const allocateRows = (pipeline: FittedPipeline, rows: number): Record<string, HostArray> =>
  Object.fromEntries(doorInputs(pipeline).map((input) => [input.name, hostArray(input.dtype, rows * input.width)]));

/** A column as numbers, by row. */
type Numbers = (row: number) => number;

/** The numbers of a column of a group: its own, or those that its dates give. */
const numbersOf = (
  column: Column,
  name: string,
  fitted: ColumnKind | undefined,
  dates: DateFeatures | undefined,
  rowOf: RowName,
): Numbers[] => {
  if (column.kind !== fitted)
    throw new ColumnKindError(name, `is ${column.kind}, but the pipeline was fitted on ${fitted}`);
  if (dates && column.kind === "timestamp")
    return doorForms()
      .deriveDates(name, column, dates, rowOf)
      .map((values) => (row) => values[row] ?? Number.NaN);
  if (column.kind === "boolean") return [(row) => Number(bitAt(column.values, row))];
  if (column.kind === "numeric") return [(row) => column.values[row] ?? Number.NaN];
  throw new ColumnKindError(name, `is ${column.kind}, which is no number`);
};

const f32Limit = 3.4028235677973366e38;

const encodeNumeric = (
  group: NumericGroup,
  index: number,
  table: Frame,
  into: EncodedRows,
  offset: number,
  rowOf: RowName,
): void => {
  const width = group.origin.length;
  const numbers = into[doorNames.numbers(index)];
  const present = isMasked(group) ? into[doorNames.present(index)] : undefined;
  if (!numbers) return;
  let at = 0;
  group.columns.forEach((name, place) => {
    const column = columnOf(table, name);
    for (const value of numbersOf(column, name, group.columnKinds[place], group.dates, rowOf)) {
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
      at++;
    }
  });
};

/**
 * Writes the rows of a table into arrays, from row `offset` of them on.
 * @param firstRow how messages count: the number of the table's first row, or of each row
 * @param training the rows are those of the fit, by their numbers in its source: targets are encoded without their own
 * @throws UnknownColumnError, ColumnKindError, MissingValueError, UnknownCategoryError, InvalidValueError, each with the
 * column and the row of the table
 */
export const encodeRows = (
  pipeline: FittedPipeline,
  table: Frame,
  into: EncodedRows,
  offset = 0,
  firstRow: number | Uint32Array = 0,
  training = false,
): void => {
  const rowOf = typeof firstRow === "number" ? (row: number) => firstRow + row : (row: number) => firstRow[row] ?? row;
  pipeline.groups.forEach((group, index) => {
    if (group.kind === "numeric") encodeNumeric(group, index, table, into, offset, rowOf);
    else if (group.kind === "hashed") {
      const numbers = into[doorNames.numbers(index)];
      if (numbers) doorForms().encodeHashed(group, columnOf(table, group.column), numbers, offset);
    } else {
      const codes = into[doorNames.codes(index)];
      if (codes) encodeCategories(group, table, codes, offset, rowOf, training);
    }
  });
};
