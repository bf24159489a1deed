// Fits a column that is hashed: how many texts count in each place, from which the inverse document frequency follows.
import type { Column, ColumnKind } from "../frame/column.ts";
import type { HashingEncoder, TextHashing } from "./encoding-specification.ts";
import type { HashedColumn } from "./fitted.ts";
import { hashedWidth, hashRows } from "./hash-text.ts";

/** Texts that were seen, and how many of them count in each place. */
export interface DocumentCounts {
  readonly documents: number;
  readonly byPlace: Float64Array;
}

/** Counts of no text; places alone are kept, so texts may be many and all different. */
export const noDocuments = (step: HashingEncoder | TextHashing): DocumentCounts => ({
  documents: 0,
  byPlace: new Float64Array(hashedWidth(step)),
});

export const mergeDocuments = (left: DocumentCounts, right: DocumentCounts): DocumentCounts => ({
  documents: left.documents + right.documents,
  byPlace: left.byPlace.map((count, place) => count + (right.byPlace[place] ?? 0)),
});

/** Counts with one more chunk. A place that two signs cancelled in counts too, as in scikit-learn's sparse rows. */
export const addDocuments = (
  counts: DocumentCounts,
  column: Column,
  name: string,
  step: HashingEncoder | TextHashing,
): DocumentCounts => {
  const byPlace = counts.byPlace.slice();
  const last = new Int32Array(byPlace.length).fill(-1);
  hashRows(column, name, step, (row, place) => {
    if (last[place] === row) return;
    last[place] = row;
    byPlace[place] = (byPlace[place] ?? 0) + 1;
  });
  return { documents: counts.documents + column.length, byPlace };
};

/** The fitted column. */
export const fitHashedColumn = (
  column: string,
  columnKind: ColumnKind,
  step: HashingEncoder | TextHashing,
  { documents, byPlace }: DocumentCounts,
): HashedColumn => ({
  kind: "hashed",
  column,
  columnKind,
  step,
  idf:
    step.kind === "TextHashing" && step.useIdf !== false
      ? Array.from(byPlace, (count) => Math.log((1 + documents) / (1 + count)) + 1)
      : null,
  featureNames: Array.from(byPlace, (_, place) => `${column}_hash${place}`),
});
