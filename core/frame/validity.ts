// Bitmaps in Arrow's bit order: bit i & 7 of byte i >> 3 belongs to row i. They say which values are present, hold boolean
// values, and select rows. Bits past the length are zero in every bitmap made here and are never read.

/** One bit a row. As a validity bitmap 1 is present; an absent bitmap means that every value is. */
export type Bitmap = Uint8Array;

/** Bytes that hold `length` bits. */
export const bitmapBytes = (length: number): number => (length + 7) >> 3;

/** Bit `row`. */
export const bitAt = (bitmap: Bitmap, row: number): boolean => (((bitmap[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;

/** Sets bit `row` to 1. */
export const setBit = (bitmap: Bitmap, row: number): void => {
  bitmap[row >> 3] = (bitmap[row >> 3] ?? 0) | (1 << (row & 7));
};

/**
 * A bitmap of `length` bits from a list of truths or a rule for each row.
 * @example
 * const validity = bitmapFrom([true, false, true]); // Uint8Array [0b101]
 */
export const bitmapFrom = (
  source: readonly boolean[] | ((row: number) => boolean),
  length = typeof source === "function" ? 0 : source.length,
): Bitmap => {
  const bitmap = new Uint8Array(bitmapBytes(length));
  const rule = typeof source === "function" ? source : (row: number) => source[row] === true;
  for (let row = 0; row < length; row++) if (rule(row)) setBit(bitmap, row);
  return bitmap;
};

/** How many of the first `length` bits are 1. */
export const countBits = (bitmap: Bitmap, length: number): number => {
  let count = 0;
  const whole = length >> 3;
  for (let byte = 0; byte < whole; byte++) {
    let bits = bitmap[byte] ?? 0;
    bits -= (bits >> 1) & 0x55;
    bits = (bits & 0x33) + ((bits >> 2) & 0x33);
    count += (bits + (bits >> 4)) & 0x0f;
  }
  for (let row = whole << 3; row < length; row++) if (bitAt(bitmap, row)) count++;
  return count;
};

/** The rows of the first `length` whose bit is `wanted`, ascending. */
export const rowsWhere = (bitmap: Bitmap, length: number, wanted = true): Uint32Array => {
  const ones = countBits(bitmap, length);
  const rows = new Uint32Array(wanted ? ones : length - ones);
  let at = 0;
  for (let row = 0; row < length; row++) if (bitAt(bitmap, row) === wanted) rows[at++] = row;
  return rows;
};

/** Bits [from, to) as a bitmap of their own; shares memory when `from` is a multiple of 8. */
export const sliceBits = (bitmap: Bitmap, from: number, to: number): Bitmap =>
  (from & 7) === 0
    ? bitmap.subarray(from >> 3, (from >> 3) + bitmapBytes(to - from))
    : bitmapFrom((row) => bitAt(bitmap, from + row), to - from);

/** The bits of `rows`, in that order. */
export const takeBits = (bitmap: Bitmap, rows: ArrayLike<number>): Bitmap =>
  bitmapFrom((row) => bitAt(bitmap, rows[row] ?? 0), rows.length);
