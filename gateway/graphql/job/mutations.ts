// What can be done to a job once it is there. Jobs are made by the mutations of what they make.
import { NotFound } from "../../domain/error.ts";
import { IdempotencyKeyReused, JobOver } from "../../domain/job/errors.ts";
import { builder } from "../builder.ts";
import { errorType } from "../errors.ts";
import { Job } from "./types.ts";

errorType(JobOver, "JobOver", "The job has ended, so there is nothing left to cancel.");
errorType(IdempotencyKeyReused, "IdempotencyKeyReused", "The idempotency key stands for a job with another input.");

builder.mutationField("cancelJob", (t) =>
  t.fieldWithInput({
    type: Job,
    description: "Cancels a job: a queued one at once, a running one within seconds. It leaves nothing half-made.",
    errors: { types: [NotFound, JobOver], dataField: { name: "job" } },
    input: { jobId: t.input.globalID({ required: true, for: Job }) },
    resolve: (_, { input }, { tenantId, services }) => services.jobs.cancel(tenantId, input.jobId.id),
  }),
);
