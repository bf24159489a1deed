// Projects in SQL.
import type { Database } from "../database.ts";
import { type Page, pageOrder, withinPage } from "../page.ts";
import type { Row } from "../schema.ts";

/** Adds a project; undefined when the tenant has one of that name. */
export function insertProject(
  database: Database,
  tenantId: string,
  project: { id: string; name: string },
): Promise<Row<"project"> | undefined> {
  return database
    .insertInto("project")
    .values({ ...project, tenantId })
    .onConflict((conflict) => conflict.columns(["tenantId", "name"]).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Projects by id, in no order; ids that are not there are left out. */
export function selectProjects(
  database: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<Row<"project">[]> {
  return database.selectFrom("project").selectAll().where("tenantId", "=", tenantId).where("id", "in", ids).execute();
}

/** The project of a name. */
export function selectProjectByName(
  database: Database,
  tenantId: string,
  name: string,
): Promise<Row<"project"> | undefined> {
  return database
    .selectFrom("project")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("name", "=", name)
    .executeTakeFirst();
}

/** A page of the tenant's projects. */
export function pageProjects(database: Database, tenantId: string, page: Page): Promise<Row<"project">[]> {
  return database
    .selectFrom("project")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where(withinPage(page, "project.id"))
    .orderBy("id", pageOrder(page))
    .limit(page.limit)
    .execute();
}
