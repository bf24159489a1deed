// The Pothos schema builder: plugins in the one order that works (errors before dataloader, so that a loader's
// failure reaches the payload union), scalars, and the naming of payloads. Modules only add types and fields to it.
import SchemaBuilder from "@pothos/core";
import ComplexityPlugin from "@pothos/plugin-complexity";
import DataloaderPlugin from "@pothos/plugin-dataloader";
import ErrorsPlugin from "@pothos/plugin-errors";
import RelayPlugin from "@pothos/plugin-relay";
import WithInputPlugin from "@pothos/plugin-with-input";
import { GraphQLError } from "graphql";
import { DateTimeISOResolver, SafeIntResolver } from "graphql-scalars";
import { InvalidInput } from "../domain/error.ts";
import type { Context } from "./context.ts";
import { decodeGlobalId } from "./global-id.ts";
import { limits } from "./limits.ts";
import { decimalScalar } from "./scalars.ts";

const capitalized = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string | number | bigint };
    DateTime: { Input: Date; Output: Date };
    Decimal: { Input: string; Output: string };
    SafeInt: { Input: number; Output: number | bigint };
  };
}>({
  defaultFieldNullability: false,
  plugins: [RelayPlugin, WithInputPlugin, ErrorsPlugin, DataloaderPlugin, ComplexityPlugin],
  relay: {
    cursorType: "String",
    decodeGlobalID: decodeGlobalId,
    // The connection field's own cost counts its page already.
    edgesFieldOptions: { nullable: false, complexity: { field: 1, multiplier: 1 } },
    nodeFieldOptions: { nullable: false },
    nodesQueryOptions: { complexity: ({ ids }) => ({ field: 1, multiplier: Math.max(1, ids.length) }) },
    nodesOnConnection: { complexity: { field: 1, multiplier: 1 } },
  },
  withInput: {
    typeOptions: { name: ({ fieldName }) => `${capitalized(fieldName)}Input` },
    argOptions: { required: true },
  },
  errors: {
    defaultTypes: [InvalidInput],
    defaultUnionOptions: { name: ({ fieldName }) => `${capitalized(fieldName)}Payload` },
    defaultResultOptions: { name: ({ fieldName }) => `${capitalized(fieldName)}Success` },
  },
  complexity: {
    defaultComplexity: 1,
    defaultListMultiplier: 5,
    limit: { depth: limits.depth, breadth: limits.breadth, complexity: limits.complexity },
    complexityError: (kind, result) =>
      new GraphQLError(
        `The operation's ${kind.toLowerCase()} is too large: depth ${result.depth} of ${result.maxDepth}, breadth ` +
          `${result.breadth} of ${result.maxBreadth}, complexity ${result.complexity} of ${result.maxComplexity}. Ask for less at a time.`,
        { extensions: { code: "OPERATION_TOO_LARGE", http: { status: 400, spec: true } } },
      ),
  },
});

builder.queryType({
  description:
    "Reads. Long lists are connections paged by keyset, 20 rows a page unless told otherwise and 100 at most: a page stays put while rows are added.",
});
builder.mutationType({
  description:
    "Writes. Each takes one `input` and gives a union of its success and of the failures a caller can act on.",
});
builder.addScalarType("DateTime", DateTimeISOResolver);
builder.addScalarType("SafeInt", SafeIntResolver);
builder.addScalarType("Decimal", decimalScalar);
