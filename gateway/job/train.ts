// Train: a pipeline version is fitted on a dataset version in the kernel thread, from its last checkpoint when there is
// one, and becomes the next version of a model in the transaction that ends the job.
import { type EstimateColumn, estimateFit } from "@millrace/core";
import type { Figure } from "@millrace/core/metrics";
import type { Database } from "../data/database.ts";
import { columnKind } from "../data/dataset/read.ts";
import type { Row } from "../data/schema.ts";
import { getDatasetVersion } from "../domain/dataset/service.ts";
import { type ModelMetric, toSignature } from "../domain/model/record.ts";
import { registerModelVersion } from "../domain/model/service.ts";
import { parseTrainingInput, type TrainingInput } from "../domain/model/training.ts";
import { getPipelineVersion } from "../domain/pipeline/service.ts";
import { type PipelineSpecification, parseSpecification } from "../domain/pipeline/specification.ts";
import type { FitOutcome, Report } from "../kernel/messages.ts";
import type { KernelThread } from "../kernel/thread.ts";
import { defineExecutor, type JobContext, type JobExecutor } from "./executor.ts";

/** Bytes that the host moves for a cell: read from Parquet, decoded, counted, encoded, gathered at each epoch. */
const HOST_BYTES_A_CELL = 400;

type Ready = {
  readonly pipelineVersion: Row<"pipelineVersion">;
  readonly datasetVersion: Row<"datasetVersion">;
  readonly specification: PipelineSpecification;
};

const ready = async (database: Database, tenantId: string, input: TrainingInput): Promise<Ready> => {
  const pipelineVersion = await getPipelineVersion(database, tenantId, input.pipelineVersionId);
  const datasetVersion = await getDatasetVersion(database, tenantId, input.datasetVersionId);
  return { pipelineVersion, datasetVersion, specification: parseSpecification(pipelineVersion.specification) };
};

/** Passes what a kernel thread reports on to the job. */
export const relay =
  (context: JobContext) =>
  ({ progress, points, usage }: Report): void => {
    for (const [series, step, value] of points) context.metrics.append(series, step, value);
    for (const { kernel, device, ...use } of usage) context.usage.add(kernel, device, use);
    if (progress) context.progress(progress.fraction, progress.message);
  };

/** Figures of some rows as they are kept. */
export const toMetrics = (figures: readonly Figure[], part: ModelMetric["part"]): { entries: ModelMetric[] } => ({
  entries: figures.map(({ metric, value, base = null }) => ({ metric, part, value, base })),
});

const columnsOf = ({ schema }: Row<"datasetVersion">): EstimateColumn[] =>
  schema.map(({ name, type, missingCount }) => ({ name, kind: columnKind[type], missingCount }));

const fit = (
  thread: KernelThread,
  context: JobContext,
  input: TrainingInput,
  { datasetVersion, pipelineVersion, specification }: Ready,
  resume: Uint8Array | undefined,
): Promise<FitOutcome> =>
  thread.run(
    {
      kind: "fit",
      rows: { schema: datasetVersion.schema, files: datasetVersion.files },
      specification,
      device: input.device,
      resume,
      provenance: {
        datasetVersion: datasetVersion.id,
        contentHash: datasetVersion.contentHash,
        pipelineVersion: pipelineVersion.id,
        pipelineHash: pipelineVersion.hash,
        job: context.job.id,
      },
    },
    { report: relay(context), checkpoint: (position, state) => context.checkpoint.commit({ position, state }) },
    context.signal,
  );

/**
 * The executor of TRAIN jobs.
 *
 * @example startEngine(workplace, [createTrainExecutor(createKernelThread(settings))], 1);
 */
export const createTrainExecutor = (thread: KernelThread): JobExecutor =>
  defineExecutor({
    kind: "TRAIN",
    parse: parseTrainingInput,
    async estimate(input, { tenantId, database }) {
      const { datasetVersion, specification } = await ready(database, tenantId, input);
      const { features, estimator, split } = specification;
      const { rowCount } = datasetVersion;
      const { flops, bytes, storedBytes } = await estimateFit({
        rowCount,
        columns: columnsOf(datasetVersion),
        features,
        estimator,
        split,
      });
      const cells = rowCount * features.reduce((sum, group) => sum + group.columns.length, 0);
      return { flops, bytes: bytes + cells * HOST_BYTES_A_CELL, storedBytes };
    },
    async run(input, context) {
      const { tenantId, projectId, job } = context;
      const parts = await ready(context.database, tenantId, input);
      const saved = await context.checkpoint.load();
      const outcome = await fit(thread, context, input, parts, saved?.state);
      const signature = toSignature(outcome.signature, parts.specification);
      const { hash } = await context.put(outcome.bundle);
      return async (transaction) => {
        const version = await registerModelVersion(transaction, tenantId, {
          projectId,
          name: input.modelName,
          bundleHash: hash,
          signature,
          metrics: toMetrics(outcome.figures, "heldOut"),
          split: {
            specification: parts.specification.split,
            hash: outcome.splitHash,
            trainRowCount: outcome.rows.training,
            heldOutRowCount: outcome.rows.heldOut,
          },
          datasetVersionId: parts.datasetVersion.id,
          pipelineVersionId: parts.pipelineVersion.id,
          jobId: job.id,
        });
        return { modelVersionId: version.id };
      };
    },
  });
