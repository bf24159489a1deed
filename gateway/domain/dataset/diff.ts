// The difference of two dataset versions: columns that came, went or changed their type, and rows.

import type { Database } from "../../data/database.ts";
import { diffRows, type RowDiff, type SharedColumn } from "../../data/dataset/diff.ts";
import type { ColumnSchema } from "../../data/schema.ts";
import type { ObjectStore } from "../../store/store.ts";
import { InvalidInput } from "../error.ts";
import { UnknownColumn } from "../pipeline/errors.ts";
import { DatasetKeyNotUnique } from "./errors.ts";
import { requireRows } from "./life.ts";
import { getDatasetVersion } from "./service.ts";
import { areComparable } from "./typing.ts";

/** The difference of two versions. */
export type DatasetDiff = RowDiff & {
  /** Whether both have the same columns and rows in the same order. */
  readonly identical: boolean;
  readonly addedColumns: readonly ColumnSchema[];
  readonly removedColumns: readonly ColumnSchema[];
  readonly retypedColumns: readonly SharedColumn[];
  /** The columns in which rows were compared: those of both whose types can be. */
  readonly comparedColumns: readonly SharedColumn[];
};

/** What is compared. */
export type DiffInput = {
  readonly beforeId: string;
  readonly afterId: string;
  /** Columns that tell a row; without them whole rows are compared. */
  readonly key: readonly string[];
  /** How many rows that differ are shown, 0 to 1000. */
  readonly first: number;
};

const none: RowDiff = { addedRows: 0, removedRows: 0, changedRows: 0, changedByColumn: [], examples: [] };

/**
 * Compares two dataset versions.
 *
 * @throws NotFound, DatasetVersionCollected, UnknownColumn for a key that one of them lacks, DatasetKeyNotUnique,
 * InvalidInput
 */
export async function diffDatasetVersions(
  database: Database,
  store: ObjectStore,
  tenantId: string,
  { beforeId, afterId, key, first }: DiffInput,
  signal?: AbortSignal,
): Promise<DatasetDiff> {
  if (first < 0 || first > 1000) throw new InvalidInput(`first is 0 to 1000; it got ${first}.`, ["first"]);
  const before = await getDatasetVersion(database, tenantId, beforeId, ["beforeId"]);
  const after = await getDatasetVersion(database, tenantId, afterId, ["afterId"]);
  const shared = before.schema.flatMap(({ name, type }): SharedColumn[] => {
    const other = after.schema.find((column) => column.name === name);
    return other ? [{ name, before: type, after: other.type }] : [];
  });
  const comparedColumns = shared.filter((column) => areComparable(column.before, column.after));
  const positions = key.map((name, index) => {
    const position = comparedColumns.findIndex((column) => column.name === name);
    if (position >= 0) return position;
    throw new UnknownColumn(
      name,
      comparedColumns.map((column) => column.name),
      ["key", index],
    );
  });
  const columns = {
    addedColumns: after.schema.filter(({ name }) => !before.schema.some((column) => column.name === name)),
    removedColumns: before.schema.filter(({ name }) => !after.schema.some((column) => column.name === name)),
    retypedColumns: shared.filter((column) => column.before !== column.after),
    comparedColumns,
  };
  if (before.contentHash === after.contentHash) return { identical: true, ...columns, ...none };
  requireRows(before, ["beforeId"]);
  requireRows(after, ["afterId"]);
  if (comparedColumns.length === 0) return { identical: false, ...columns, ...none };
  const rows = await diffRows(store, before, after, { columns: comparedColumns, key: positions, first, signal });
  if ("before" in rows) throw new DatasetKeyNotUnique(key, rows, ["key"]);
  return { identical: false, ...columns, ...rows };
}
