// What a loader gives for rows read in one statement: each key its row, or the failure that there is none.
import { NotFound } from "../domain/error.ts";

/**
 * Rows in the order of the ids asked for.
 *
 * @example load: async (ids, { tenantId, services }) =>
 *   inOrder("project", ids, await selectProjects(services.database, tenantId, ids))
 */
export const inOrder = <Row extends { id: string }>(kind: string, ids: readonly string[], rows: readonly Row[]) => {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id): Row | NotFound => byId.get(id) ?? new NotFound(kind, id));
};
