// The model node and its versions: signature, metrics, lineage, and where the bundle is.
import { pageModelVersions, selectModels, selectModelVersions } from "../../data/model/store.ts";
import type { Row } from "../../data/schema.ts";
import {
  type ModelMetric as ModelMetricValue,
  parseMetrics,
  parseSignature,
  parseSplitRecord,
  type Signature,
  type SignatureInput,
  type SplitRecord,
} from "../../domain/model/record.ts";
import { bundlePath } from "../../http/paths.ts";
import { builder } from "../builder.ts";
import { ColumnType } from "../column-type.ts";
import { connection, connectionComplexity } from "../connection.ts";
import { inOrder } from "../loading.ts";
import { Metric, MetricName, Split } from "../pipeline/outputs.ts";
import { PipelineVersion } from "../pipeline/types.ts";
import { Project } from "../project/types.ts";

export const Model = builder.loadableNodeRef<Row<"model">>("Model", {
  id: { resolve: (model) => model.id },
  load: async (ids: string[], { tenantId, services }) =>
    inOrder("model", ids, await selectModels(services.database, tenantId, ids)),
});
export const ModelConnection = builder.connectionObject(
  { name: "ModelConnection", type: Model },
  { name: "ModelEdge" },
);

export const ModelVersion = builder.loadableNodeRef<Row<"modelVersion">>("ModelVersion", {
  id: { resolve: (version) => version.id },
  load: async (ids: string[], { tenantId, services }) =>
    inOrder("model version", ids, await selectModelVersions(services.database, tenantId, ids)),
});
export const ModelVersionConnection = builder.connectionObject(
  { name: "ModelVersionConnection", type: ModelVersion },
  { name: "ModelVersionEdge" },
);

const SplitPart = builder.enumType("SplitPart", {
  description: "The rows that a metric was measured on.",
  values: {
    TRAIN: { value: "train", description: "The rows that the model was trained on." },
    HELD_OUT: { value: "heldOut", description: "The rows of its dataset version that it never saw." },
    ALL: { value: "all", description: "Every row of a prediction set." },
  },
} as const);

export const ModelMetric = builder.objectRef<ModelMetricValue>("ModelMetric").implement({
  description: "One measure of a model's quality beside what would be had for nothing.",
  fields: (t) => ({
    name: t.field({ type: MetricName, resolve: ({ metric }) => metric.kind }),
    metric: t.field({ type: Metric, description: "With its choices.", resolve: ({ metric }) => ({ ...metric }) }),
    part: t.field({ type: SplitPart, resolve: ({ part }) => part }),
    value: t.exposeFloat("value"),
    base: t.exposeFloat("base", {
      nullable: true,
      description:
        "What the best constant gets on the same rows. Of classes: always giving the most frequent one, or its share as the probability. Of quantities: always their mean (their median for absolute errors, the quantile for PINBALL). Of clusters: a single one. Null where that has no value.",
    }),
  }),
});

const ModelInput = builder.objectRef<SignatureInput>("ModelInput").implement({
  description: "A column that the model takes.",
  fields: (t) => ({
    name: t.exposeString("name"),
    type: t.field({ type: ColumnType, resolve: (input) => input.type }),
    nullable: t.exposeBoolean("nullable", { description: "Whether its value may be missing." }),
    categories: t.exposeStringList("categories", {
      nullable: true,
      description: "The values that are known, when others are refused.",
    }),
  }),
});

const Task = builder.enumType("Task", {
  description: "What a model answers.",
  values: {
    CLASSIFICATION: { value: "classification", description: "A class." },
    REGRESSION: { value: "regression", description: "A quantity." },
    RANKING: { value: "ranking", description: "An order within groups." },
    CLUSTERING: { value: "clustering", description: "A cluster." },
    OUTLIER_DETECTION: { value: "outlierDetection", description: "How unusual a row is." },
  },
} as const);

const ModelSignature = builder.objectRef<Signature>("ModelSignature").implement({
  description: "What the model takes and gives.",
  fields: (t) => ({
    inputs: t.field({ type: [ModelInput], resolve: (signature) => signature.inputs }),
    task: t.field({ type: Task, resolve: ({ task }) => task }),
    label: t.string({
      nullable: true,
      description: "The column that it predicts; of clusters and outliers, the one that they were judged by.",
      resolve: ({ label }) => label?.name,
    }),
    classes: t.stringList({
      description: "In the order of the probabilities. Empty unless the task is CLASSIFICATION.",
      resolve: ({ label }) => label?.classes ?? [],
    }),
    positiveClass: t.string({ nullable: true, resolve: ({ label }) => label?.positiveClass }),
    threshold: t.exposeFloat("threshold", {
      nullable: true,
      description: "Of OUTLIER_DETECTION: rows with a score above it are outliers.",
    }),
  }),
});

const ModelSplit = builder.objectRef<SplitRecord>("ModelSplit").implement({
  description: "Which rows trained the model and which measured it.",
  fields: (t) => ({
    specification: t.field({ type: Split, resolve: (split) => split.specification }),
    hash: t.exposeString("hash", {
      description: "SHA-256 of the row masks: the same hash on the same dataset version is the same rows.",
    }),
    trainRowCount: t.expose("trainRowCount", { type: "SafeInt" }),
    heldOutRowCount: t.expose("heldOutRowCount", { type: "SafeInt" }),
  }),
});

Model.implement({
  description: "A named model. What was trained is in its versions, none of which ever changes.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "Unique in its project." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    project: t.field({ type: Project, resolve: (model) => model.projectId }),
    versions: t.connection(
      {
        type: ModelVersion,
        description: "Its versions, the newest first.",
        complexity: connectionComplexity,
        resolve: (model, args, { tenantId, services }) =>
          connection(args, (page) => pageModelVersions(services.database, tenantId, model.id, page)),
      },
      ModelVersionConnection,
    ),
  }),
});

ModelVersion.implement({
  description: "A trained model: one file that holds the graph, the parameters and the signature.",
  fields: (t) => ({
    model: t.field({ type: Model, resolve: (version) => version.modelId }),
    number: t.exposeInt("number", { description: "1 for the first." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    signature: t.field({ type: ModelSignature, resolve: (version) => parseSignature(version.signature) }),
    metrics: t.field({ type: [ModelMetric], resolve: (version) => parseMetrics(version.metrics).entries }),
    split: t.field({ type: ModelSplit, resolve: (version) => parseSplitRecord(version.split) }),
    bundleHash: t.exposeString("bundleHash", { description: "SHA-256 of the bundle's bytes." }),
    bundlePath: t.string({
      description: "Where GET has the bundle, on this server: a safetensors file.",
      resolve: (version) => bundlePath(version.bundleHash),
    }),
    pipelineVersion: t.field({ type: PipelineVersion, resolve: (version) => version.pipelineVersionId }),
  }),
});
