// Relay connections over keyset pages. A cursor is the id of its row in base64url: opaque to clients, stable for ever.
import { resolveCursorConnection } from "@pothos/plugin-relay";
import { GraphQLError } from "graphql";
import { isIdentifier } from "../data/identifier.ts";
import type { Page } from "../data/page.ts";

/** Rows of a page when neither `first` nor `last` is given, and the most that either gives. */
export const pageSize = { default: 20, most: 100 } as const;

type ConnectionArguments = {
  first?: number | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  after?: string | null | undefined;
};

const toCursor = (id: string): string => Buffer.from(id).toString("base64url");

const fromCursor = (cursor: string | undefined, name: string): string | undefined => {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, "base64url").toString();
  if (isIdentifier(id)) return id;
  throw new GraphQLError(`${name}: "${cursor.slice(0, 80)}" is not a cursor: use one that an edge or pageInfo gave.`, {
    extensions: { code: "INVALID_CURSOR" },
  });
};

/**
 * A connection from connection arguments and a function that reads one page.
 *
 * @throws GraphQLError with code INVALID_CURSOR
 * @example resolve: (_, args, { tenantId, services }) =>
 *   connection(args, (page) => pageProjects(services.database, tenantId, page))
 */
export const connection = <Node extends { id: string }>(
  args: ConnectionArguments,
  read: (page: Page) => Promise<Node[]>,
) =>
  resolveCursorConnection<Promise<Node[]>>(
    { args, defaultSize: pageSize.default, maxSize: pageSize.most, toCursor: (node) => toCursor(node.id) },
    ({ before, after, limit, inverted }) =>
      read({ after: fromCursor(after, "after"), before: fromCursor(before, "before"), limit, inverted }),
  );

/** The cost of a connection field: its children are paid once a row that the page may hold. */
export const connectionComplexity = (args: ConnectionArguments) => ({
  field: 1,
  multiplier: Math.min(args.first ?? args.last ?? pageSize.default, pageSize.most),
});
