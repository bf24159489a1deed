// The job node: what was asked, how far it is, what came of it, what it used and what it cost.
import { selectUsage, type Usage } from "../../data/cost/store.ts";
import { pageJobs, selectJobs } from "../../data/job/store.ts";
import { selectSeriesOfJobs } from "../../data/metric/store.ts";
import type { JobError as JobErrorValue, JobEstimate as JobEstimateValue, Row } from "../../data/schema.ts";
import { builder } from "../builder.ts";
import { connection, connectionComplexity } from "../connection.ts";
import { ErrorInterface } from "../errors.ts";
import { inOrder } from "../loading.ts";
import { Project } from "../project/types.ts";

export const JobKind = builder.enumType("JobKind", {
  description: "What a job does.",
  values: {
    IMPORT: { description: "Reads a file into a dataset version." },
    DERIVE: { description: "Makes a dataset version from others." },
    TRAIN: { description: "Trains a pipeline on a dataset version and measures the model." },
    PREDICT: { description: "Predicts every row of a dataset version." },
    COLLECT: { description: "Takes away the rows of dataset versions that nothing needs." },
  },
} as const);
export const JobState = builder.enumType("JobState", {
  description: "Where a job stands. SUCCEEDED, FAILED and CANCELLED are final.",
  values: ["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"] as const,
});

export const JobError = builder.objectRef<JobErrorValue>("JobError").implement({
  description: "Why a job failed, with a code such as DATASET_FILE_RAGGED_ROW.",
  interfaces: [ErrorInterface],
});

const EstimateBasis = builder.enumType("EstimateBasis", {
  description: "What an estimate rests on.",
  values: {
    SEED: { description: "A quick measurement of the machine." },
    MEASURED: { description: "Jobs of this kind that ran on this machine." },
  },
} as const);

export const JobEstimate = builder.objectRef<JobEstimateValue>("JobEstimate").implement({
  description: "What a job was thought to take before it ran.",
  fields: (t) => ({
    flops: t.exposeFloat("flops", { description: "Floating-point operations." }),
    bytes: t.exposeFloat("bytes", { description: "Bytes moved by kernels and readers." }),
    storedBytes: t.exposeFloat("storedBytes", { description: "Bytes that it will leave in the object store." }),
    seconds: t.exposeFloat("seconds", { description: "Machine time." }),
    lowSeconds: t.exposeFloat("lowSeconds"),
    highSeconds: t.exposeFloat("highSeconds"),
    amount: t.field({ type: "Decimal", resolve: (estimate) => estimate.amount }),
    currency: t.exposeString("currency", { description: "ISO 4217." }),
    basis: t.field({ type: EstimateBasis, resolve: (estimate) => estimate.basis }),
  }),
});

const KernelUsage = builder.objectRef<Usage>("KernelUsage").implement({
  description: "What a job used of one kernel on one device, over all of its attempts: counted, not sampled.",
  fields: (t) => ({
    kernel: t.exposeString("kernel"),
    device: t.exposeString("device"),
    calls: t.expose("calls", { type: "SafeInt" }),
    flops: t.exposeFloat("flops"),
    bytes: t.exposeFloat("bytes"),
    seconds: t.exposeFloat("seconds"),
  }),
});

export const MetricSeries = builder.objectRef<Row<"metricSeries">>("MetricSeries").implement({
  description: "A curve of a job, such as its loss.",
  fields: (t) => ({
    name: t.exposeString("name"),
    pointCount: t.expose("pointCount", { type: "SafeInt" }),
    lastStep: t.exposeInt("lastStep", { nullable: true }),
    lastValue: t.exposeFloat("lastValue", { nullable: true }),
  }),
});

export const Job = builder.loadableNodeRef<Row<"job">>("Job", {
  id: { resolve: (job) => job.id },
  load: async (ids: string[], { tenantId, services }) =>
    inOrder("job", ids, await selectJobs(services.database, tenantId, ids)),
});
export const JobConnection = builder.connectionObject({ name: "JobConnection", type: Job }, { name: "JobEdge" });

Job.implement({
  description: "One piece of work.",
  fields: (t) => ({
    project: t.field({ type: Project, resolve: (job) => job.projectId }),
    kind: t.field({ type: JobKind, resolve: (job) => job.kind }),
    state: t.field({ type: JobState, resolve: (job) => job.state }),
    progress: t.exposeFloat("progress", { description: "0 to 1." }),
    message: t.exposeString("progressMessage", { description: "What it is doing, for people." }),
    error: t.field({ type: JobError, nullable: true, resolve: (job) => job.error }),
    attempt: t.exposeInt("attempt", { description: "1 at the first; a killed worker costs one." }),
    cancelRequested: t.exposeBoolean("cancelRequested"),
    priority: t.exposeInt("priority", { description: "Of jobs that wait, the greatest goes first." }),
    estimate: t.field({ type: JobEstimate, nullable: true, resolve: (job) => job.estimate }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    startedAt: t.expose("startedAt", { type: "DateTime", nullable: true }),
    endedAt: t.expose("endedAt", { type: "DateTime", nullable: true }),
    usage: t.field({
      type: [KernelUsage],
      description: "By kernel, the longest first.",
      resolve: (job, _, { tenantId, services }) => selectUsage(services.database, tenantId, job.id),
    }),
    metrics: t.loadableGroup({
      type: MetricSeries,
      description: "Its curves by name, each with its newest point. Points come through metricPoints.",
      load: (ids: string[], { tenantId, services }) => selectSeriesOfJobs(services.database, tenantId, ids),
      group: (series) => series.jobId,
      resolve: (job) => job.id,
    }),
  }),
});

builder.objectField(Project, "jobs", (t) =>
  t.connection(
    {
      type: Job,
      description: "Its jobs, the newest first.",
      complexity: connectionComplexity,
      args: { kind: t.arg({ type: JobKind }), state: t.arg({ type: JobState }) },
      resolve: (project, args, { tenantId, services }) =>
        connection(args, (page) =>
          pageJobs(
            services.database,
            tenantId,
            { projectId: project.id, kind: args.kind ?? undefined, state: args.state ?? undefined },
            page,
          ),
        ),
    },
    JobConnection,
  ),
);
