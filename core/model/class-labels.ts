// The label column as classes and codes: read once, whole, before anything is fitted.
import type { Column } from "../frame/column.ts";
import { isValid, valueAt } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import { columnOf } from "../frame/frame.ts";
import { type ColumnSource, readChunks } from "../frame/source.ts";
import { LabelError } from "../validate/error.ts";
import { type ClassLabel, compareLabels } from "../validate/label-codes.ts";

export interface ClassLabels {
  /** Sorted: text by code unit, numbers by size, false before true. */
  readonly classes: readonly ClassLabel[];
  /** The class of each row of the source. */
  readonly codes: Int32Array;
}

/** More classes than this are a quantity or an identifier rather than classes. */
const classLimit = 1000;

const labelAt = (name: string, column: Column, row: number, sourceRow: number): ClassLabel => {
  const value = isValid(column, row) ? valueAt(column, row) : null;
  if (value === null || (typeof value === "number" && Number.isNaN(value)))
    throw new LabelError(
      `the label "${name}" is missing in row ${sourceRow}: filter rows without a label out before training`,
    );
  if (value instanceof Date) throw new ColumnKindError(name, "is a timestamp, which is no class label");
  if (typeof value === "number" && !Number.isSafeInteger(value))
    throw new LabelError(
      `the label "${name}" is ${value} in row ${sourceRow}; a class is a text, a truth or a whole number: derive classes first`,
    );
  return value;
};

/**
 * Reads the label column of a source.
 * @param onChunk called with the rows of each chunk
 * @throws LabelError naming the first row without a class, or when there are fewer than 2 or more than 1,000 classes
 */
export const readClassLabels = async (
  source: ColumnSource,
  name: string,
  onChunk: (rows: number) => void | Promise<void>,
): Promise<ClassLabels> => {
  const seen = new Map<ClassLabel, number>();
  const codes = new Int32Array(source.rowCount);
  for await (const { from, chunk } of readChunks(source, [name])) {
    const column = columnOf(chunk, name);
    const byCode = new Int32Array(column.kind === "dictionary" ? column.dictionary.length : 0).fill(-1);
    for (let row = 0; row < chunk.rowCount; row++) {
      const own = column.kind === "dictionary" && isValid(column, row) ? (column.codes[row] ?? -1) : -1;
      const known = byCode[own] ?? -1;
      if (known >= 0) {
        codes[from + row] = known;
        continue;
      }
      const label = labelAt(name, column, row, from + row);
      const code = seen.get(label) ?? seen.size;
      if (code === classLimit)
        throw new LabelError(`the label "${name}" has more than ${classLimit} distinct values, too many for classes`);
      seen.set(label, code);
      if (own >= 0) byCode[own] = code;
      codes[from + row] = code;
    }
    await onChunk(chunk.rowCount);
  }
  const classes = [...seen.keys()].sort(compareLabels);
  if (classes.length < 2)
    throw new LabelError(
      `the label "${name}" has ${classes.length === 0 ? "no row" : `only the class ${classes[0]}`}; a classifier takes at least two`,
    );
  const place = new Int32Array(seen.size);
  classes.forEach((label, code) => {
    place[seen.get(label) ?? 0] = code;
  });
  return { classes, codes: codes.map((code) => place[code] ?? 0) };
};
