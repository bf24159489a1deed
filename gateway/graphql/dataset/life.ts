// Versions over time: as of a moment, pinned, collected.
import { selectPins } from "../../data/dataset/life.ts";
import { isJsonObject, type JsonObject } from "../../data/json.ts";
import type { Row } from "../../data/schema.ts";
import { DatasetVersionCollected } from "../../domain/dataset/errors.ts";
import { findVersionAt, parseCollect, pinDatasetVersion, unpinDatasetVersion } from "../../domain/dataset/life.ts";
import { NotFound } from "../../domain/error.ts";
import { IdempotencyKeyReused } from "../../domain/job/errors.ts";
import { getProject } from "../../domain/project/service.ts";
import { builder } from "../builder.ts";
import { errorType } from "../errors.ts";
import { Job } from "../job/types.ts";
import { Project } from "../project/types.ts";
import { Dataset, DatasetVersion } from "./types.ts";

errorType(DatasetVersionCollected, "DatasetVersionCollected", "A version whose rows were taken away.");

const DatasetPin = builder.objectRef<Row<"datasetPin">>("DatasetPin").implement({
  description: "A name by which somebody keeps a version.",
  fields: (t) => ({ name: t.exposeString("name"), createdAt: t.expose("createdAt", { type: "DateTime" }) }),
});

builder.objectFields(DatasetVersion, (t) => ({
  collectedAt: t.expose("collectedAt", {
    type: "DateTime",
    nullable: true,
    description: "When its rows were taken away; null while they are there.",
  }),
  pins: t.loadableGroup({
    type: DatasetPin,
    description: "What keeps it from being collected.",
    load: (ids: string[], { tenantId, services }) => selectPins(services.database, tenantId, ids),
    group: (pin) => pin.datasetVersionId,
    resolve: (version) => version.id,
  }),
}));

builder.objectField(Dataset, "version", (t) =>
  t.field({
    type: DatasetVersion,
    nullable: true,
    description: "A version by its number, or the newest that was there at a time; the newest when neither is given.",
    args: { number: t.arg.int(), at: t.arg({ type: "DateTime" }) },
    resolve: (dataset, { number, at }, { tenantId, services }) =>
      findVersionAt(services.database, tenantId, dataset.id, { number: number ?? undefined, at: at ?? undefined }),
  }),
);

builder.mutationField("pinDatasetVersion", (t) =>
  t.fieldWithInput({
    type: DatasetVersion,
    description: "Keeps a version's rows until the last of its pins is removed. The same pin twice is one.",
    errors: { types: [NotFound, DatasetVersionCollected], dataField: { name: "datasetVersion" } },
    input: {
      datasetVersionId: t.input.globalID({ required: true, for: DatasetVersion }),
      name: t.input.string({ required: true, description: "Why or by whom, such as `paper-2026`." }),
    },
    resolve: (_, { input }, { tenantId, services }) =>
      services.database
        .transaction()
        .execute((transaction) => pinDatasetVersion(transaction, tenantId, input.datasetVersionId.id, input.name)),
  }),
);

builder.mutationField("unpinDatasetVersion", (t) =>
  t.fieldWithInput({
    type: DatasetVersion,
    description: "Removes a pin.",
    errors: { types: [NotFound], dataField: { name: "datasetVersion" } },
    input: {
      datasetVersionId: t.input.globalID({ required: true, for: DatasetVersion }),
      name: t.input.string({ required: true }),
    },
    resolve: (_, { input }, { tenantId, services }) =>
      services.database
        .transaction()
        .execute((transaction) => unpinDatasetVersion(transaction, tenantId, input.datasetVersionId.id, input.name)),
  }),
);

builder.mutationField("collectDatasets", (t) =>
  t.fieldWithInput({
    type: Job,
    description:
      "Queues a collection: the rows of versions that are old, not pinned, and used by no model, prediction or unfinished job go for good; so do objects of the store that nothing names.",
    errors: { types: [NotFound, IdempotencyKeyReused], dataField: { name: "job" } },
    input: {
      projectId: t.input.globalID({ required: true, for: Project }),
      keepVersions: t.input.int({
        required: true,
        defaultValue: 3,
        description: "The newest of each dataset that stay in any case; at least 1.",
      }),
      keepSeconds: t.input.field({
        type: "SafeInt",
        required: true,
        defaultValue: 30 * 24 * 3600,
        description: "Younger versions stay; 30 days by default.",
      }),
      graceSeconds: t.input.field({
        type: "SafeInt",
        required: true,
        defaultValue: 3600,
        description: "Younger objects stay, named or not; at least 60.",
      }),
      idempotencyKey: t.input.string({ description: "The same key gives the same job." }),
    },
    resolve: async (_, { input }, { tenantId, services }) => {
      const { projectId, idempotencyKey, ...rest } = input;
      const collect = parseCollect({ ...rest });
      await getProject(services.database, tenantId, projectId.id, ["projectId"]);
      const key = idempotencyKey ?? undefined;
      return services.jobs.submit(tenantId, {
        projectId: projectId.id,
        kind: "COLLECT",
        input: { ...collect },
        idempotencyKey: key,
      });
    },
  }),
);

const listOf = (output: JsonObject): string[] =>
  Array.isArray(output.versionIds) ? output.versionIds.map((id) => String(id)) : [];

const Collection = builder.objectRef<JsonObject>("Collection").implement({
  description: "What a collection took.",
  fields: (t) => ({
    datasetVersions: t.field({ type: [DatasetVersion], resolve: listOf }),
    objectCount: t.field({ type: "SafeInt", resolve: ({ objectCount }) => Number(objectCount) }),
    byteCount: t.field({ type: "SafeInt", resolve: ({ byteCount }) => Number(byteCount) }),
  }),
});

builder.objectField(Job, "collection", (t) =>
  t.field({
    type: Collection,
    nullable: true,
    description: "What a COLLECT job took.",
    resolve: ({ kind, output }) => (kind === "COLLECT" && isJsonObject(output) ? output : null),
  }),
);
