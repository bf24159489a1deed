// The door between a table and the graph: columns become the arrays that the graph reads, in float64 until the last step.
// Numbers become f32 with their validity beside them, categories become codes in the order of the fitted features.
import type { DType } from "@millrace/kernels";
import { type Column, type ColumnKind, isValid } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import { columnOf, type Frame } from "../frame/frame.ts";
import { type Bitmap, bitAt } from "../frame/validity.ts";
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

/** The numbers of a column of a group: its own, or those that its dates give. */
const numbersOf = (
  column: Column,
  name: string,
  fitted: ColumnKind | undefined,
  dates: DateFeatures | undefined,
  rowOf: RowName,
): readonly (Float64Array | Int32Array)[] => {
  if (column.kind !== fitted)
    throw new ColumnKindError(name, `is ${column.kind}, but the pipeline was fitted on ${fitted}`);
  if (dates && column.kind === "timestamp") return doorForms().deriveDates(name, column, dates, rowOf);
  if (column.kind === "boolean")
    return [Int32Array.from({ length: column.length }, (_, row) => Number(bitAt(column.values, row)))];
  if (column.kind === "numeric") return [column.values];
  throw new ColumnKindError(name, `is ${column.kind}, which is no number`);
};

const f32Limit = 3.4028235677973366e38;

/** Where a column of a group goes: every `width`-th element from `at` on. */
interface Place {
  readonly numbers: Float32Array;
  readonly present: Uint8Array | undefined;
  readonly at: number;
  readonly width: number;
}

/** Writes numbers relative to an origin; the first row that cannot be written, -1 for none. */
const writeNumbers = (
  values: Float64Array | Int32Array,
  validity: Bitmap | undefined,
  origin: number,
  allowMissing: boolean,
  { numbers, present, at, width }: Place,
): number => {
  let target = at;
  for (let row = 0; row < values.length; row++, target += width) {
    const own = validity && !bitAt(validity, row) ? Number.NaN : (values[row] ?? Number.NaN);
    const centred = own - origin;
    if (Math.abs(centred) < f32Limit) {
      numbers[target] = centred;
      if (present) present[target] = 1;
    } else {
      if (!(Number.isNaN(own) && (present || allowMissing))) return row;
      numbers[target] = present ? 0 : own;
      if (present) present[target] = 0;
    }
  }
  return -1;
};

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
  const present = into[doorNames.present(index)];
  if (!(numbers instanceof Float32Array)) return;
  let at = 0;
  group.columns.forEach((name, place) => {
    const column = columnOf(table, name);
    for (const values of numbersOf(column, name, group.columnKinds[place], group.dates, rowOf)) {
      const bad = writeNumbers(values, column.validity, group.origin[at] ?? 0, group.allowMissing === true, {
        numbers,
        present: present instanceof Uint8Array ? present : undefined,
        at: offset * width + at,
        width,
      });
      at++;
      if (bad < 0) continue;
      const own = isValid(column, bad) ? (values[bad] ?? Number.NaN) : Number.NaN;
      throw Number.isNaN(own)
        ? new MissingValueError(name, rowOf(bad), "is missing and no step fills it: add a SimpleImputer to its steps")
        : new InvalidValueError(
            name,
            rowOf(bad),
            `holds ${own}, which float32 cannot: finite numbers below 3.4e38 are wanted`,
          );
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
      if (codes instanceof Int32Array) encodeCategories(group, table, codes, offset, rowOf, training);
    }
  });
};
