// The dataset node, its versions with their columns, rows and lineage, and upload tickets.

import { readQuarantine } from "../../data/dataset/quarantine.ts";
import { type RowPage, readRows } from "../../data/dataset/read.ts";
import { pageDatasets, pageVersions, selectDatasets, selectVersions } from "../../data/dataset/store.ts";
import { selectUpload } from "../../data/dataset/uploads.ts";
import type { ColumnSchema, DataFile, DatasetParent as DatasetParentValue, Row } from "../../data/schema.ts";
import { requireRows } from "../../domain/dataset/life.ts";
import { findEqualVersion } from "../../domain/dataset/service.ts";
import { uploadPath } from "../../http/paths.ts";
import { builder } from "../builder.ts";
import { Cell } from "../cell.ts";
import { ColumnType } from "../column-type.ts";
import { connection, connectionComplexity } from "../connection.ts";
import { Job } from "../job/types.ts";
import { inOrder } from "../loading.ts";
import { Project } from "../project/types.ts";

type QuarantinePage = Awaited<ReturnType<typeof readQuarantine>>;

export const Dataset = builder.loadableNodeRef<Row<"dataset">>("Dataset", {
  id: { resolve: (dataset) => dataset.id },
  load: async (ids: string[], { tenantId, services }) =>
    inOrder("dataset", ids, await selectDatasets(services.database, tenantId, ids)),
});
const DatasetConnection = builder.connectionObject(
  { name: "DatasetConnection", type: Dataset },
  { name: "DatasetEdge" },
);

export const DatasetVersion = builder.loadableNodeRef<Row<"datasetVersion">>("DatasetVersion", {
  id: { resolve: (version) => version.id },
  load: async (ids: string[], { tenantId, services }) =>
    inOrder("dataset version", ids, await selectVersions(services.database, tenantId, ids)),
});
const DatasetVersionConnection = builder.connectionObject(
  { name: "DatasetVersionConnection", type: DatasetVersion },
  { name: "DatasetVersionEdge" },
);

export const DatasetColumn = builder.objectRef<ColumnSchema>("DatasetColumn").implement({
  description: "A column of a dataset version.",
  fields: (t) => ({
    name: t.exposeString("name"),
    type: t.field({ type: ColumnType, resolve: (column) => column.type }),
    nullable: t.exposeBoolean("nullable", { description: "Whether a missing value was allowed in." }),
    missingCount: t.expose("missingCount", { type: "SafeInt", description: "Rows without a value." }),
  }),
});

const DatasetParent = builder.objectRef<DatasetParentValue>("DatasetParent").implement({
  description: "A dataset version that another was derived from.",
  fields: (t) => ({
    role: t.exposeString("role", { nullable: true, description: "`dataset`, or the name of the join." }),
    datasetVersion: t.field({ type: DatasetVersion, resolve: (parent) => parent.datasetVersionId }),
  }),
});

const DatasetRow = builder.objectRef<RowPage["rows"][number]>("DatasetRow").implement({
  description: "One row.",
  fields: (t) => ({
    index: t.expose("index", { type: "SafeInt", description: "Position in the version, from 0." }),
    cells: t.field({
      type: [Cell],
      description: "In the order of the columns.",
      resolve: (row) => row.values.map((value) => ({ value })),
    }),
  }),
});

export const DatasetRowPage = builder.objectRef<RowPage>("DatasetRowPage").implement({
  description: "Some rows, in order.",
  fields: (t) => ({
    rows: t.field({ type: [DatasetRow], resolve: (page) => page.rows }),
    hasNextPage: t.exposeBoolean("hasNextPage"),
  }),
});

const QuarantinedRow = builder.objectRef<QuarantinePage["rows"][number]>("QuarantinedRow").implement({
  description: "A row of the file that did not fit.",
  fields: (t) => ({
    index: t.expose("index", { type: "SafeInt", description: "Position in the quarantine, from 0." }),
    line: t.expose("line", {
      type: "SafeInt",
      nullable: true,
      description: "The line on which the fault is, counted from 1 with the header; null for Parquet and Arrow.",
    }),
    record: t.expose("record", {
      type: "SafeInt",
      nullable: true,
      description: "The row counted from 1, where the format has no lines.",
    }),
    column: t.exposeString("column", { nullable: true }),
    value: t.exposeString("value", { nullable: true }),
    code: t.exposeString("code", { description: "The code with which the row would have failed the import." }),
    reason: t.exposeString("reason"),
    text: t.exposeString("text", {
      nullable: true,
      description: "The row as it stands in the file, 2,000 characters.",
    }),
  }),
});
const QuarantinedRowPage = builder.objectRef<QuarantinePage>("QuarantinedRowPage").implement({
  description: "Some quarantined rows, in the order of the file.",
  fields: (t) => ({
    rows: t.field({ type: [QuarantinedRow], resolve: (page) => page.rows }),
    hasNextPage: t.exposeBoolean("hasNextPage"),
  }),
});
const Quarantine = builder.objectRef<DataFile>("Quarantine").implement({
  description: "Rows that an import set aside.",
  fields: (t) => ({
    rowCount: t.expose("rowCount", { type: "SafeInt" }),
    page: t.field({
      type: QuarantinedRowPage,
      args: {
        first: t.arg.int({ required: true, defaultValue: 20, description: "0 to 1000." }),
        after: t.arg.int({ description: "The position of the row before the first; from the start when left out." }),
      },
      complexity: ({ first }) => ({ field: 20, multiplier: Math.max(1, first / 25) }),
      resolve: (file, { first, after }, { services, signal }) =>
        readQuarantine(services.store, file, { first, after: after ?? undefined, signal }),
    }),
  }),
});

