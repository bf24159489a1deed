// Predict: a model version predicts a dataset version in the kernel thread; the rows become Parquet files like those of a
// dataset, and a prediction set in the transaction that ends the job.
import {
  columnFrom,
  dictionaryColumn,
  estimatePredict,
  type Frame,
  frame,
  loadBundle,
  numericColumn,
} from "@millrace/core";
import type { Database } from "../data/database.ts";
import { stageFrames } from "../data/dataset/stage-frame.ts";
import { type DatasetContent, writeStaged } from "../data/dataset/write.ts";
import { newIdentifier } from "../data/identifier.ts";
import { insertPredictionSet } from "../data/model/store.ts";
import type { Row } from "../data/schema.ts";
import { getDatasetVersion } from "../domain/dataset/service.ts";
import { answerColumns, predictionSchema } from "../domain/model/answers.ts";
import { type BatchInput, parseBatchInput } from "../domain/model/batch.ts";
import { parseMetrics, parseSignature, type Signature } from "../domain/model/record.ts";
import { getModelVersion } from "../domain/model/service.ts";
import type { FromThread, PredictOutcome } from "../kernel/messages.ts";
import type { KernelThread } from "../kernel/thread.ts";
import { type SessionLimits, withSession } from "../source/session.ts";
import { defineExecutor, type JobContext, type JobExecutor } from "./executor.ts";
import { relay, toMetrics } from "./train.ts";

/** Bytes that the host moves for a cell that is read, and for one that is written. */
const HOST_BYTES_A_CELL = 300;

type Chunk = Extract<FromThread, { say: "predicted" }>;
type Ready = {
  readonly modelVersion: Row<"modelVersion">;
  readonly datasetVersion: Row<"datasetVersion">;
  readonly signature: Signature;
};

const ready = async (database: Database, tenantId: string, input: BatchInput): Promise<Ready> => {
  const modelVersion = await getModelVersion(database, tenantId, input.modelVersionId);
  const datasetVersion = await getDatasetVersion(database, tenantId, input.datasetVersionId);
  return { modelVersion, datasetVersion, signature: parseSignature(modelVersion.signature) };
};

/** A chunk as the columns of a prediction set. */
const toFrame = ({ answers }: Chunk, signature: Signature): Frame =>
  frame(
    Object.fromEntries(
      answerColumns(signature).map((own) => [
        own.name,
        own.type === "TEXT"
          ? dictionaryColumn(own.codes(answers), signature.label?.classes ?? [])
          : own.type === "BOOLEAN"
            ? columnFrom(own.name, own.truths(answers), "boolean")
            : numericColumn(own.values(answers)),
      ]),
    ),
  );

/** Predicts in the kernel thread and writes what comes, chunk by chunk: neither side runs ahead of the other. */
const predictInto = async (
  thread: KernelThread,
  context: JobContext,
  input: BatchInput,
  { modelVersion, datasetVersion, signature }: Ready,
  limits: SessionLimits,
): Promise<{ outcome: PredictOutcome; content: DatasetContent }> => {
  const { readable, writable } = new TransformStream<Chunk, Chunk>();
  const writer = writable.getWriter();
  const predict = async (): Promise<PredictOutcome> => {
    try {
      const outcome = await thread.run(
        {
          kind: "predict",
          rows: { schema: datasetVersion.schema, files: datasetVersion.files },
          bundleHash: modelVersion.bundleHash,
          metrics: parseMetrics(modelVersion.metrics).entries.map(({ metric }) => metric),
          positiveClass: signature.label?.positiveClass ?? null,
          device: input.device,
        },
        { report: relay(context), predicted: (chunk) => writer.write(chunk) },
        context.signal,
      );
      await writer.close();
      return outcome;
    } catch (error) {
      // The reader hears of it too; when the reader failed first, this changes nothing.
      await writer.abort(error).catch(() => {});
      throw error;
    }
  };
  const write = (): Promise<DatasetContent> =>
    withSession({ readable: [], limits, signal: context.signal }, async (session) => {
      const frames = (async function* () {
        for await (const chunk of readable) yield toFrame(chunk, signature);
      })();
      return writeStaged(session, await stageFrames(session, predictionSchema(signature), frames), {
        put: context.put,
      });
    });
  const [predicted, written] = await Promise.allSettled([predict(), write()]);
  if (written.status === "rejected") throw predicted.status === "rejected" ? predicted.reason : written.reason;
  if (predicted.status === "rejected") throw predicted.reason;
  return { outcome: predicted.value, content: written.value };
};

/**
 * The executor of PREDICT jobs.
 *
 * @example startEngine(workplace, [createPredictExecutor(createKernelThread(settings), limits)], 1);
 */
export const createPredictExecutor = (thread: KernelThread, limits: SessionLimits): JobExecutor =>
  defineExecutor({
    kind: "PREDICT",
    parse: parseBatchInput,
    async estimate(input, { tenantId, database, store }) {
      const { modelVersion, datasetVersion, signature } = await ready(database, tenantId, input);
      const { rowCount } = datasetVersion;
      using bundle = loadBundle(await store.read(modelVersion.bundleHash));
      const { flops, bytes } = await estimatePredict(bundle, rowCount);
      const written = answerColumns(signature).length;
      const cells = rowCount * (signature.inputs.length + written);
      return { flops, bytes: bytes + cells * HOST_BYTES_A_CELL, storedBytes: rowCount * written * 4 };
    },
    async run(input, context) {
      const { tenantId, projectId, job } = context;
      const parts = await ready(context.database, tenantId, input);
      const { outcome, content } = await predictInto(thread, context, input, parts, limits);
      const { judged } = outcome;
      const metrics = judged === undefined ? null : toMetrics(judged, "all");
      return async (transaction) => {
        const id = newIdentifier();
        await insertPredictionSet(transaction, tenantId, {
          id,
          projectId,
          modelVersionId: parts.modelVersion.id,
          datasetVersionId: parts.datasetVersion.id,
          jobId: job.id,
          rowCount: content.rowCount,
          files: content.files,
          metrics,
        });
        return { predictionSetId: id };
      };
    },
  });
