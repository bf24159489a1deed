// Reads of pipelines, through their project.
import { pagePipelines } from "../../data/pipeline/store.ts";
import { builder } from "../builder.ts";
import { connection, connectionComplexity } from "../connection.ts";
import { Project } from "../project/types.ts";
import { Pipeline, PipelineConnection } from "./types.ts";

builder.objectField(Project, "pipelines", (t) =>
  t.connection(
    {
      type: Pipeline,
      description: "Its pipelines, the newest first.",
      complexity: connectionComplexity,
      resolve: (project, args, { tenantId, services }) =>
        connection(args, (page) => pagePipelines(services.database, tenantId, project.id, page)),
    },
    PipelineConnection,
  ),
);
