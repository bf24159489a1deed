// Writes of projects.
import { NameTaken } from "../../domain/error.ts";
import { createProject } from "../../domain/project/service.ts";
import { builder } from "../builder.ts";
import { Project } from "./types.ts";

builder.mutationField("createProject", (t) =>
  t.fieldWithInput({
    type: Project,
    description: "Makes a project.",
    errors: { types: [NameTaken], dataField: { name: "project" } },
    input: { name: t.input.string({ required: true, description: "1 to 100 letters, digits, spaces, dots, dashes." }) },
    resolve: (_, { input }, { tenantId, services }) => createProject(services.database, tenantId, input.name),
  }),
);
