// Columns in Arrow layout: one typed array of values and an optional validity bitmap. Plain data, so that a column can be
// posted to a worker; every constructor takes the arrays as they are, without a copy.
import { FrameError } from "./error.ts";
import { type Bitmap, bitAt, bitmapBytes, bitmapFrom, countBits, sliceBits, takeBits } from "./validity.ts";

interface ColumnBase {
  readonly length: number;
  /** 1 is present. Absent: every value is. Values under a 0 bit mean nothing. */
  readonly validity?: Bitmap;
}

/** Numbers: float64, or 32-bit integers. */
export interface NumericColumn extends ColumnBase {
  readonly kind: "numeric";
  readonly values: Float64Array | Int32Array;
}

/** Truths, one bit each in Arrow order. */
export interface BooleanColumn extends ColumnBase {
  readonly kind: "boolean";
  readonly values: Bitmap;
}

/** Text as codes into a list of distinct texts. */
export interface DictionaryColumn extends ColumnBase {
  readonly kind: "dictionary";
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
}

/**
 * Moments as float64 milliseconds since 1970-01-01 UTC, as `Date` counts them: plain arithmetic works on them, and they
 * keep a quarter of a microsecond today.
 */
export interface TimestampColumn extends ColumnBase {
  readonly kind: "timestamp";
  readonly values: Float64Array;
}

/** One column of a frame. */
export type Column = NumericColumn | BooleanColumn | DictionaryColumn | TimestampColumn;
/** What a column's values are. */
export type ColumnKind = Column["kind"];

/** A value as rows hold it; null is missing. */
export type CellValue = number | boolean | string | Date | null;

const checkBits = (name: string, bitmap: Bitmap | undefined, length: number): void => {
  if (bitmap && bitmap.length < bitmapBytes(length))
    throw new FrameError(
      `${name} of ${length} rows takes a bitmap of at least ${bitmapBytes(length)} bytes, but got ${bitmap.length}`,
    );
};

const withValidity = (validity: Bitmap | undefined): { readonly validity?: Bitmap } => (validity ? { validity } : {});

/**
 * A numeric column over an array, without a copy.
 * @throws FrameError when the validity bitmap is too short
 * @example
 * numericColumn(new Float64Array([1, 2, 3]), bitmapFrom([true, false, true]));
 */
export const numericColumn = (values: Float64Array | Int32Array, validity?: Bitmap): NumericColumn => {
  checkBits("the validity of a numeric column", validity, values.length);
  return { kind: "numeric", length: values.length, values, ...withValidity(validity) };
};

/**
 * A boolean column over a bitmap and its length, without a copy, or from a list of truths.
 * @throws FrameError when a bitmap is too short
 */
export const booleanColumn = (
  values: Bitmap | readonly boolean[],
  length = values.length,
  validity?: Bitmap,
): BooleanColumn => {
  const bits = values instanceof Uint8Array ? values : bitmapFrom(values);
  checkBits("the values of a boolean column", bits, length);
  checkBits("the validity of a boolean column", validity, length);
  return { kind: "boolean", length, values: bits, ...withValidity(validity) };
};

/**
 * A text column over codes and their dictionary, without a copy.
 * @throws FrameError naming the row of a present code outside the dictionary, or when the validity bitmap is too short
 */
export const dictionaryColumn = (
  codes: Int32Array,
  dictionary: readonly string[],
  validity?: Bitmap,
): DictionaryColumn => {
  checkBits("the validity of a dictionary column", validity, codes.length);
  const size = dictionary.length;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] ?? -1;
    if ((code < 0 || code >= size) && (!validity || bitAt(validity, row)))
      throw new FrameError(
        `row ${row} of a dictionary column holds code ${code}, but its dictionary has ${size} texts`,
      );
  }
  return { kind: "dictionary", length: codes.length, codes, dictionary, ...withValidity(validity) };
};

/**
 * A timestamp column over float64 milliseconds since 1970-01-01 UTC, without a copy.
 * @throws FrameError when the validity bitmap is too short
 */
export const timestampColumn = (values: Float64Array, validity?: Bitmap): TimestampColumn => {
  checkBits("the validity of a timestamp column", validity, values.length);
  return { kind: "timestamp", length: values.length, values, ...withValidity(validity) };
};

/** True when the row holds a value. NaN is a value here; preprocessing treats it as missing. */
export const isValid = (column: Column, row: number): boolean => !column.validity || bitAt(column.validity, row);

/** How many rows hold a value. */
export const countValid = (column: Column): number =>
  column.validity ? countBits(column.validity, column.length) : column.length;

/** The value of a row as people write it: a number, truth, text or Date; null when missing. */
export const valueAt = (column: Column, row: number): CellValue => {
  if (!isValid(column, row)) return null;
  if (column.kind === "boolean") return bitAt(column.values, row);
  if (column.kind === "dictionary") return column.dictionary[column.codes[row] ?? -1] ?? null;
  const value = column.values[row] ?? Number.NaN;
  return column.kind === "timestamp" ? new Date(value) : value;
};

/** Rows [from, to), sharing the column's memory (bitmaps are shared when `from` is a multiple of 8). */
export const sliceColumn = (column: Column, from: number, to: number): Column => {
  const shared = { length: to - from, ...withValidity(column.validity && sliceBits(column.validity, from, to)) };
  if (column.kind === "boolean") return { ...column, ...shared, values: sliceBits(column.values, from, to) };
  if (column.kind === "dictionary") return { ...column, ...shared, codes: column.codes.subarray(from, to) };
  if (column.kind === "timestamp") return { ...column, ...shared, values: column.values.subarray(from, to) };
  return { ...column, ...shared, values: column.values.subarray(from, to) };
};

/** The given rows, in that order. */
export const takeColumn = (column: Column, rows: ArrayLike<number>): Column => {
  const shared = { length: rows.length, ...withValidity(column.validity && takeBits(column.validity, rows)) };
  const gather = <Values extends Float64Array | Int32Array>(from: Values, into: Values): Values => {
    for (let i = 0; i < rows.length; i++) into[i] = from[rows[i] ?? 0] ?? 0;
    return into;
  };
  if (column.kind === "boolean") return { ...column, ...shared, values: takeBits(column.values, rows) };
  if (column.kind === "dictionary")
    return { ...column, ...shared, codes: gather(column.codes, new Int32Array(rows.length)) };
  if (column.kind === "timestamp")
    return { ...column, ...shared, values: gather(column.values, new Float64Array(rows.length)) };
  const { values } = column;
  const taken =
    values instanceof Int32Array
      ? gather(values, new Int32Array(rows.length))
      : gather(values, new Float64Array(rows.length));
  return { ...column, ...shared, values: taken };
};
