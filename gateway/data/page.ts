// Keyset pages: rows from the newest to the oldest by id (UUID version 7 sorts by time of making), cut at an id and
// not at a count, so that a page stays what it was while rows are added.
import { type RawBuilder, type SqlBool, sql } from "kysely";

/** A stretch of a list: the rows after one id and before another in the list's order, at most `limit` of them. */
export type Page = {
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly limit: number;
  /** Taken from the list's end: the rows come in the opposite order. */
  readonly inverted: boolean;
};

/**
 * The condition of a page on an id column.
 *
 * @example query.where(withinPage(page, "project.id")).orderBy("project.id", pageOrder(page)).limit(page.limit)
 */
export function withinPage(page: Page, column: string): RawBuilder<SqlBool> {
  const id = sql.ref(column);
  const after = page.after === undefined ? sql`true` : sql`${id} < ${page.after}`;
  const before = page.before === undefined ? sql`true` : sql`${id} > ${page.before}`;
  return sql<SqlBool>`(${after} and ${before})`;
}

/** The order in which a page's rows are read. */
export function pageOrder(page: Page): "asc" | "desc" {
  return page.inverted ? "asc" : "desc";
}
