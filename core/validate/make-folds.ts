// Splits of every way to hold rows out in turn. Where nothing is drawn, the rows are scikit-learn's; where something is, the
// counts are.
import { ArgumentError } from "@millrace/kernels";
import { type Bitmap, bitmapBytes, rowsWhere, setBit } from "../frame/validity.ts";
import { LabelError, SplitError } from "./error.ts";
import type { FoldsSpecification, KFold, RepeatedKFold, StratifiedKFold, ThreeWay, TimeSeriesSplit } from "./folds.ts";
import { checkSeed, randomStream, shuffle } from "./random-stream.ts";
import { holdOutSplit, type Split, splitOf } from "./split.ts";

/** What splits may need to know of rows. */
export interface FoldRows {
  readonly rowCount: number;
  /** The class of each row, from 0 up: what StratifiedKFold keeps the shares of. */
  readonly codes?: Int32Array | undefined;
  /** The group of each row, from 0 up. */
  readonly groups?: Int32Array | undefined;
  /** The time of each row, none missing. */
  readonly order?: Float64Array | undefined;
}

const orderPurpose = 0xf01d_0000;

const bitmapOf = (rows: Iterable<number>, rowCount: number): Bitmap => {
  const bitmap = new Uint8Array(bitmapBytes(rowCount));
  for (const row of rows) setBit(bitmap, row);
  return bitmap;
};

const ordered = (rowCount: number): Uint32Array => Uint32Array.from({ length: rowCount }, (_, row) => row);

const checkCount = (name: string, value: number, least: number): void => {
  if (!Number.isSafeInteger(value) || value < least)
    throw new ArgumentError(`${name} is a whole number of at least ${least}, but is ${value}`);
};

const checkSplits = (nSplits: number, rowCount: number, what = "rows"): void => {
  checkCount("nSplits", nSplits, 2);
  if (nSplits > rowCount)
    throw new SplitError(
      `${nSplits} folds take at least as many ${what}, but there are ${rowCount}: choose a smaller nSplits`,
    );
};

/** The fold of each row: contiguous parts of an order. */
const parts = (nSplits: number, order: Uint32Array): Int32Array => {
  const folds = new Int32Array(order.length);
  const least = Math.floor(order.length / nSplits);
  const larger = order.length % nSplits;
  let at = 0;
  for (let fold = 0; fold < nSplits; fold++)
    for (const end = at + least + (fold < larger ? 1 : 0); at < end; at++) folds[order[at] ?? 0] = fold;
  return folds;
};

/** Folds of rows at large. @param purpose of the stream that shuffles */
const plainFolds = (
  { nSplits, shuffle: shuffled, seed }: Omit<KFold, "kind">,
  rowCount: number,
  purpose: number,
): Int32Array => {
  checkSplits(nSplits, rowCount);
  const order = ordered(rowCount);
  return parts(nSplits, shuffled ? shuffle(order, randomStream(seed, purpose)) : order);
};

/**
 * Folds in which classes have their shares: how many rows of a class a fold has is told by every nSplits-th row of the rows
 * sorted by class, classes in the order in which they first occur.
 */
