// Pipelines: named, and versioned by their specification. The same specification again is the same version.
import type { Database } from "../../data/database.ts";
import { newIdentifier } from "../../data/identifier.ts";
import { insertVersion, lockPipeline, selectLatestVersion, selectVersions } from "../../data/pipeline/store.ts";
import type { Row } from "../../data/schema.ts";
import { type InputPath, NotFound } from "../error.ts";
import { checkName } from "../name.ts";
import { getProject } from "../project/service.ts";
import { checkFit, type FitColumn } from "./fit.ts";
import { specificationHash, toStored } from "./specification.ts";
import { checkSpecification, type NewSpecification } from "./validation.ts";

export type NewPipeline = {
  projectId: string;
  name: string;
  specification: NewSpecification;
  /** The columns of a dataset version to check against, when one was given. */
  schema?: readonly FitColumn[] | undefined;
};

/**
 * Makes the next version of the pipeline of that name, and the pipeline when it is new. When the newest version has
 * the same specification, it is the answer and nothing is written.
 *
 * @throws NotFound (project), InvalidInput, DuplicateColumn, LabelAmongFeatures, UnknownColumn, StepDoesNotFit, LabelDoesNotFit
 */
export async function createPipeline(
  database: Database,
  tenantId: string,
  { projectId, name, specification: described, schema }: NewPipeline,
): Promise<Row<"pipelineVersion">> {
  checkName(name);
  const specification = await checkSpecification(described);
  if (schema) await checkFit(specification, schema);
  await getProject(database, tenantId, projectId, ["projectId"]);
  const hash = specificationHash(specification);
  return database.transaction().execute(async (transaction) => {
    const pipeline = await lockPipeline(transaction, tenantId, { id: newIdentifier(), projectId, name });
    const latest = await selectLatestVersion(transaction, tenantId, pipeline.id);
    if (latest?.hash === hash) return latest;
    const number = (latest?.number ?? 0) + 1;
    return insertVersion(transaction, tenantId, {
      id: newIdentifier(),
      pipelineId: pipeline.id,
      number,
      specification: toStored(specification),
      hash,
    });
  });
}

/**
 * The pipeline version of an id.
 *
 * @throws NotFound
 */
export async function getPipelineVersion(
  database: Database,
  tenantId: string,
  id: string,
  path: InputPath = ["pipelineVersionId"],
): Promise<Row<"pipelineVersion">> {
  const [version] = await selectVersions(database, tenantId, [id]);
  if (!version) throw new NotFound("pipeline version", id, path);
  return version;
}