Dataset.implement({
  description: "A named dataset. Its rows are in its versions, none of which ever changes.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "Unique in its project." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    project: t.field({ type: Project, resolve: (dataset) => dataset.projectId }),
    versions: t.connection(
      {
        type: DatasetVersion,
        description: "Its versions, the newest first.",
        complexity: connectionComplexity,
        resolve: (dataset, args, { tenantId, services }) =>
          connection(args, (page) => pageVersions(services.database, tenantId, dataset.id, page)),
      },
      DatasetVersionConnection,
    ),
  }),
});

DatasetVersion.implement({
  description: "Rows and columns that never change, known by the hash of their content.",
  fields: (t) => ({
    dataset: t.field({ type: Dataset, resolve: (version) => version.datasetId }),
    number: t.exposeInt("number", { description: "1 for the first." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    contentHash: t.exposeString("contentHash", {
      description: "SHA-256 of columns and values: the same rows have the same hash, whatever file they came from.",
    }),
    rowCount: t.expose("rowCount", { type: "SafeInt" }),
    byteCount: t.expose("byteCount", { type: "SafeInt", description: "Bytes in the object store." }),
    columns: t.field({ type: [DatasetColumn], resolve: (version) => version.schema }),
    parents: t.field({
      type: [DatasetParent],
      description: "What it was derived from; empty for an import.",
      resolve: (version) => version.parents,
    }),
    job: t.field({
      type: Job,
      nullable: true,
      description: "The job that made it.",
      resolve: (version) => version.jobId,
    }),
    equalVersion: t.field({
      type: DatasetVersion,
      nullable: true,
      description: "The first earlier version of the same content, if there is one.",
      complexity: 5,
      resolve: (version, _, { tenantId, services }) => findEqualVersion(services.database, tenantId, version),
    }),
    rows: t.field({
      type: DatasetRowPage,
      description: "Rows in order, to look at.",
      args: {
        first: t.arg.int({ required: true, defaultValue: 20, description: "0 to 1000." }),
        after: t.arg.int({ description: "The position of the row before the first; from the start when left out." }),
      },
      complexity: ({ first }) => ({ field: 20, multiplier: Math.max(1, first / 25) }),
      resolve: (version, { first, after }, { services, signal }) => {
        requireRows(version, []);
        return readRows(services.store, version, { first, after: after ?? undefined, signal });
      },
    }),
  }),
});

builder.objectField(DatasetVersion, "quarantine", (t) =>
  t.field({
    type: Quarantine,
    nullable: true,
    description: "The rows of the import that are not in the version; null when none was set aside.",
    resolve: (version) => version.quarantine,
  }),
);

builder.objectField(Project, "datasets", (t) =>
  t.connection(
    {
      type: Dataset,
      description: "Its datasets, the newest first.",
      complexity: connectionComplexity,
      resolve: (project, args, { tenantId, services }) =>
        connection(args, (page) => pageDatasets(services.database, tenantId, project.id, page)),
    },
    DatasetConnection,
  ),
);

const UploadState = builder.enumType("UploadState", {
  description: "Where an upload stands.",
  values: {
    OPEN: { description: "Bytes are wanted." },
    COMPLETE: { description: "All bytes are here and hash to what they should." },
    CONSUMED: { description: "It was imported." },
    EXPIRED: { description: "Its time is over." },
  },
} as const);

export const Upload = builder.loadableNodeRef<Row<"upload">>("Upload", {
  id: { resolve: (upload) => upload.id },
  load: async (ids: string[], { tenantId, services }) => {
    const found = await Promise.all(ids.map((id) => selectUpload(services.database, tenantId, id)));
    return inOrder(
      "upload",
      ids,
      found.flatMap((upload) => upload ?? []),
    );
  },
});

Upload.implement({
  description: "A ticket to send one file, in as many parts as it takes.",
  fields: (t) => ({
    fileName: t.exposeString("fileName"),
    byteCount: t.expose("byteCount", { type: "SafeInt" }),
    receivedBytes: t.expose("receivedBytes", { type: "SafeInt" }),
    state: t.field({ type: UploadState, resolve: (upload) => upload.state }),
    path: t.string({
      description:
        "Where PUT takes the bytes, on this server; with Content-Range it takes a part. HEAD tells how far it is.",
      resolve: (upload) => uploadPath(upload.id),
    }),
    expiresAt: t.expose("expiresAt", { type: "DateTime" }),
  }),
});
