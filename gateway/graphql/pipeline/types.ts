// The pipeline node, its versions, and the specification as typed output.
import { pageVersions, selectPipelines, selectVersions } from "../../data/pipeline/store.ts";
import type { Row } from "../../data/schema.ts";
import { parseSpecification } from "../../domain/pipeline/specification.ts";
import { builder } from "../builder.ts";
import { connection, connectionComplexity } from "../connection.ts";
import { inOrder } from "../loading.ts";
import { Project } from "../project/types.ts";
import { ColumnGroup, Estimator, Label, Metric, Split } from "./outputs.ts";

export const PipelineVersion = builder.loadableNodeRef<Row<"pipelineVersion">>("PipelineVersion", {
  id: { resolve: (version) => version.id },
  load: async (ids: string[], { tenantId, services }) =>
    inOrder("pipeline version", ids, await selectVersions(services.database, tenantId, ids)),
});
export const PipelineVersionConnection = builder.connectionObject(
  { name: "PipelineVersionConnection", type: PipelineVersion },
  { name: "PipelineVersionEdge" },
);

export const Pipeline = builder.loadableNodeRef<Row<"pipeline">>("Pipeline", {
  id: { resolve: (pipeline) => pipeline.id },
  load: async (ids: string[], { tenantId, services }) =>
    inOrder("pipeline", ids, await selectPipelines(services.database, tenantId, ids)),
});
export const PipelineConnection = builder.connectionObject(
  { name: "PipelineConnection", type: Pipeline },
  { name: "PipelineEdge" },
);

Pipeline.implement({
  description: "A named pipeline. What it does is in its versions, none of which ever changes.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "Unique in its project." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    project: t.field({ type: Project, resolve: (pipeline) => pipeline.projectId }),
    versions: t.connection(
      {
        type: PipelineVersion,
        description: "Its versions, the newest first.",
        complexity: connectionComplexity,
        resolve: (pipeline, args, { tenantId, services }) =>
          connection(args, (page) => pageVersions(services.database, tenantId, pipeline.id, page)),
      },
      PipelineVersionConnection,
    ),
  }),
});

PipelineVersion.implement({
  description: "Preprocessing, label, estimator, split and metrics: everything that training needs beside the data.",
  fields: (t) => ({
    pipeline: t.field({ type: Pipeline, resolve: (version) => version.pipelineId }),
    number: t.exposeInt("number", { description: "1 for the first." }),
    hash: t.exposeString("hash", { description: "SHA-256 of the specification in canonical JSON." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    features: t.field({
      type: [ColumnGroup],
      resolve: (version) => parseSpecification(version.specification).features,
    }),
    label: t.field({
      type: Label,
      nullable: true,
      description: "Null where nothing is learnt and nothing judges.",
      resolve: (version) => parseSpecification(version.specification).label,
    }),
    estimator: t.field({ type: Estimator, resolve: (version) => parseSpecification(version.specification).estimator }),
    split: t.field({ type: Split, resolve: (version) => parseSpecification(version.specification).split }),
    metrics: t.field({
      type: [Metric],
      resolve: (version) => parseSpecification(version.specification).metrics.map((metric) => ({ ...metric })),
    }),
    seed: t.int({
      description: "Seeds the initial weights and the order of the batches.",
      resolve: (version) => parseSpecification(version.specification).seed,
    }),
  }),
});
