// The HTTP server: one port for GraphQL, health, uploads, bundles and the page. Plain node:http, so that its limits
// and its close are ours: a close refuses what is new, ends subscriptions and lets what runs finish.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { LOCAL_TENANT } from "../data/identifier.ts";
import { schema } from "../graphql/schema.ts";
import { serveBundle } from "./bundles.ts";
import { serveFile } from "./files.ts";
import { createGraphqlHandler } from "./graphql.ts";
import { refuse } from "./guard.ts";
import { type Log, logToStandardError } from "./log.ts";
import type { Services } from "./services.ts";

export type HttpServerOptions = {
  services: Services;
  /** 4000 by default; 0 takes a free one. */
  port?: number;
  /** 127.0.0.1 by default: there are no tokens yet, so nobody else is let in unasked. */
  host?: string;
  /** The browser build of `@millrace/core`, served at /core/. */
  coreFolder?: string;
  /** A page, served at /page/. */
  pageFolder?: string;
  /** How long a close waits for requests that run, in milliseconds; 5,000 by default. */
  closeWithin?: number;
  log?: Log;
};

export type HttpServer = {
  /** Where it listens, such as http://127.0.0.1:4000. */
  url: string;
  /** Ends subscriptions, waits for what runs, closes. Safe to call twice. */
  close(): Promise<void>;
};

/** How long a GraphQL request may take to arrive, in milliseconds. */
const bodyWithin = 30_000;
/** How long a connection may be silent, in milliseconds; subscriptions ping more often. */
const silenceWithin = 120_000;

const sendJson = (response: ServerResponse, status: number, value: object): void => {
  const text = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
};

const sendError = (response: ServerResponse, status: number, code: string, message: string): void =>
  sendJson(response, status, { errors: [{ message, extensions: { code } }] });

/** Everything that answers a request, by its path. */
const createRouter = (options: HttpServerOptions, closing: AbortSignal, log: Log) => {
  const { services, coreFolder, pageFolder, host = "127.0.0.1" } = options;
  const graphql = createGraphqlHandler({ schema, services, log });

  const serve = async (request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> => {
    const path = new URL(request.url ?? "/", "http://host").pathname;
    const isGraphql = path === "/graphql";
    const refusal = refuse(request, host, isGraphql);
    if (refusal) return sendError(response, refusal.status, refusal.code, refusal.message);
    if (isGraphql) {
      const left = new AbortController();
      response.once("close", () => left.abort(new Error("The client has left.")));
      const slow = setTimeout(() => request.destroy(), bodyWithin);
      request.once("close", () => clearTimeout(slow));
      return graphql(request, response, { requestId, signal: AbortSignal.any([left.signal, closing]) });
    }
    if (path.startsWith("/uploads/")) return services.uploads(request, response, LOCAL_TENANT);
    if (request.method !== "GET" && request.method !== "HEAD") {
      return sendError(response, 405, "METHOD_NOT_ALLOWED", `${request.method} is not for ${path}.`);
    }
    if (path === "/health") return sendJson(response, 200, { alive: true });
    if (path === "/ready") {
      const readiness = await services.readiness();
      return sendJson(response, readiness.ready && !closing.aborted ? 200 : 503, readiness);
    }
    if (path === "/page" && pageFolder !== undefined) return void response.writeHead(302, { location: "/page/" }).end();
    if (path === "/") return void response.writeHead(302, { location: "/graphql" }).end();
    const found =
      (path.startsWith("/bundles/") && (await serveBundle(request, response, path, services))) ||
      (coreFolder !== undefined &&
        path.startsWith("/core/") &&
        (await serveFile(request, response, coreFolder, path.slice(6)))) ||
      (pageFolder !== undefined &&
        path.startsWith("/page/") &&
        (await serveFile(request, response, pageFolder, path.slice(6))));
    if (!found) sendError(response, 404, "NOT_FOUND", `There is nothing at ${path}.`);
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    response.setHeader("x-request-id", requestId);
    // Node closes what is idle when a close begins, and would wait for what becomes idle later.
    response.once("close", () => {
      if (closing.aborted) request.socket.destroySoon();
    });
    try {
      await serve(request, response, requestId);
    } catch (error) {
      if (response.destroyed) return;
      log({ level: "error", event: "unexpected failure", requestId, path: request.url, error });
      if (response.headersSent) response.destroy();
      else
        sendError(
          response,
          500,
          "INTERNAL",
          `Something failed that should not have. It is in the server's log as request ${requestId}.`,
        );
    }
  };
};

/**
 * Starts the server.
 *
 * @throws when the port is taken, with the port in the message
 * @example
 * const server = await startHttpServer({ services, port: 0 });
 * await fetch(`${server.url}/health`);
 */
export const startHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const { port = 4000, host = "127.0.0.1", closeWithin = 5_000, log = logToStandardError } = options;
  const closing = new AbortController();
  const route = createRouter(options, closing.signal, log);
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: 10_000,
      // An upload of gigabytes is one request; silence and GraphQL bodies have limits of their own below.
      requestTimeout: 0,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
    },
    route,
  );
  server.timeout = silenceWithin;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(
              `Port ${port} of ${host} is in use: stop what listens there, or choose another port (0 takes a free one).`,
            )
          : error,
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The server listens on no address.");
  const name = address.family === "IPv6" ? `[${address.address}]` : address.address;

  const close = async (): Promise<void> => {
    if (closing.signal.aborted) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    closing.abort(new Error("The server is closing."));
    server.closeIdleConnections();
    const impatient = setTimeout(() => server.closeAllConnections(), closeWithin);
    await closed;
    clearTimeout(impatient);
  };
  return { url: `http://${name}:${address.port}`, close };
};
