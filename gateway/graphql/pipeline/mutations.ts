// Writes of pipelines.
import { getDatasetVersion } from "../../domain/dataset/service.ts";
import { NotFound } from "../../domain/error.ts";
import {
  DuplicateColumn,
  LabelAmongFeatures,
  LabelDoesNotFit,
  StepDoesNotFit,
  UnknownColumn,
} from "../../domain/pipeline/errors.ts";
import { createPipeline } from "../../domain/pipeline/service.ts";
import { builder } from "../builder.ts";
import { DatasetVersion } from "../dataset/types.ts";
import { Project } from "../project/types.ts";
import { ColumnGroupInput, EstimatorInput, LabelInput, MetricInput, SplitInput, toSpecification } from "./inputs.ts";
import { PipelineVersion } from "./types.ts";

builder.mutationField("createPipeline", (t) =>
  t.fieldWithInput({
    type: PipelineVersion,
    description:
      "Makes the next version of the pipeline of that name, and the pipeline when it is new. The same specification again gives the version that exists.",
    errors: {
      types: [NotFound, UnknownColumn, DuplicateColumn, LabelAmongFeatures, StepDoesNotFit, LabelDoesNotFit],
      dataField: { name: "pipelineVersion" },
    },
    input: {
      projectId: t.input.globalID({ required: true, for: Project }),
      name: t.input.string({ required: true }),
      features: t.input.field({ type: [ColumnGroupInput], required: true }),
      label: t.input.field({
        type: LabelInput,
        description:
          "What classifiers and regressors learn. Clusters and outliers learn none: one that is named judges them.",
      }),
      estimator: t.input.field({ type: EstimatorInput, required: true }),
      split: t.input.field({ type: SplitInput, required: true }),
      metrics: t.input.field({
        type: [MetricInput],
        description:
          "Each beside what the best constant would get. Left out, those usual for the estimator's task: accuracy, precision, recall, F1, ROC AUC and log loss of classes; RMSE, MAE and R2 of quantities; silhouette, Davies-Bouldin and Calinski-Harabasz of clusters, with adjusted Rand and mutual information beside a label; ROC AUC and average precision of outliers beside a label.",
      }),
      seed: t.input.int({ required: true, defaultValue: 0 }),
      datasetVersionId: t.input.globalID({
        for: DatasetVersion,
        description: "Checks the pipeline against its columns; nothing of it is kept.",
      }),
    },
    resolve: async (_, { input }, { tenantId, services }) => {
      const checked =
        input.datasetVersionId && (await getDatasetVersion(services.database, tenantId, input.datasetVersionId.id));
      return createPipeline(services.database, tenantId, {
        projectId: input.projectId.id,
        name: input.name,
        specification: toSpecification(input),
        schema: checked?.schema,
      });
    },
  }),
);
