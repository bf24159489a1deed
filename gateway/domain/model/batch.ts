// What a batch prediction job is told, and the check that the dataset has what the model takes.
import { z } from "zod";
import type { Database } from "../../data/database.ts";
import { selectProjectsOfVersions } from "../../data/dataset/store.ts";
import { selectModels } from "../../data/model/store.ts";
import type { ColumnSchema } from "../../data/schema.ts";
import { getDatasetVersion } from "../dataset/service.ts";
import { InvalidInput, NotFound } from "../error.ts";
import { UnknownColumn } from "../pipeline/errors.ts";
import { ColumnDoesNotFit } from "./errors.ts";
import { parseSignature, type Signature } from "./record.ts";
import { getModelVersion } from "./service.ts";
import { deviceHints, type PlannedJob } from "./training.ts";

const batchInput = z.object({
  modelVersionId: z.string(),
  datasetVersionId: z.string(),
  device: z.enum(deviceHints),
});

export type BatchInput = z.infer<typeof batchInput>;

/** Reads the input of a PREDICT job. */
export const parseBatchInput = (stored: unknown): BatchInput => batchInput.parse(stored);

const numeric = new Set(["INTEGER", "FLOAT"]);

/** @throws UnknownColumn, ColumnDoesNotFit */
const checkColumns = (signature: Signature, schema: readonly ColumnSchema[]): void => {
  const path = ["datasetVersionId"];
  const columns = new Map(schema.map((column) => [column.name, column]));
  for (const input of signature.inputs) {
    const column = columns.get(input.name);
    if (!column) throw new UnknownColumn(input.name, [...columns.keys()], path);
    const fits = column.type === input.type || (numeric.has(column.type) && input.type === "FLOAT");
    if (!fits) {
      throw new ColumnDoesNotFit(
        input.name,
        `The model takes ${input.type} in "${input.name}" and the dataset has ${column.type}: derive the column anew.`,
        path,
      );
    }
    if (!input.nullable && column.missingCount > 0) {
      throw new ColumnDoesNotFit(
        input.name,
        `"${input.name}" is missing in ${column.missingCount} rows and nothing in the model fills it: filter them out.`,
        path,
      );
    }
  }
};

/**
 * Checks a batch prediction and gives the job for it, in the model's project.
 *
 * @throws NotFound, InvalidInput, UnknownColumn, ColumnDoesNotFit
 */
export async function planBatch(database: Database, tenantId: string, input: BatchInput): Promise<PlannedJob> {
  const modelVersion = await getModelVersion(database, tenantId, input.modelVersionId);
  const datasetVersion = await getDatasetVersion(database, tenantId, input.datasetVersionId);
  const [model] = await selectModels(database, tenantId, [modelVersion.modelId]);
  const [dataset] = await selectProjectsOfVersions(database, tenantId, [datasetVersion.id]);
  if (!model || !dataset) throw new NotFound("model", modelVersion.modelId, ["modelVersionId"]);
  if (model.projectId !== dataset.projectId) {
    throw new InvalidInput("The model and the dataset are of different projects: use those of one.", [
      "datasetVersionId",
    ]);
  }
  checkColumns(parseSignature(modelVersion.signature), datasetVersion.schema);
  return { projectId: model.projectId, kind: "PREDICT", input };
}
