// Writes of datasets: upload tickets, imports, derivations. An import and a derivation are jobs.
import { directions, joinKinds } from "../../domain/dataset/derivation.ts";
import {
  DatasetVersionCollected,
  DuplicateJoin,
  DuplicateOutputColumn,
  ExpressionTypeMismatch,
  UnknownJoin,
  UploadNotReady,
} from "../../domain/dataset/errors.ts";
import { parseReadOptions } from "../../domain/dataset/import.ts";
import { deriveDataset, importDataset, parseDerive } from "../../domain/dataset/service.ts";
import { createUpload } from "../../domain/dataset/upload.ts";
import { InvalidInput, NotFound } from "../../domain/error.ts";
import { IdempotencyKeyReused } from "../../domain/job/errors.ts";
import { UnknownColumn } from "../../domain/pipeline/errors.ts";
import { fileFormats } from "../../source/format.ts";
import { builder } from "../builder.ts";
import { ColumnType } from "../column-type.ts";
import { Job } from "../job/types.ts";
import { Project } from "../project/types.ts";
import { fileErrors, sourceErrors } from "./errors.ts";
import { ColumnReferenceInput, ExpressionInput } from "./expression.ts";
import { DatasetVersion, Upload } from "./types.ts";

const idempotencyKey = "The same key gives the same job, so that a client that lost the answer can ask again.";

const priority = "-100 to 100, 0 when left out: of jobs that wait, the greatest goes first.";

builder.mutationField("createUpload", (t) =>
  t.fieldWithInput({
    type: Upload,
    description: "Makes a ticket to send a file with PUT, to be imported when it is complete.",
    errors: { dataField: { name: "upload" } },
    input: {
      fileName: t.input.string({ required: true, description: "Its ending tells the format." }),
      byteCount: t.input.field({ type: "SafeInt", required: true }),
      sha256: t.input.string({ description: "Checked when all bytes are here; 64 hexadecimal digits." }),
    },
    resolve: (_, { input }, { tenantId, services }) =>
      createUpload(services.database, tenantId, { ...input, sha256: input.sha256 ?? undefined }),
  }),
);

export const FileFormat = builder.enumType("FileFormat", {
  description: "Formats that can be imported. CSV, TSV, JSON and NDJSON may be compressed with gzip or zstd.",
  values: fileFormats,
});
const TextEncoding = builder.enumType("TextEncoding", {
  description: "How text is written in bytes.",
  values: ["UTF_8", "LATIN_1"] as const,
});
export const QuerySourceInput = builder.inputType("QuerySourceInput", {
  description: "A query of a Postgres database, run in a transaction that may not write.",
  fields: (t) => ({
    database: t.string({ required: true, description: "As the operator named it." }),
    sql: t.string({ required: true, description: "One SELECT. With ORDER BY the same rows give the same version." }),
  }),
});
const ImportSourceInput = builder.inputType("ImportSourceInput", {
  isOneOf: true,
  description: "Where the rows are.",
  fields: (t) => ({
    path: t.string({ description: "A file on the gateway's machine, in a folder that it may read." }),
    uploadId: t.globalID({ for: Upload, description: "A complete upload." }),
    url: t.string({
      description: "A file at http://, https:// or s3://bucket/key, within the addresses that the gateway may read.",
    }),
    query: t.field({ type: QuerySourceInput, description: "The rows of a query." }),
  }),
});
const DeclaredColumnInput = builder.inputType("DeclaredColumnInput", {
  description: "What is said of a column instead of inferring it.",
  fields: (t) => ({
    name: t.string({ required: true }),
    type: t.field({ type: ColumnType, required: true }),
    nullable: t.boolean({ required: true, defaultValue: true, description: "False refuses a missing value." }),
  }),
});
const QuarantineInput = builder.inputType("QuarantineInput", {
  description:
    "How many rows may be set aside before the import fails. Both limits hold where both are given; 100,000 rows are the most in any case.",
  fields: (t) => ({
    maximumRows: t.int({ description: "0 to 100000." }),
    maximumFraction: t.float({ description: "0 to 1, of all rows of the file." }),
  }),
});
export const ReadOptionsInput = builder.inputType("ReadOptionsInput", {
  description: "How a file is to be read.",
  fields: (t) => ({
    delimiter: t.string({ description: "Of CSV: a comma by default, for TSV a tab." }),
    quote: t.string({ description: "Of CSV and TSV: the double quote by default; empty for none." }),
    encoding: t.field({ type: TextEncoding, description: "Of CSV and TSV: UTF_8 by default." }),
    missingValues: t.stringList({
      description: 'Texts that stand for a missing value: "", "NA", "NaN" and "null" by default in CSV and TSV.',
    }),
    columns: t.field({ type: [DeclaredColumnInput], description: "Columns whose type is told, not inferred." }),
    quarantine: t.field({
      type: QuarantineInput,
      description: "Sets rows that do not fit aside, up to a limit. Without it, the first fails the import.",
    }),
  }),
});

export const IncrementInput = builder.inputType("IncrementInput", {
  description: "How new rows are told from those that are there: by key, by watermark or by both.",
  fields: (t) => ({
    key: t.stringList({
      required: true,
      defaultValue: [],
      description:
        "Columns that tell a row: a row of a key that is there takes its place, and the last of new ones counts.",
    }),
    watermark: t.string({
      description:
        "A column that grows with each change. Rows at or below the greatest of the version before are left out; a query finds that value in $1, null at first.",
    }),
  }),
});

