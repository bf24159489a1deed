// A hashed column at the door: signed counts by place.
import type { Column } from "../frame/column.ts";
import type { HostArray } from "../tensor/host-array.ts";
import type { HashedColumn } from "./fitted.ts";
import { hashRows } from "./hash-text.ts";

/** Writes the counts of a column's rows from row `offset` of the array on. @throws ColumnKindError */
export const encodeHashed = (group: HashedColumn, column: Column, into: HostArray, offset: number): void => {
  const width = group.featureNames.length;
  into.fill(0, offset * width, (offset + column.length) * width);
  hashRows(column, group.column, group.step, (row, place, sign) => {
    const target = (offset + row) * width + place;
    into[target] = (into[target] ?? 0) + sign;
  });
};
