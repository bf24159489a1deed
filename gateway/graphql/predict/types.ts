// What a model said of every row of a dataset version.
import { readRows } from "../../data/dataset/read.ts";
import { selectPredictionSets } from "../../data/model/store.ts";
import type { Row } from "../../data/schema.ts";
import { predictionSchema } from "../../domain/model/answers.ts";
import { parseMetrics, parseSignature } from "../../domain/model/record.ts";
import { getModelVersion } from "../../domain/model/service.ts";
import { builder } from "../builder.ts";
import { DatasetRowPage, DatasetVersion } from "../dataset/types.ts";
import { Job } from "../job/types.ts";
import { inOrder } from "../loading.ts";
import { ModelMetric, ModelVersion } from "../model/types.ts";

export const PredictionSet = builder.loadableNodeRef<Row<"predictionSet">>("PredictionSet", {
  id: { resolve: (set) => set.id },
  load: async (ids: string[], { tenantId, services }) =>
    inOrder("prediction set", ids, await selectPredictionSets(services.database, tenantId, ids)),
});

PredictionSet.implement({
  description: "What a model said of every row of a dataset version, in the order of its rows.",
  fields: (t) => ({
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    rowCount: t.expose("rowCount", { type: "SafeInt" }),
    modelVersion: t.field({ type: ModelVersion, resolve: (set) => set.modelVersionId }),
    datasetVersion: t.field({ type: DatasetVersion, resolve: (set) => set.datasetVersionId }),
    job: t.field({ type: Job, resolve: (set) => set.jobId }),
    metrics: t.field({
      type: [ModelMetric],
      description: "How good it was, when the dataset has the label; empty when it has not.",
      resolve: (set) => (set.metrics === null ? [] : parseMetrics(set.metrics).entries),
    }),
    rows: t.field({
      type: DatasetRowPage,
      description:
        "Cells by task. CLASSIFICATION: the class, then the probability (or margin) of each class in the signature's order. REGRESSION: the value. CLUSTERING: the cluster. OUTLIER_DETECTION: the score, then whether it is an outlier.",
      args: {
        first: t.arg.int({ required: true, defaultValue: 20, description: "0 to 1000." }),
        after: t.arg.int({ description: "The position of the row before the first; from the start when left out." }),
      },
      complexity: ({ first }) => ({ field: 20, multiplier: Math.max(1, first / 25) }),
      resolve: async (set, { first, after }, { tenantId, services, signal }) => {
        const version = await getModelVersion(services.database, tenantId, set.modelVersionId);
        const schema = predictionSchema(parseSignature(version.signature));
        return readRows(services.store, { schema, files: set.files }, { first, after: after ?? undefined, signal });
      },
    }),
  }),
});
