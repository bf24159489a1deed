// What can be done to a job once it is there. Jobs are made by the mutations of what they make.
import { NotFound } from "../../domain/error.ts";
import { IdempotencyKeyReused, JobOver, JobStarted } from "../../domain/job/errors.ts";
import { builder } from "../builder.ts";
import { errorType } from "../errors.ts";
import { Job } from "./types.ts";

errorType(JobOver, "JobOver", "The job has ended, so there is nothing left to cancel.");
errorType(IdempotencyKeyReused, "IdempotencyKeyReused", "The idempotency key stands for a job with another input.");

errorType(JobStarted, "JobStarted", "The job does not wait any more.");

builder.mutationField("setJobPriority", (t) =>
  t.fieldWithInput({
    type: Job,
    description: "Lets a job that waits go before or after others.",
    errors: { types: [NotFound, JobStarted], dataField: { name: "job" } },
    input: {
      jobId: t.input.globalID({ required: true, for: Job }),
      priority: t.input.int({ required: true, description: "-100 to 100; jobs have 0 when they are made." }),
    },
    resolve: (_, { input }, { tenantId, services }) =>
      services.jobs.prioritise(tenantId, input.jobId.id, input.priority),
  }),
);

builder.mutationField("cancelJob", (t) =>
  t.fieldWithInput({
    type: Job,
    description: "Cancels a job: a queued one at once, a running one within seconds. It leaves nothing half-made.",
    errors: { types: [NotFound, JobOver], dataField: { name: "job" } },
    input: { jobId: t.input.globalID({ required: true, for: Job }) },
    resolve: (_, { input }, { tenantId, services }) => services.jobs.cancel(tenantId, input.jobId.id),
  }),
);