const stratifiedFolds = (
  { nSplits, shuffle: shuffled, seed }: Omit<StratifiedKFold, "kind">,
  codes: Int32Array | undefined,
  purpose: number,
): Int32Array => {
  if (!codes) throw new SplitError("stratified folds keep the shares of classes, but the rows have none: use kFold");
  checkSplits(nSplits, codes.length);
  const place = new Map<number, number>();
  for (const code of codes) if (!place.has(code)) place.set(code, place.size);
  const own = codes.map((code) => place.get(code) ?? 0);
  const sizes = new Int32Array(place.size);
  for (const code of own) sizes[code] = (sizes[code] ?? 0) + 1;
  // A class of fewer rows is absent from some folds; only where that holds of all is there no share to keep.
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  if (largest < nSplits)
    throw new LabelError(
      `no class has as many rows as there are folds: the largest has ${largest}, the folds are ${nSplits}; choose a smaller nSplits, or kFold`,
    );
  const sorted = own.slice().sort();
  const stream = shuffled ? randomStream(seed, purpose) : undefined;
  const folds = new Int32Array(codes.length);
  sizes.forEach((size, code) => {
    const counts = Array.from({ length: nSplits }, (_, fold) => {
      let count = 0;
      for (let at = fold; at < sorted.length; at += nSplits) if (sorted[at] === code) count++;
      return count;
    });
    const turns = Uint32Array.from(counts.flatMap((count, fold) => new Array<number>(count).fill(fold)));
    if (turns.length !== size) throw new RangeError("the shares of a class do not add up to it");
    if (stream) shuffle(turns, stream);
    let at = 0;
    own.forEach((other, row) => {
      if (other === code) folds[row] = turns[at++] ?? 0;
    });
  });
  return folds;
};

/** Groups, the largest first, each to the fold that has the fewest rows. */
const groupFolds = (nSplits: number, groups: Int32Array | undefined): Int32Array => {
  if (!groups) throw new SplitError("folds by groups take the group of each row");
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  checkSplits(nSplits, sizes.size, "groups");
  const bySize = [...sizes].sort(([a, sizeA], [b, sizeB]) => sizeB - sizeA || b - a);
  const filled = new Array<number>(nSplits).fill(0);
  const foldOf = new Map<number, number>();
  for (const [group, size] of bySize) {
    const fold = filled.indexOf(Math.min(...filled));
    filled[fold] = (filled[fold] ?? 0) + size;
    foldOf.set(group, fold);
  }
  return groups.map((group) => foldOf.get(group) ?? 0);
};

const timeSplits = (specification: TimeSeriesSplit, order: Float64Array | undefined): Split[] => {
  const { nSplits, gap, testSize, maxTrainSize, column } = specification;
  if (!order) throw new SplitError("splits by time take the time of each row");
  const rowCount = order.length;
  const missing = order.findIndex((value) => Number.isNaN(value));
  if (missing >= 0)
    throw new SplitError(`row ${missing} has no "${column}", so it has no place in the order: filter such rows out`);
  checkCount("nSplits", nSplits, 2);
  checkCount("gap", gap, 0);
  if (testSize !== null) checkCount("testSize", testSize, 1);
  if (maxTrainSize !== null) checkCount("maxTrainSize", maxTrainSize, 1);
  const size = testSize ?? Math.floor(rowCount / (nSplits + 1));
  const first = rowCount - nSplits * size;
  if (size < 1 || first - gap < 1)
    throw new SplitError(
      `${nSplits} splits that hold out ${size} rows each after a gap of ${gap} leave none of ${rowCount} rows for training: choose fewer or smaller ones`,
    );
  const rows = ordered(rowCount).sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0) || a - b);
  return Array.from({ length: nSplits }, (_, index) => {
    const start = first + index * size;
    const moment = order[rows[start] ?? 0];
    let end = start - gap;
    const from = maxTrainSize === null ? 0 : Math.max(0, end - maxTrainSize);
    while (end > from && order[rows[end - 1] ?? 0] === moment) end--;
    if (end === from)
      throw new SplitError(
        `split ${index} holds out from the first moment of "${column}" on, so no row before it is left for training: choose fewer splits or another column`,
      );
    const heldOut = bitmapOf(rows.subarray(start, start + size), rowCount);
    const unused = bitmapOf(
      [...rows.subarray(0, from), ...rows.subarray(end, start), ...rows.subarray(start + size)],
      rowCount,
    );
    return splitOf({ kind: "FoldOf", folds: specification, index }, rowCount, heldOut, unused);
  });
};

/**
 * The splits that a specification makes of rows, in order.
 * @throws SplitError, LabelError or ArgumentError saying what the rows lack
 * @example
 * const splits = makeFolds(stratifiedKFold({ nSplits: 3 }), { rowCount: codes.length, codes });
 */
