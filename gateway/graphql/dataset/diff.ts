// The difference of two versions.
import type { RowChange, RowDiff, SharedColumn } from "../../data/dataset/diff.ts";
import type { Cell as CellValue } from "../../data/dataset/read.ts";
import { type DatasetDiff, diffDatasetVersions } from "../../domain/dataset/diff.ts";
import { DatasetKeyNotUnique, DatasetVersionCollected } from "../../domain/dataset/errors.ts";
import { NotFound } from "../../domain/error.ts";
import { UnknownColumn } from "../../domain/pipeline/errors.ts";
import { builder } from "../builder.ts";
import { Cell } from "../cell.ts";
import { ColumnType } from "../column-type.ts";
import { errorType } from "../errors.ts";
import { DatasetColumn, DatasetVersion } from "./types.ts";

errorType(DatasetKeyNotUnique, "DatasetKeyNotUnique", "Columns that were to tell rows apart, and do not.");

const ComparedColumn = builder.objectRef<SharedColumn>("ComparedColumn").implement({
  description: "A column that both versions have.",
  fields: (t) => ({
    name: t.exposeString("name"),
    before: t.field({ type: ColumnType, resolve: ({ before }) => before }),
    after: t.field({ type: ColumnType, resolve: ({ after }) => after }),
  }),
});
const ColumnChange = builder.objectRef<RowDiff["changedByColumn"][number]>("ColumnChange").implement({
  description: "In how many rows of one key a column differs.",
  fields: (t) => ({ name: t.exposeString("name"), rows: t.expose("rows", { type: "SafeInt" }) }),
});
const cells = (values: readonly CellValue[] | undefined) => values?.map((value) => ({ value })) ?? null;
const ChangedRow = builder.objectRef<RowChange>("ChangedRow").implement({
  description: "A row that differs. Cells are in the order of comparedColumns.",
  fields: (t) => ({
    before: t.field({
      type: [Cell],
      nullable: true,
      description: "Null for an added row.",
      resolve: (row) => cells(row.before),
    }),
    after: t.field({
      type: [Cell],
      nullable: true,
      description: "Null for a removed row.",
      resolve: (row) => cells(row.after),
    }),
  }),
});

const DatasetDiffType = builder.objectRef<DatasetDiff>("DatasetDiff").implement({
  description: "What differs between two versions.",
  fields: (t) => ({
    identical: t.exposeBoolean("identical", { description: "The same columns and rows in the same order." }),
    addedColumns: t.field({ type: [DatasetColumn], resolve: (diff) => diff.addedColumns }),
    removedColumns: t.field({ type: [DatasetColumn], resolve: (diff) => diff.removedColumns }),
    retypedColumns: t.field({ type: [ComparedColumn], resolve: (diff) => diff.retypedColumns }),
    comparedColumns: t.field({
      type: [ComparedColumn],
      description: "The columns in which rows were compared: those of both versions whose types can be.",
      resolve: (diff) => diff.comparedColumns,
    }),
    addedRows: t.expose("addedRows", { type: "SafeInt" }),
    removedRows: t.expose("removedRows", { type: "SafeInt" }),
    changedRows: t.expose("changedRows", { type: "SafeInt", description: "Of one key; 0 without a key." }),
    changedByColumn: t.field({ type: [ColumnChange], resolve: (diff) => diff.changedByColumn }),
    examples: t.field({ type: [ChangedRow], resolve: (diff) => diff.examples }),
  }),
});

builder.queryField("datasetDiff", (t) =>
  t.field({
    type: DatasetDiffType,
    description: "Compares two dataset versions: columns, and rows by key or, without one, as whole rows.",
    errors: {
      types: [NotFound, DatasetVersionCollected, DatasetKeyNotUnique, UnknownColumn],
      dataField: { name: "diff" },
    },
    args: {
      beforeId: t.arg.globalID({ required: true, for: DatasetVersion }),
      afterId: t.arg.globalID({ required: true, for: DatasetVersion }),
      key: t.arg.stringList({ required: true, defaultValue: [], description: "Columns that tell a row." }),
      first: t.arg.int({ required: true, defaultValue: 20, description: "Rows that are shown, 0 to 1000." }),
    },
    complexity: ({ first }) => ({ field: 50, multiplier: Math.max(1, first / 25) }),
    resolve: (_, { beforeId, afterId, key, first }, { tenantId, services, signal }) =>
      diffDatasetVersions(
        services.database,
        services.store,
        tenantId,
        { beforeId: beforeId.id, afterId: afterId.id, key, first },
        signal,
      ),
  }),
);
