// GraphQL over HTTP: Yoga on the schema, with limits before execution and failures masked behind a request id.
import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import { GraphQLError, type GraphQLSchema, type ParseOptions, parse, validate } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import { LOCAL_TENANT } from "../data/identifier.ts";
import { DomainError } from "../domain/error.ts";
import type { Context } from "../graphql/context.ts";
import { countRule, faultOfVariables, limits } from "../graphql/limits.ts";
import { firstQuery } from "./first-query.ts";
import type { Log } from "./log.ts";
import type { Services } from "./services.ts";

/** What Yoga is handed with each request. */
export type RequestContext = { requestId: string; signal: AbortSignal };

type GraphqlOptions = { schema: GraphQLSchema; services: Services; log: Log };

const limitPlugin: Plugin = {
  onParams({ params, setResult }) {
    const fault = faultOfVariables(params.variables);
    if (fault) setResult({ errors: [fault] });
  },
  onParse({ setParseFn }) {
    setParseFn((source: string, options?: ParseOptions) => parse(source, { ...options, maxTokens: limits.tokens }));
  },
  onValidate({ addValidationRule, setValidationFn }) {
    addValidationRule(countRule);
    setValidationFn((...[schema, document, rules]: Parameters<typeof validate>) =>
      validate(schema, document, rules, { maxErrors: limits.validationErrors }),
    );
  },
};

/** The id of the request that runs: the masking of errors is handed the error alone. */
const requests = new AsyncLocalStorage<string>();

/** The failure as a client may see it: its own words when it was expected, a request id and nothing else when not. */
const clientError = (error: unknown, log: Log): Error => {
  const original = error instanceof GraphQLError ? error.originalError : error;
  if (original instanceof DomainError) {
    return new GraphQLError(original.message, {
      ...(error instanceof GraphQLError && error.path ? { path: error.path } : {}),
      extensions: { code: original.code, inputPath: original.path },
    });
  }
  if (
    error instanceof GraphQLError &&
    (original === undefined || original === null || original instanceof GraphQLError)
  ) {
    // Pothos says what is wrong with an argument, such as an id of another type, and gives it no code.
    return error.extensions.code === undefined && error.path
      ? new GraphQLError(error.message, {
          path: error.path,
          extensions: { ...error.extensions, code: "INVALID_INPUT" },
        })
      : error;
  }
  const requestId = requests.getStore() ?? "none";
  log({ level: "error", event: "unexpected failure", requestId, error: original });
  return new GraphQLError(`Something failed that should not have. It is in the server's log as request ${requestId}.`, {
    ...(error instanceof GraphQLError && error.path ? { path: error.path } : {}),
    extensions: { code: "INTERNAL", requestId },
  });
};

/**
 * The handler of /graphql: JSON over POST, queries over GET, subscriptions as server-sent events, GraphiQL for a browser.
 *
 * @example createGraphqlHandler({ schema, services, log })(request, response, { requestId, signal });
 */
export const createGraphqlHandler = ({ schema, services, log }: GraphqlOptions) => {
  const yoga = createYoga<RequestContext, Context>({
    schema,
    logging: false,
    cors: false,
    multipart: false,
    batching: false,
    landingPage: false,
    healthCheckEndpoint: "/health",
    graphqlEndpoint: "/graphql",
    maxRequestBodySize: limits.bodyBytes,
    maskedErrors: { maskError: (error) => clientError(error, log) },
    renderGraphiQL,
    graphiql: {
      title: "Millrace",
      subscriptionsProtocol: "SSE",
      defaultQuery: firstQuery,
    },
    context: ({ requestId, signal }) => ({ tenantId: LOCAL_TENANT, requestId, signal, services }),
    plugins: [limitPlugin],
  });
  return (request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> =>
    requests.run(context.requestId, () => yoga.handle(request, response, context));
};
