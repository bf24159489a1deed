// The steps that both halves of the tour take: a file in, a table derived, a pipeline fitted. Each is a mutation, a job
// that is watched, and a line that says what came of it.
import { sparkline } from "./bar.ts";
import { succeed } from "./client.ts";
import {
  createPipeline,
  type DatasetVersion,
  deriveDataset,
  importDataset,
  type ModelVersion,
  trainModel,
} from "./documents.ts";
import { byteSize, duration, grouped } from "./figures.ts";
import { datasetOf, type Guide, modelOf, type WatchedJob } from "./guide.ts";

const CURVE_WIDTH = 32;

/** Rows, columns, gaps and bytes of a dataset version. */
const describeDataset = ({ rowCount, columns, byteCount, contentHash }: DatasetVersion): string => {
  const missing = columns.reduce((sum, { missingCount }) => sum + missingCount, 0);
  const gaps = missing === 0 ? "no gaps" : `${grouped(missing)} values missing`;
  return `${grouped(rowCount)} rows x ${columns.length} columns, ${gaps}, ${byteSize(byteCount)}, SHA-256 ${contentHash.slice(0, 8)}…`;
};

const sayDataset = (guide: Guide, what: string, name: string, job: WatchedJob): DatasetVersion => {
  const version = datasetOf(job, name);
  guide.screen.done(`${what} ${name} in ${duration(job.seconds)}: ${describeDataset(version)}`);
  return version;
};

/** Imports a file of the gateway's machine. */
export const runImport = async (guide: Guide, name: string, path: string): Promise<DatasetVersion> => {
  const input = { projectId: guide.projectId, name, source: { path } };
  const { importDataset: submitted } = await guide.client.ask(importDataset, { input });
  return sayDataset(guide, "imported", name, await guide.watch(name, submitted));
};

/** Derives a dataset from others. */
export const runDerive = async (guide: Guide, name: string, derivation: object): Promise<DatasetVersion> => {
  const input = { projectId: guide.projectId, name, ...derivation };
  const { deriveDataset: submitted } = await guide.client.ask(deriveDataset, { input });
  return sayDataset(guide, "derived", name, await guide.watch(name, submitted));
};

/** Describes a pipeline and trains it. The pipeline and the model have the same name. */
export const runTraining = async (
  guide: Guide,
  name: string,
  datasetVersionId: string,
  pipeline: object,
): Promise<ModelVersion> => {
  const described = await guide.client.ask(createPipeline, {
    input: { projectId: guide.projectId, datasetVersionId, name, ...pipeline },
  });
  const { pipelineVersion } = succeed(described.createPipeline);
  const input = { datasetVersionId, pipelineVersionId: pipelineVersion.id, modelName: name };
  const { trainModel: submitted } = await guide.client.ask(trainModel, { input });
  const job = await guide.watch(name, submitted);
  const model = modelOf(job, name);
  const { trainRowCount, heldOutRowCount } = model.split;
  const rows = `${grouped(trainRowCount)} rows, ${grouped(heldOutRowCount)} held out`;
  guide.screen.done(`trained ${name} in ${duration(job.seconds)} on ${rows}`);
  const { losses } = job;
  const [first, last] = [losses[0], losses.at(-1)];
  if (first !== undefined && last !== undefined) {
    const curve = sparkline(losses, CURVE_WIDTH);
    guide.screen.note(`loss ${first.toFixed(3)} ${curve} ${last.toFixed(3)}, ${grouped(losses.length)} points`);
  }
  guide.qualities.push({ model: name, rows: `${grouped(heldOutRowCount)} held out`, metrics: model.metrics });
  return model;
};
