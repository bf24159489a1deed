// What one document may ask for. Counted before execution; depth 15 lets through the Relay queries that a depth of
// 6 would refuse (connection, edges, node at each level), while aliases and directives stay few.
import { type ASTVisitor, GraphQLError, Kind, type ValidationContext, type ValidationRule } from "graphql";

export const limits = {
  /** Bytes of one GraphQL request body. */
  bodyBytes: 1_000_000,
  /** Lexer tokens of one document. The full introspection query has about 500. */
  tokens: 2_000,
  /** Aliases in one document: each can repeat the work of a field. */
  aliases: 30,
  /** Directives in one document. */
  directives: 30,
  /** Levels of fields. */
  depth: 15,
  /** Fields over all levels, fragments spread. */
  breadth: 400,
  /** Sum of field costs, list fields multiplied by their page size. */
  complexity: 20_000,
  /** Levels of objects and lists in the variables. An expression of a derived column may take 64 of them. */
  variableDepth: 80,
  /** Errors told for one document before validation stops. */
  validationErrors: 20,
} as const;

const tooLarge = (what: string, limit: number) =>
  new GraphQLError(`The document has more than ${limit} ${what}. Split it into several requests.`, {
    extensions: { code: "OPERATION_TOO_LARGE" },
  });

const noNul = "A text with a NUL character (U+0000) cannot be kept: take it out.";
const holdsNul = (text: string): boolean => text.includes("\0");

/** Refuses a document with more aliases or directives than `limits` allow, or with a text that Postgres cannot keep. */
export const countRule: ValidationRule = (context: ValidationContext): ASTVisitor => {
  let aliases = 0;
  let directives = 0;
  return {
    [Kind.FIELD](node) {
      if (node.alias && ++aliases === limits.aliases + 1) context.reportError(tooLarge("aliases", limits.aliases));
    },
    [Kind.DIRECTIVE]() {
      if (++directives === limits.directives + 1) context.reportError(tooLarge("directives", limits.directives));
    },
    [Kind.STRING](node) {
      if (holdsNul(node.value)) {
        context.reportError(new GraphQLError(noNul, { nodes: node, extensions: { code: "INVALID_TEXT" } }));
      }
    },
  };
};

/**
 * What is wrong with the variables of a request, before anything reads them: objects and lists nested too deep, or a
 * text that Postgres cannot keep. Walks with a list of its own, so depth costs no stack.
 */
export const faultOfVariables = (variables: unknown): GraphQLError | undefined => {
  const open: { value: unknown; level: number }[] = [{ value: variables, level: 0 }];
  const bad = (code: string, message: string) =>
    new GraphQLError(message, { extensions: { code, http: { status: 400 } } });
  for (let next = open.pop(); next; next = open.pop()) {
    if (typeof next.value === "string" && holdsNul(next.value)) return bad("INVALID_TEXT", noNul);
    if (typeof next.value !== "object" || next.value === null) continue;
    if (next.level >= limits.variableDepth) {
      return bad("OPERATION_TOO_LARGE", `The variables nest deeper than ${limits.variableDepth} levels.`);
    }
    for (const child of Object.values(next.value)) open.push({ value: child, level: next.level + 1 });
  }
  return undefined;
};