export const makeFolds = (specification: FoldsSpecification, rows: FoldRows): Split[] => {
  const { rowCount, codes, groups, order } = rows;
  for (const [name, own] of Object.entries({ codes, groups, order }))
    if (own && own.length !== rowCount)
      throw new ArgumentError(`there are ${rowCount} rows, but ${name} has ${own.length}`);
  if ("seed" in specification) checkSeed(specification.seed);
  if (specification.kind === "TimeSeriesSplit") return timeSplits(specification, order);
  const splitsOf = (folds: Int32Array, from: number): Split[] =>
    Array.from({ length: specification.nSplits }, (_, fold) => {
      const heldOut = bitmapOf(
        ordered(rowCount).filter((row) => folds[row] === fold),
        rowCount,
      );
      return splitOf({ kind: "FoldOf", folds: specification, index: from + fold }, rowCount, heldOut);
    });
  if (specification.kind === "GroupKFold") return splitsOf(groupFolds(specification.nSplits, groups), 0);
  if (specification.kind === "RepeatedKFold") return repeated(specification, rows, splitsOf);
  return splitsOf(
    specification.kind === "KFold"
      ? plainFolds(specification, rowCount, orderPurpose)
      : stratifiedFolds(specification, codes, orderPurpose),
    0,
  );
};

const repeated = (
  { nSplits, nRepeats, stratify, seed }: RepeatedKFold,
  { rowCount, codes }: FoldRows,
  splitsOf: (folds: Int32Array, from: number) => Split[],
): Split[] => {
  checkCount("nRepeats", nRepeats, 1);
  const own = { nSplits, shuffle: true, seed };
  return Array.from({ length: nRepeats }, (_, repeat) =>
    splitsOf(
      stratify
        ? stratifiedFolds(own, codes, orderPurpose + 1 + repeat)
        : plainFolds(own, rowCount, orderPurpose + 1 + repeat),
      repeat * nSplits,
    ),
  ).flat();
};

/**
 * Training, validation and test rows, as two splits over the same training rows: what one holds out is on neither side of the
 * other. ceil(testFraction * rows) are for the test, then ceil(validationFraction * rows) for validation.
 * @param rows number of rows, or the class of each, which `stratify` needs
 * @throws SplitError, LabelError or ArgumentError saying what the rows lack
 * @example
 * const { validation, test } = threeWaySplit(codes, threeWay({ seed: 3 }));
 */
export const threeWaySplit = (
  rows: number | Int32Array,
  specification: ThreeWay,
): { readonly validation: Split; readonly test: Split } => {
  const { validationFraction, testFraction, stratify, seed } = specification;
  const rowCount = typeof rows === "number" ? rows : rows.length;
  const { heldOut } = holdOutSplit(rows, { kind: "HoldOut", fraction: testFraction, stratify, seed });
  const rest = rowsWhere(heldOut, rowCount, false);
  const wanted = Math.ceil(validationFraction * rowCount);
  if (!(validationFraction > 0 && validationFraction < 1) || wanted >= rest.length)
    throw new SplitError(
      `validationFraction ${validationFraction} beside testFraction ${testFraction} leaves no row of ${rowCount} for training: both are above 0, and their sum is below 1`,
    );
  const inner = holdOutSplit(typeof rows === "number" ? rest.length : Int32Array.from(rest, (row) => rows[row] ?? 0), {
    kind: "HoldOut",
    // Half a row less, so that rounding up gives the rows that are wanted.
    fraction: (wanted - 0.5) / rest.length,
    stratify,
    seed,
  });
  const chosen = bitmapOf(
    rowsWhere(inner.heldOut, rest.length).map((row) => rest[row] ?? 0),
    rowCount,
  );
  const side = (name: "validation" | "test", own: Bitmap, other: Bitmap): Split =>
    splitOf({ kind: "SideOf", of: specification, side: name }, rowCount, own, other);
  return { validation: side("validation", chosen, heldOut), test: side("test", heldOut, chosen) };
};
