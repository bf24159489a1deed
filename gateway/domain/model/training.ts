// What a training job is told, and the checks that are made before it is queued: what can be known from the
// specification and the dataset's columns is not left for the job to find out.
import { z } from "zod";
import type { Database } from "../../data/database.ts";
import { selectProjectsOfVersions } from "../../data/dataset/store.ts";
import { selectPipelines } from "../../data/pipeline/store.ts";
import type { JobKind } from "../../data/schema.ts";
import { getDatasetVersion } from "../dataset/service.ts";
import { InvalidInput, NotFound } from "../error.ts";
import type { JobSubmission } from "../job/service.ts";
import { checkName } from "../name.ts";
import { checkFit } from "../pipeline/fit.ts";
import { getPipelineVersion } from "../pipeline/service.ts";
import { parseSpecification } from "../pipeline/specification.ts";

/** Where kernels run: "auto" takes a GPU when there is one, "deterministic" gives the same bits on every machine. */
export const deviceHints = ["auto", "webgpu", "wasm", "deterministic"] as const;
export type DeviceHint = (typeof deviceHints)[number];

const trainingInput = z.object({
  pipelineVersionId: z.string(),
  datasetVersionId: z.string(),
  /** The model's name within its project: a new model, or the next version of one that is there. */
  modelName: z.string(),
  device: z.enum(deviceHints),
});

export type TrainingInput = z.infer<typeof trainingInput>;

/** Reads the input of a TRAIN job. */
export const parseTrainingInput = (stored: unknown): TrainingInput => trainingInput.parse(stored);

/** A job that is ready to be submitted or estimated. */
export type PlannedJob = { projectId: string; kind: JobKind; input: JobSubmission["input"] };

/**
 * Checks a training and gives the job for it, in the pipeline's project.
 *
 * @throws NotFound, InvalidInput, UnknownColumn, StepDoesNotFit, LabelDoesNotFit
 */
export async function planTraining(database: Database, tenantId: string, input: TrainingInput): Promise<PlannedJob> {
  const pipelineVersion = await getPipelineVersion(database, tenantId, input.pipelineVersionId);
  const datasetVersion = await getDatasetVersion(database, tenantId, input.datasetVersionId);
  const [pipeline] = await selectPipelines(database, tenantId, [pipelineVersion.pipelineId]);
  const [dataset] = await selectProjectsOfVersions(database, tenantId, [datasetVersion.id]);
  if (!pipeline || !dataset) throw new NotFound("pipeline", pipelineVersion.pipelineId, ["pipelineVersionId"]);
  if (pipeline.projectId !== dataset.projectId) {
    throw new InvalidInput("The pipeline and the dataset are of different projects: use those of one.", [
      "datasetVersionId",
    ]);
  }
  checkName(input.modelName, ["modelName"]);
  await checkFit(parseSpecification(pipelineVersion.specification), datasetVersion.schema);
  return { projectId: pipeline.projectId, kind: "TRAIN", input };
}
