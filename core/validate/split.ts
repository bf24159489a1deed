// A split is a value: which rows are held out, how they were chosen, and a hash over both. Equal rows under equal options
// give an equal hash on every machine.
import { ArgumentError } from "@millrace/kernels";
import { type Bitmap, bitmapBytes, countBits, setBit } from "../frame/validity.ts";
import { LabelError, SplitError } from "./error.ts";
import type { FoldOf, SideOf } from "./folds.ts";
import { checkSeed, randomStream, shuffle } from "./random-stream.ts";
import { canonicalJson, sha256 } from "./sha256.ts";

/** Rows chosen at random; with `stratify` each class keeps its share. `fraction` is the part held out. */
export interface HoldOut {
  readonly kind: "HoldOut";
  readonly fraction: number;
  readonly stratify: boolean;
  readonly seed: number;
}

/** The rows that come last by a timestamp or numeric column. Rows of one moment stay on one side. */
export interface TimeOrdered {
  readonly kind: "TimeOrdered";
  readonly column: string;
  readonly fraction: number;
}

/** No row is held out: for data whose quality is judged elsewhere. */
export interface NoHoldOut {
  readonly kind: "NoHoldOut";
}

/** How rows are chosen to be held out. */
export type SplitSpecification = HoldOut | TimeOrdered | NoHoldOut;

/** Which rows are held out, as a value with a hash. */
export interface Split {
  readonly specification: SplitSpecification | FoldOf | SideOf;
  readonly rowCount: number;
  /** 1 is held out. */
  readonly heldOut: Bitmap;
  readonly heldOutCount: number;
  /** 1 is on neither side: of a gap before held-out rows, or kept for another judgement. Left out where there is none. */
  readonly unused?: Bitmap | undefined;
  /** SHA-256, hexadecimal, over the specification, the row count and the bitmaps. */
  readonly hash: string;
}

/** Options of a random hold-out: a fraction of 0.25, stratified, seed 0, unless said otherwise. */
export const holdOut = (options: Partial<Omit<HoldOut, "kind">> = {}): HoldOut => ({
  kind: "HoldOut",
  fraction: options.fraction ?? 0.25,
  stratify: options.stratify ?? true,
  seed: options.seed ?? 0,
});

/** Options of a split by time: the last quarter is held out, unless said otherwise. */
export const timeOrdered = (column: string, fraction = 0.25): TimeOrdered => ({
  kind: "TimeOrdered",
  column,
  fraction,
});

/** Hash of a split's content. */
export const splitHash = ({
  specification,
  rowCount,
  heldOut,
  unused,
}: Omit<Split, "hash" | "heldOutCount">): string => {
  const own = (bitmap: Bitmap): string => sha256(bitmap.subarray(0, bitmapBytes(rowCount)));
  return sha256(`${canonicalJson(specification)}\n${rowCount}\n${own(heldOut)}${unused ? `\n${own(unused)}` : ""}`);
};

/** A split of bitmaps, with its hash. */
export const splitOf = (
  specification: Split["specification"],
  rowCount: number,
  heldOut: Bitmap,
  unused?: Bitmap,
): Split => {
  const own = { specification, rowCount, heldOut, ...(unused && countBits(unused, rowCount) > 0 ? { unused } : {}) };
  return { ...own, heldOutCount: countBits(heldOut, rowCount), hash: splitHash(own) };
};

const checkFraction = (fraction: number, rowCount: number): number => {
  if (!(fraction > 0 && fraction < 1))
    throw new ArgumentError(`fraction is the part of the rows held out, above 0 and below 1, but is ${fraction}`);
  const count = Math.ceil(fraction * rowCount);
  if (count < 1 || count >= rowCount)
    throw new SplitError(
      `holding out ${fraction} of ${rowCount} rows leaves ${Math.max(0, rowCount - count)} for training; more rows are wanted`,
    );
  return count;
};

