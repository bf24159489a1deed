// Global ids: base64url of "Type:id". A client's malformed id is the client's fault and is told so, not masked.
import { decodeGlobalID } from "@pothos/plugin-relay";
import { GraphQLError } from "graphql";
import { isIdentifier } from "../data/identifier.ts";

/**
 * The type and the table id in a global id.
 *
 * @throws GraphQLError with code INVALID_ID when it is not an id that this server gave out.
 */
export const decodeGlobalId = (globalId: string): { typename: string; id: string } => {
  try {
    const { typename, id } = decodeGlobalID(globalId);
    if (/^[A-Z][A-Za-z]*$/.test(typename) && isIdentifier(id)) return { typename, id };
  } catch {
    // Falls through to the one message below: what the decoder says names its own internals.
  }
  throw new GraphQLError(`"${globalId.slice(0, 80)}" is not an id of this server: use the \`id\` that a node gave.`, {
    extensions: { code: "INVALID_ID" },
  });
};
