// The two sides of a split over a source. Whatever fits takes TrainingRows, which only `trainingRows` makes, so held-out
// rows cannot be fitted on by accident: neither the types nor the check at run time let them through.

import type { Frame } from "../frame/frame.ts";
import { takeRows } from "../frame/frame.ts";
import { type ColumnSource, readChunks } from "../frame/source.ts";
import {
  type Bitmap,
  bitAt,
  bitmapBytes,
  bitmapFrom,
  countBits,
  rowsWhere,
  setBit,
  sliceBits,
} from "../frame/validity.ts";
import { HeldOutError, SplitError } from "./error.ts";
import { type Split, splitHash } from "./split.ts";

interface Partition<Side extends "training" | "heldOut"> {
  readonly side: Side;
  readonly source: ColumnSource;
  readonly split: Split;
  readonly rowCount: number;
  /** The rows of the source that are left, one bit each; null: all of this side. */
  readonly kept: Bitmap | null;
}

/** The rows that may be fitted on. */
export type TrainingRows = Partition<"training">;
/** The rows that are for judging alone. */
export type HeldOutRows = Partition<"heldOut">;

const made = new WeakSet<object>();

const partition = <Side extends "training" | "heldOut">(
  side: Side,
  source: ColumnSource,
  split: Split,
): Partition<Side> => {
  if (split.rowCount !== source.rowCount)
    throw new SplitError(`the split is of ${split.rowCount} rows, but the source has ${source.rowCount}`);
  if (splitHash(split) !== split.hash)
    throw new SplitError("the split does not match its hash: its rows or options were changed after it was made");
  const { unused, heldOutCount } = split;
  const left = split.rowCount - heldOutCount - (unused ? countBits(unused, split.rowCount) : 0);
  const kept =
    unused && side === "training"
      ? bitmapFrom((row) => !bitAt(unused, row) && !bitAt(split.heldOut, row), split.rowCount)
      : null;
  const value = { side, source, split, rowCount: side === "heldOut" ? heldOutCount : left, kept };
  made.add(value);
  return value;
};

/** The rows of a source that its split leaves for fitting. @throws SplitError when the split is of another row count, or was changed */
export const trainingRows = (source: ColumnSource, split: Split): TrainingRows => partition("training", source, split);

/** The rows of a source that its split holds out. @throws SplitError when the split is of another row count, or was changed */
export const heldOutRows = (source: ColumnSource, split: Split): HeldOutRows => partition("heldOut", source, split);

/**
 * Lets nothing but training rows made by `trainingRows` pass: the guard of everything that fits.
 * @throws HeldOutError
 */
export const checkTrainingRows = (rows: TrainingRows): TrainingRows => {
  if (rows.side !== "training" || !made.has(rows))
    throw new HeldOutError(
      "fitting takes the training rows of a split, as trainingRows(source, split) gives them; held-out rows are for judging alone",
    );
  return rows;
};

/**
 * Some of the training rows, by their numbers in the source, which stay as they are; the split and its hash are the same.
 * @throws HeldOutError for rows that are no training rows, SplitError for a number that is none of theirs, or comes twice
 */
export const selectTrainingRows = (rows: TrainingRows, rowIndices: ArrayLike<number>): TrainingRows => {
  checkTrainingRows(rows);
  const kept = new Uint8Array(bitmapBytes(rows.source.rowCount));
  for (let i = 0; i < rowIndices.length; i++) {
    const row = rowIndices[i] ?? -1;
    const own = Number.isInteger(row) && row >= 0 && row < rows.source.rowCount && !isHeldOut(rows.split, row);
    if (!own || bitAt(kept, row) || (rows.kept && !bitAt(rows.kept, row)))
      throw new SplitError(`row ${row} is none of the training rows that are left, or comes twice`);
    setBit(kept, row);
  }
  const value = { ...rows, rowCount: rowIndices.length, kept };
  made.add(value);
  return value;
};

/**
 * Reads one side in order, chunk by chunk.
 * @yields the rows of this side, and the source's row index of each
 */
export async function* readPartition(
  rows: TrainingRows | HeldOutRows,
  names: readonly string[],
): AsyncGenerator<{ readonly chunk: Frame; readonly rowIndices: Uint32Array }> {
  const wanted = rows.side === "heldOut";
  for await (const { from, to, chunk } of readChunks(rows.source, names)) {
    const side = rowsWhere(sliceBits(rows.split.heldOut, from, to), to - from, wanted);
    const { kept } = rows;
    const own = kept ? side.filter((row) => bitAt(kept, row + from)) : side;
    if (own.length === 0) continue;
    const taken = own.length === to - from ? chunk : takeRows(chunk, own);
    for (let i = 0; i < own.length; i++) own[i] = (own[i] ?? 0) + from;
    yield { chunk: taken, rowIndices: own };
  }
}

/** True when the row of the source is held out. */
export const isHeldOut = (split: Split, row: number): boolean => bitAt(split.heldOut, row);
