// The two jobs of models, training and batch prediction, and what each would take, said before it runs.
import { NotFound } from "../../domain/error.ts";
import { IdempotencyKeyReused } from "../../domain/job/errors.ts";
import { planBatch } from "../../domain/model/batch.ts";
import { ColumnDoesNotFit, EstimateUnknown } from "../../domain/model/errors.ts";
import { type PlannedJob, planTraining } from "../../domain/model/training.ts";
import { LabelDoesNotFit, StepDoesNotFit, UnknownColumn } from "../../domain/pipeline/errors.ts";
import { builder } from "../builder.ts";
import type { Context } from "../context.ts";
import { DatasetVersion } from "../dataset/types.ts";
import { errorType } from "../errors.ts";
import { Job, JobEstimate } from "../job/types.ts";
import { ModelVersion } from "../model/types.ts";
import { PipelineVersion } from "../pipeline/types.ts";

errorType(ColumnDoesNotFit, "ColumnDoesNotFit", "A dataset's column that the model cannot take.");
builder.objectField(ColumnDoesNotFit, "column", (t) => t.exposeString("column"));

errorType(EstimateUnknown, "EstimateUnknown", "A job whose work cannot be counted before it runs.");

const Device = builder.enumType("Device", {
  description: "Where kernels run.",
  values: {
    AUTO: { value: "auto", description: "A GPU when there is one, else WASM." },
    WEBGPU: { value: "webgpu", description: "A GPU; the job fails where there is none." },
    WASM: { value: "wasm", description: "WebAssembly, the fastest build that the machine takes." },
    DETERMINISTIC: { value: "deterministic", description: "WebAssembly with the same bits on every machine." },
  },
} as const);

const idempotencyKey = "The same key gives the same job, so that a client that lost the answer can ask again.";

const TrainModelInput = builder.inputType("TrainModelInput", {
  description: "A training.",
  fields: (t) => ({
    pipelineVersionId: t.globalID({ required: true, for: PipelineVersion }),
    datasetVersionId: t.globalID({ required: true, for: DatasetVersion }),
    modelName: t.string({ required: true, description: "A new model, or the next version of one that is there." }),
    device: t.field({ type: Device, required: true, defaultValue: "auto" }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
});
const PredictBatchInput = builder.inputType("PredictBatchInput", {
  description: "A prediction of every row of a dataset version.",
  fields: (t) => ({
    modelVersionId: t.globalID({ required: true, for: ModelVersion }),
    datasetVersionId: t.globalID({ required: true, for: DatasetVersion }),
    device: t.field({ type: Device, required: true, defaultValue: "auto" }),
    idempotencyKey: t.string({ description: idempotencyKey }),
  }),
});

const plannedTraining = (input: typeof TrainModelInput.$inferInput, { tenantId, services }: Context) =>
  planTraining(services.database, tenantId, {
    pipelineVersionId: input.pipelineVersionId.id,
    datasetVersionId: input.datasetVersionId.id,
    modelName: input.modelName,
    device: input.device,
  });
const plannedBatch = (input: typeof PredictBatchInput.$inferInput, { tenantId, services }: Context) =>
  planBatch(services.database, tenantId, {
    modelVersionId: input.modelVersionId.id,
    datasetVersionId: input.datasetVersionId.id,
    device: input.device,
  });

const estimated = async (plan: Promise<PlannedJob>, { tenantId, services }: Context) => {
  const { kind, input } = await plan;
  const estimate = await services.jobs.estimate(tenantId, kind, input);
  if (!estimate) throw new EstimateUnknown("The work of this job cannot be counted before it runs.");
  return estimate;
};

const trainingErrors = [NotFound, UnknownColumn, StepDoesNotFit, LabelDoesNotFit];
const batchErrors = [NotFound, UnknownColumn, ColumnDoesNotFit];

builder.mutationFields((t) => ({
  trainModel: t.field({
    type: Job,
    description: "Queues a training: preprocessing and estimator are fitted, measured, and kept as a model version.",
    errors: { types: [...trainingErrors, IdempotencyKeyReused], dataField: { name: "job" } },
    args: { input: t.arg({ type: TrainModelInput, required: true }) },
    resolve: async (_, { input }, context) =>
      context.services.jobs.submit(context.tenantId, {
        ...(await plannedTraining(input, context)),
        idempotencyKey: input.idempotencyKey ?? undefined,
      }),
  }),
  predictBatch: t.field({
    type: Job,
    description: "Queues the prediction of every row of a dataset version, kept as a prediction set.",
    errors: { types: [...batchErrors, IdempotencyKeyReused], dataField: { name: "job" } },
    args: { input: t.arg({ type: PredictBatchInput, required: true }) },
    resolve: async (_, { input }, context) =>
      context.services.jobs.submit(context.tenantId, {
        ...(await plannedBatch(input, context)),
        idempotencyKey: input.idempotencyKey ?? undefined,
      }),
  }),
}));

builder.queryFields((t) => ({
  estimateTrainModel: t.field({
    type: JobEstimate,
    description: "What a training would take and cost, without running it.",
    complexity: 20,
    errors: { types: [...trainingErrors, EstimateUnknown], dataField: { name: "estimate" } },
    args: { input: t.arg({ type: TrainModelInput, required: true }) },
    resolve: (_, { input }, context) => estimated(plannedTraining(input, context), context),
  }),
  estimatePredictBatch: t.field({
    type: JobEstimate,
    description: "What a batch prediction would take and cost, without running it.",
    complexity: 20,
    errors: { types: [...batchErrors, EstimateUnknown], dataField: { name: "estimate" } },
    args: { input: t.arg({ type: PredictBatchInput, required: true }) },
    resolve: (_, { input }, context) => estimated(plannedBatch(input, context), context),
  }),
}));
