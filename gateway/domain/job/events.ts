// What the outbox says of a job: its own topic has every change of state and progress, its project's topic the
// changes of state of all its jobs.
import type { DatabaseTransaction } from "../../data/database.ts";
import { appendEvents } from "../../data/outbox/store.ts";
import type { Row } from "../../data/schema.ts";

/** The topic of one job. */
export function jobTopic(jobId: string): string {
  return `job/${jobId}`;
}

/** The topic of a job's metric points. */
export function metricTopic(jobId: string): string {
  return `metric/${jobId}`;
}

/** The topic of all jobs of a project. */
export function projectTopic(projectId: string): string {
  return `project/${projectId}`;
}

/** Tells how a job stands now. */
export function announceJob(transaction: DatabaseTransaction, job: Row<"job">, news: "STATE" | "PROGRESS") {
  const payload = {
    jobId: job.id,
    state: job.state,
    attempt: job.attempt,
    progress: job.progress,
    progressMessage: job.progressMessage,
  };
  const events = [{ topic: jobTopic(job.id), payload }];
  if (news === "STATE") events.push({ topic: projectTopic(job.projectId), payload });
  return appendEvents(transaction, job.tenantId, events);
}
