// A registered model version over the rows that it hangs on, as a training job leaves them.
import type { Database } from "@millrace/gateway/data/database.ts";
import { newIdentifier } from "@millrace/gateway/data/identifier.ts";
import type { Row } from "@millrace/gateway/data/schema.ts";
import type { Signature } from "@millrace/gateway/domain/model/record.ts";
import { registerModelVersion } from "@millrace/gateway/domain/model/service.ts";

export const penguinSignature: Signature = {
  task: "classification",
  answer: "probabilities",
  threshold: null,
  inputs: [
    { name: "Beak Length (mm)", type: "FLOAT", nullable: true, categories: null },
    { name: "Year", type: "INTEGER", nullable: false, categories: null },
    { name: "Island", type: "TEXT", nullable: false, categories: ["Biscoe", "Dream", "Torgersen"] },
    { name: "Banded", type: "BOOLEAN", nullable: false, categories: null },
  ],
  label: { name: "Species", classes: ["Adelie", "Chinstrap", "Gentoo"], positiveClass: null },
};

/** Adds a dataset version, a pipeline version and a succeeded training job to a project, and registers what it trained. */
export async function addModelVersion(
  database: Database,
  projectId: string,
  options: { name?: string; bundleHash?: string } = {},
): Promise<Row<"modelVersion">> {
  const tenantId = "local";
  const [datasetId, datasetVersionId, pipelineId, pipelineVersionId, jobId] = Array.from({ length: 5 }, () =>
    newIdentifier(),
  );
  if (!datasetId || !datasetVersionId || !pipelineId || !pipelineVersionId || !jobId) throw new Error("no ids");
  await database.insertInto("dataset").values({ id: datasetId, tenantId, projectId, name: datasetId }).execute();
  await database
    .insertInto("datasetVersion")
    .values({
      id: datasetVersionId,
      tenantId,
      datasetId,
      number: 1,
      contentHash: "0",
      rowCount: 344,
      byteCount: 9000,
      schema: "[]",
      files: "[]",
      parents: "[]",
      jobId: null,
    })
    .execute();
  await database.insertInto("pipeline").values({ id: pipelineId, tenantId, projectId, name: pipelineId }).execute();
  await database
    .insertInto("pipelineVersion")
    .values({ id: pipelineVersionId, tenantId, pipelineId, number: 1, specification: "{}", hash: "0" })
    .execute();
  await database
    .insertInto("job")
    .values({ id: jobId, tenantId, projectId, kind: "TRAIN", state: "SUCCEEDED", input: "{}", output: "{}" })
    .execute();
  return database.transaction().execute((transaction) =>
    registerModelVersion(transaction, tenantId, {
      projectId,
      name: options.name ?? "penguins",
      bundleHash: options.bundleHash ?? "ab".repeat(32),
      signature: penguinSignature,
      metrics: { entries: [{ metric: { kind: "accuracy" }, part: "heldOut", value: 0.98, base: 0.44 }] },
      split: {
        specification: { kind: "HoldOut", fraction: 0.25, stratify: true, seed: 0 },
        hash: "cd".repeat(32),
        trainRowCount: 258,
        heldOutRowCount: 86,
      },
      datasetVersionId,
      pipelineVersionId,
      jobId,
    }),
  );
}