/** Shares of `count` among classes in proportion to their sizes: whole parts, then the largest remainders, ties to the first. */
const proportionalShares = (sizes: readonly number[], count: number): number[] => {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (size * count) / total);
  const shares = exact.map(Math.floor);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share - Math.floor(share) }))
    .sort((left, right) => right.remainder - left.remainder || left.index - right.index);
  const missing = count - shares.reduce((sum, share) => sum + share, 0);
  for (const { index } of byRemainder.slice(0, missing)) shares[index] = (shares[index] ?? 0) + 1;
  return shares;
};

const rowsByClass = (codes: Int32Array): Uint32Array[] => {
  const sizes: number[] = [];
  for (const code of codes) sizes[code] = (sizes[code] ?? 0) + 1;
  const rows = Array.from(sizes, (size) => new Uint32Array(size ?? 0));
  const filled = new Uint32Array(sizes.length);
  codes.forEach((code, row) => {
    const at = filled[code] ?? 0;
    const list = rows[code];
    if (list) list[at] = row;
    filled[code] = at + 1;
  });
  return rows.filter((list) => list.length > 0);
};

/**
 * Holds out ceil(fraction * rows) rows at random, as scikit-learn's train_test_split counts them.
 * @param rows number of rows, or the class code (0 and up) of each row, which `stratify` needs
 * @throws SplitError when too few rows are left, LabelError naming a class of one row under `stratify`
 * @example
 * const split = holdOutSplit(labelCodes, holdOut({ fraction: 0.25, seed: 3 }));
 */
export const holdOutSplit = (rows: number | Int32Array, options: HoldOut): Split => {
  const rowCount = typeof rows === "number" ? rows : rows.length;
  const count = checkFraction(options.fraction, rowCount);
  const stream = randomStream(checkSeed(options.seed), 0x5711);
  const heldOut = new Uint8Array(bitmapBytes(rowCount));
  if (!options.stratify) {
    const order = shuffle(
      Uint32Array.from({ length: rowCount }, (_, row) => row),
      stream,
    );
    for (const row of order.subarray(0, count)) setBit(heldOut, row);
    return splitOf(options, rowCount, heldOut);
  }
  if (typeof rows === "number") throw new ArgumentError("a stratified split takes the class code of each row");
  const classes = rowsByClass(rows);
  const lonely = classes.find((list) => list.length < 2);
  if (lonely)
    throw new LabelError(
      `the class of row ${lonely[0]} has 1 row, so it cannot stand on both sides of a stratified split: leave it out, or set stratify to false`,
    );
  const shares = proportionalShares(
    classes.map((list) => list.length),
    count,
  );
  classes.forEach((list, index) => {
    for (const row of shuffle(list, stream).subarray(0, shares[index] ?? 0)) setBit(heldOut, row);
  });
  return splitOf(options, rowCount, heldOut);
};

/**
 * Holds out the rows that come last: the boundary is the value at position rows - ceil(fraction * rows) of the sorted
 * column, and every row at or after that moment is held out, so no moment is on both sides.
 * @param values the order of each row, float64, none missing
 * @throws SplitError naming the first row without a value, or when all rows are of one moment
 */
export const timeOrderedSplit = (values: Float64Array, options: TimeOrdered): Split => {
  const rowCount = values.length;
  const missing = values.findIndex((value) => Number.isNaN(value));
  if (missing >= 0)
    throw new SplitError(
      `row ${missing} has no "${options.column}", so it has no place in the order: filter such rows out`,
    );
  const sorted = values.slice().sort();
  const boundary = sorted[rowCount - checkFraction(options.fraction, rowCount)] ?? Number.NaN;
  if (boundary === sorted[0])
    throw new SplitError(
      `the rows up to the boundary are all of one moment of "${options.column}", so none is left for training: choose a smaller fraction or another column`,
    );
  const heldOut = new Uint8Array(bitmapBytes(rowCount));
  for (let row = 0; row < rowCount; row++) if ((values[row] ?? Number.NaN) >= boundary) setBit(heldOut, row);
  return splitOf(options, rowCount, heldOut);
};

/** A split that holds nothing out. */
export const noHoldOutSplit = (rowCount: number): Split =>
  splitOf({ kind: "NoHoldOut" }, rowCount, new Uint8Array(bitmapBytes(rowCount)));
