// What joins models to the rest: a version to the dataset version and the job it came from, a job to what it made.
import { z } from "zod";
import type { Row } from "../../data/schema.ts";
import { builder } from "../builder.ts";
import { DatasetVersion } from "../dataset/types.ts";
import { Job } from "../job/types.ts";
import { PredictionSet } from "../predict/types.ts";
import { ModelVersion } from "./types.ts";

builder.objectFields(ModelVersion, (t) => ({
  datasetVersion: t.field({
    type: DatasetVersion,
    description: "What it was trained and measured on.",
    resolve: (version) => version.datasetVersionId,
  }),
  job: t.field({ type: Job, description: "The job that trained it.", resolve: (version) => version.jobId }),
}));

const output = z.object({
  datasetVersionId: z.string().optional(),
  modelVersionId: z.string().optional(),
  predictionSetId: z.string().optional(),
});

const outputOf = (job: Row<"job">): z.infer<typeof output> => (job.output === null ? {} : output.parse(job.output));

builder.objectFields(Job, (t) => ({
  datasetVersion: t.field({
    type: DatasetVersion,
    nullable: true,
    description: "What an import or a derivation has made.",
    resolve: (job) => outputOf(job).datasetVersionId,
  }),
  modelVersion: t.field({
    type: ModelVersion,
    nullable: true,
    description: "What a training has made.",
    resolve: (job) => outputOf(job).modelVersionId,
  }),
  predictionSet: t.field({
    type: PredictionSet,
    nullable: true,
    description: "What a batch prediction has made.",
    resolve: (job) => outputOf(job).predictionSetId,
  }),
}));
