// Reads of models, through their project.
import { pageModels } from "../../data/model/store.ts";
import { builder } from "../builder.ts";
import { connection, connectionComplexity } from "../connection.ts";
import { Project } from "../project/types.ts";
import { Model, ModelConnection } from "./types.ts";

builder.objectField(Project, "models", (t) =>
  t.connection(
    {
      type: Model,
      description: "Its models, the newest first.",
      complexity: connectionComplexity,
      resolve: (project, args, { tenantId, services }) =>
        connection(args, (page) => pageModels(services.database, tenantId, project.id, page)),
    },
    ModelConnection,
  ),
);
