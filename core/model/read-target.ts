// The label column as quantities: read once, whole, before anything is fitted.
import { isValid } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import { columnOf } from "../frame/frame.ts";
import { type ColumnSource, readChunks } from "../frame/source.ts";
import { LabelError } from "../validate/error.ts";

/**
 * Reads the quantity of each row.
 * @throws ColumnKindError for a label that is no number, LabelError naming the first row where it is missing or infinite
 */
export const readTarget = async (
  source: ColumnSource,
  name: string,
  onChunk: (rows: number) => void | Promise<void>,
): Promise<Float64Array> => {
  const target = new Float64Array(source.rowCount);
  for await (const { from, chunk } of readChunks(source, [name])) {
    const column = columnOf(chunk, name);
    if (column.kind !== "numeric")
      throw new ColumnKindError(
        name,
        `is ${column.kind}; a quantity to learn is a number: choose a classifier, or derive`,
      );
    for (let row = 0; row < chunk.rowCount; row++) {
      const value = isValid(column, row) ? (column.values[row] ?? Number.NaN) : Number.NaN;
      if (!Number.isFinite(value))
        throw new LabelError(
          `the label "${name}" is ${Number.isNaN(value) ? "missing" : value} in row ${from + row}: filter such rows out before training`,
        );
      target[from + row] = value;
    }
    await onChunk(chunk.rowCount);
  }
  return target;
};
