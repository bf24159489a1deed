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
import { metricNames } from "../../domain/pipeline/specification.ts";
import { builder } from "../builder.ts";
import { DatasetVersion } from "../dataset/types.ts";
import { Project } from "../project/types.ts";
import { ColumnGroupInput, EstimatorInput, LabelInput, MetricName, SplitInput, toSpecification } from "./inputs.ts";
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
      label: t.input.field({ type: LabelInput, required: true }),
      estimator: t.input.field({ type: EstimatorInput, required: true }),
      split: t.input.field({ type: SplitInput, required: true }),
      metrics: t.input.field({ type: [MetricName], required: true, defaultValue: [...metricNames] }),
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
