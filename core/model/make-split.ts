// A split from its specification over a source: stratified by the labels that were read, or ordered by a column.

import { isValid } from "../frame/column.ts";
import { ColumnKindError } from "../frame/error.ts";
import { columnOf } from "../frame/frame.ts";
import { type ColumnSource, readChunks } from "../frame/source.ts";
import { SplitError } from "../validate/error.ts";
import {
  holdOutSplit,
  noHoldOutSplit,
  type Split,
  type SplitSpecification,
  timeOrderedSplit,
} from "../validate/split.ts";

/** Float64 of a numeric or timestamp column, NaN where it is missing. */
export const readOrder = async (source: ColumnSource, name: string): Promise<Float64Array> => {
  const order = new Float64Array(source.rowCount);
  for await (const { from, chunk } of readChunks(source, [name])) {
    const column = columnOf(chunk, name);
    if (column.kind !== "numeric" && column.kind !== "timestamp")
      throw new ColumnKindError(name, `is ${column.kind}; rows are ordered by a timestamp or a number`);
    for (let row = 0; row < column.length; row++)
      order[from + row] = isValid(column, row) ? (column.values[row] ?? Number.NaN) : Number.NaN;
  }
  return order;
};

/**
 * Makes the split that a specification names.
 * @param labelCodes the class of each row, where rows have classes
 * @throws SplitError, LabelError, ColumnKindError, UnknownColumnError, ArgumentError
 */
export const makeSplit = async (
  source: ColumnSource,
  specification: SplitSpecification | Split,
  labelCodes: Int32Array | undefined,
): Promise<Split> => {
  if ("hash" in specification) {
    if (specification.rowCount !== source.rowCount)
      throw new SplitError(`the split is of ${specification.rowCount} rows, but the source has ${source.rowCount}`);
    return specification;
  }
  if (specification.kind === "NoHoldOut") return noHoldOutSplit(source.rowCount);
  // Only classes have shares to keep.
  if (specification.kind === "HoldOut")
    return labelCodes
      ? holdOutSplit(labelCodes, specification)
      : holdOutSplit(source.rowCount, { ...specification, stratify: false });
  return timeOrderedSplit(await readOrder(source, specification.column), specification);
};
