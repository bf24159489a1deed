// Reads of projects.
import { pageProjects, selectProjectByName } from "../../data/project/store.ts";
import { builder } from "../builder.ts";
import { connection, connectionComplexity } from "../connection.ts";
import { Project, ProjectConnection } from "./types.ts";

builder.queryFields((t) => ({
  project: t.field({
    type: Project,
    nullable: true,
    description: "The project of a name; null when there is none.",
    args: { name: t.arg.string({ required: true }) },
    resolve: async (_, { name }, { tenantId, services }) =>
      (await selectProjectByName(services.database, tenantId, name)) ?? null,
  }),
  projects: t.connection(
    {
      type: Project,
      description: "Every project, the newest first.",
      complexity: connectionComplexity,
      resolve: (_, args, { tenantId, services }) =>
        connection(args, (page) => pageProjects(services.database, tenantId, page)),
    },
    ProjectConnection,
  ),
}));
