// Projects: the named places that hold everything else.
import type { Database } from "../../data/database.ts";
import { newIdentifier } from "../../data/identifier.ts";
import { insertProject, selectProjects } from "../../data/project/store.ts";
import type { Row } from "../../data/schema.ts";
import { type InputPath, NameTaken, NotFound } from "../error.ts";
import { checkName } from "../name.ts";

/**
 * Makes a project.
 *
 * @throws InvalidInput when the name is not one, NameTaken when the tenant has a project of that name
 */
export async function createProject(database: Database, tenantId: string, name: string): Promise<Row<"project">> {
  const project = await insertProject(database, tenantId, { id: newIdentifier(), name: checkName(name) });
  if (!project) throw new NameTaken("project", name);
  return project;
}

/**
 * The project of an id.
 *
 * @throws NotFound
 */
export async function getProject(
  database: Database,
  tenantId: string,
  id: string,
  path: InputPath = ["project"],
): Promise<Row<"project">> {
  const [project] = await selectProjects(database, tenantId, [id]);
  if (!project) throw new NotFound("project", id, path);
  return project;
}
