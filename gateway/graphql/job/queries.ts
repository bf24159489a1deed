// Reads of jobs over all projects.
import { pageJobs } from "../../data/job/store.ts";
import { builder } from "../builder.ts";
import { connection, connectionComplexity } from "../connection.ts";
import { Job, JobConnection, JobKind, JobState } from "./types.ts";

builder.queryField("jobs", (t) =>
  t.connection(
    {
      type: Job,
      description: "The jobs of every project, the newest first.",
      complexity: connectionComplexity,
      args: { kind: t.arg({ type: JobKind }), state: t.arg({ type: JobState }) },
      resolve: (_, args, { tenantId, services }) =>
        connection(args, (page) =>
          pageJobs(services.database, tenantId, { kind: args.kind ?? undefined, state: args.state ?? undefined }, page),
        ),
    },
    JobConnection,
  ),
);
