// Jobs that are made again and again.
import { selectSchedules, selectSchedulesOf } from "../../data/schedule/store.ts";
import type { Row } from "../../data/schema.ts";
import { builder } from "../builder.ts";
import { Job, JobError, JobKind } from "../job/types.ts";
import { inOrder } from "../loading.ts";
import { Project } from "../project/types.ts";

export const Schedule = builder.loadableNodeRef<Row<"schedule">>("Schedule", {
  id: { resolve: (schedule) => schedule.id },
  load: async (ids: string[], { tenantId, services }) =>
    inOrder("schedule", ids, await selectSchedules(services.database, tenantId, ids)),
});

Schedule.implement({
  description:
    "Makes a job at the times of a cron expression. Times that were missed make one job together; a time that comes while the job before is not over makes none.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "Unique in its project." }),
    project: t.field({ type: Project, resolve: (schedule) => schedule.projectId }),
    cron: t.exposeString("cron"),
    timeZone: t.exposeString("timeZone"),
    kind: t.field({ type: JobKind, resolve: (schedule) => schedule.kind }),
    priority: t.exposeInt("priority"),
    nextAt: t.expose("nextAt", { type: "DateTime" }),
    lastJob: t.field({ type: Job, nullable: true, resolve: (schedule) => schedule.lastJobId }),
    lastError: t.field({
      type: JobError,
      nullable: true,
      description: "Why the last job was refused; null once one is taken.",
      resolve: (schedule) => schedule.lastError,
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
  }),
});

builder.objectField(Project, "schedules", (t) =>
  t.field({
    type: [Schedule],
    description: "Its schedules by name.",
    resolve: (project, _, { tenantId, services }) => selectSchedulesOf(services.database, tenantId, project.id),
  }),
);
