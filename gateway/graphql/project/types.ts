// The project node.
import { selectProjects } from "../../data/project/store.ts";
import type { Row } from "../../data/schema.ts";
import { builder } from "../builder.ts";
import { inOrder } from "../loading.ts";

export const Project = builder.loadableNodeRef<Row<"project">>("Project", {
  id: { resolve: (project) => project.id },
  load: async (ids: string[], { tenantId, services }) =>
    inOrder("project", ids, await selectProjects(services.database, tenantId, ids)),
});

Project.implement({
  description: "A named place that holds datasets, pipelines, models and jobs.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "Unique among the tenant's projects." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
  }),
});

export const ProjectConnection = builder.connectionObject(
  { name: "ProjectConnection", type: Project },
  { name: "ProjectEdge" },
);
