// The fold of a training row for cross fitting: a hash of its number and a seed, so that batches, shards and the encoding
// after the fit agree without a list of rows.
import { scramble } from "./murmur-hash.ts";

/** The fold of a row, 0 to folds - 1. */
export const foldOf = (row: number, seed: number, folds: number): number =>
  (scramble(scramble(row + 1) ^ Math.imul(seed + 1, 0x9e3779b1)) >>> 0) % folds;