const given = <Value>(value: Value | null | undefined): Value | undefined => value ?? undefined;

builder.mutationField("importDataset", (t) =>
  t.fieldWithInput({
    type: Job,
    description:
      "Queues the import of a file or a query as the next version of the dataset of that name. A fault within the file fails the job, with its place, and leaves nothing behind.",
    errors: {
      types: [NotFound, UploadNotReady, IdempotencyKeyReused, ...fileErrors, ...sourceErrors],
      dataField: { name: "job" },
    },
    input: {
      projectId: t.input.globalID({ required: true, for: Project }),
      name: t.input.string({ required: true }),
      source: t.input.field({ type: ImportSourceInput, required: true }),
      format: t.input.field({ type: FileFormat, description: "Told by the file's name when left out." }),
      options: t.input.field({ type: ReadOptionsInput }),
      increment: t.input.field({
        type: IncrementInput,
        description:
          "Joins the rows to the newest version of the dataset. With nothing new, the job gives that version and makes none.",
      }),
      priority: t.input.int({ description: priority }),
      idempotencyKey: t.input.string({ description: idempotencyKey }),
    },
    resolve: (_, { input }, { tenantId, services }) => {
      const { path, uploadId, url, query } = input.source;
      if (path === "") throw new InvalidInput("A path is not empty.", ["source", "path"]);
      const source = uploadId ? { uploadId: uploadId.id } : query ? { query } : url ? { url } : { path: path ?? "" };
      return importDataset(services.database, services.jobs.submit, tenantId, {
        projectId: input.projectId.id,
        name: input.name,
        source,
        format: given(input.format),
        options: parseReadOptions(input.options && { ...input.options }, ["options"]),
        increment: input.increment
          ? { key: input.increment.key, watermark: given(input.increment.watermark) }
          : undefined,
        priority: given(input.priority),
        idempotencyKey: given(input.idempotencyKey),
      });
    },
  }),
);

const JoinKind = builder.enumType("JoinKind", {
  description: "What becomes of rows without a match.",
  values: Object.fromEntries(
    joinKinds.map((kind) => [kind, { description: kind === "LEFT" ? "They stay, with missing values." : "They go." }]),
  ),
});
const SortDirection = builder.enumType("SortDirection", {
  description: "Missing values come last either way.",
  values: directions,
});
const JoinOnInput = builder.inputType("JoinOnInput", {
  description: "Two columns that must be equal.",
  fields: (t) => ({
    left: t.field({ type: ColumnReferenceInput, required: true, description: "Of the dataset or an earlier join." }),
    right: t.string({ required: true, description: "Of this join." }),
  }),
});
const JoinInput = builder.inputType("JoinInput", {
  description: "A dataset version beside the others.",
  fields: (t) => ({
    datasetVersionId: t.globalID({ required: true, for: DatasetVersion }),
    name: t.string({ required: true, description: "What column references call it." }),
    kind: t.field({ type: JoinKind, required: true, defaultValue: "LEFT" }),
    on: t.field({ type: [JoinOnInput], required: true }),
  }),
});
const DerivedColumnInput = builder.inputType("DerivedColumnInput", {
  description: "A column of the result.",
  fields: (t) => ({
    name: t.string({ required: true }),
    expression: t.field({ type: ExpressionInput, required: true }),
  }),
});
const OrderByInput = builder.inputType("OrderByInput", {
  description: "A term of the order of rows.",
  fields: (t) => ({
    expression: t.field({ type: ExpressionInput, required: true }),
    direction: t.field({ type: SortDirection, required: true, defaultValue: "ASCENDING" }),
  }),
});

builder.mutationField("deriveDataset", (t) =>
  t.fieldWithInput({
    type: Job,
    description:
      "Queues the making of the next version of the dataset of that name from others: joins, computed columns, a filter, an order.",
    errors: {
      types: [
        NotFound,
        UnknownColumn,
        UnknownJoin,
        DuplicateJoin,
        DuplicateOutputColumn,
        ExpressionTypeMismatch,
        DatasetVersionCollected,
        IdempotencyKeyReused,
      ],
      dataField: { name: "job" },
    },
    input: {
      projectId: t.input.globalID({ required: true, for: Project }),
      name: t.input.string({ required: true }),
      datasetVersionId: t.input.globalID({ required: true, for: DatasetVersion }),
      joins: t.input.field({ type: [JoinInput], required: true, defaultValue: [] }),
      columns: t.input.field({ type: [DerivedColumnInput], required: true }),
      where: t.input.field({ type: ExpressionInput, description: "Rows for which it is true stay." }),
      orderBy: t.input.field({ type: [OrderByInput], required: true, defaultValue: [] }),
      priority: t.input.int({ description: priority }),
      idempotencyKey: t.input.string({ description: idempotencyKey }),
    },
    resolve: (_, { input }, { tenantId, services }) => {
      const { projectId, idempotencyKey: key, priority: first, datasetVersionId, joins, ...rest } = input;
      const derivation = parseDerive({
        ...rest,
        datasetVersionId: datasetVersionId.id,
        joins: joins.map((join) => ({ ...join, datasetVersionId: join.datasetVersionId.id })),
      });
      return deriveDataset(services.database, services.jobs.submit, tenantId, {
        ...derivation,
        projectId: projectId.id,
        priority: given(first),
        idempotencyKey: given(key),
      });
    },
  }),
);
