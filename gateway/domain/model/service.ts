// The registry of models: versions are registered by the job that trained them, in the transaction that ends it, and
// never change.
import type { Database, DatabaseTransaction } from "../../data/database.ts";
import { newIdentifier } from "../../data/identifier.ts";
import { insertModelVersion, lockModel, selectLastNumber, selectModelVersions } from "../../data/model/store.ts";
import type { Row } from "../../data/schema.ts";
import { type InputPath, NotFound } from "../error.ts";
import { checkName } from "../name.ts";
import { type PredictedRow, toPredictedRows } from "./answers.ts";
import { type PredictionCell, type Predictor, toColumns } from "./prediction.ts";
import { type ModelMetrics, parseSignature, type Signature, type SplitRecord } from "./record.ts";

export type NewModelVersion = {
  projectId: string;
  name: string;
  bundleHash: string;
  signature: Signature;
  metrics: ModelMetrics;
  split: SplitRecord;
  datasetVersionId: string;
  pipelineVersionId: string;
  jobId: string;
};

/**
 * Registers the next version of the model of that name, and the model when it is new. For the effect of a training job.
 *
 * @throws InvalidInput when the name is not one
 */
export async function registerModelVersion(
  transaction: DatabaseTransaction,
  tenantId: string,
  { projectId, name, ...version }: NewModelVersion,
): Promise<Row<"modelVersion">> {
  const model = await lockModel(transaction, tenantId, { id: newIdentifier(), projectId, name: checkName(name) });
  const number = 1 + (await selectLastNumber(transaction, tenantId, model.id));
  return insertModelVersion(transaction, tenantId, { id: newIdentifier(), modelId: model.id, number, ...version });
}

/**
 * The model version of an id.
 *
 * @throws NotFound
 */
export async function getModelVersion(
  database: Database,
  tenantId: string,
  id: string,
  path: InputPath = ["modelVersionId"],
): Promise<Row<"modelVersion">> {
  const [version] = await selectModelVersions(database, tenantId, [id]);
  if (!version) throw new NotFound("model version", id, path);
  return version;
}

/**
 * Predicts rows that came with the request.
 *
 * @throws NotFound, MissingField, WrongType, UnknownCategory, UnknownField, InvalidInput
 */
export async function predictRows(
  database: Database,
  predictor: Predictor,
  tenantId: string,
  { modelVersionId, rows }: { modelVersionId: string; rows: readonly (readonly PredictionCell[])[] },
): Promise<PredictedRow[]> {
  const version = await getModelVersion(database, tenantId, modelVersionId);
  const signature = parseSignature(version.signature);
  const answers = await predictor(version.bundleHash, toColumns(signature, rows));
  return toPredictedRows(signature, answers, rows.length);
}
