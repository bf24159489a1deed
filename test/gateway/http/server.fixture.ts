// A running server over a fresh database, and a client that speaks to it as anyone would: over HTTP.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Database, DatabaseConnection } from "@millrace/gateway/data/database.ts";
import type { LogEntry } from "@millrace/gateway/http/log.ts";
import { type HttpServer, type HttpServerOptions, startHttpServer } from "@millrace/gateway/http/server.ts";
import type { Services } from "@millrace/gateway/http/services.ts";
import { openFolderStore } from "@millrace/gateway/store/folder.ts";
import { afterAll } from "vitest";
import { freshDatabase } from "../database.fixture.ts";

export type TestServer = HttpServer & {
  connection: DatabaseConnection;
  database: Database;
  services: Services;
  log: LogEntry[];
};
export type GraphqlAnswer<Data> = {
  data: Data;
  errors?: { message: string; path?: string[]; extensions: Record<string, unknown> }[];
};

const clean: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const step of clean.reverse()) await step();
});

/** Starts a server on a free port; it closes with the test file. */
export async function startTestServer(
  options: Partial<HttpServerOptions> = {},
  more: Partial<Services> = {},
): Promise<TestServer> {
  const connection = await freshDatabase();
  const { database } = connection;
  const folder = await mkdtemp(path.join(os.tmpdir(), "millrace-http-"));
  const store = await openFolderStore(folder);
  const log: LogEntry[] = [];
  const services: Services = {
    database,
    store,
    readiness: async () => ({
      ready: true,
      database: { ready: true, message: "answers" },
      worker: { ready: true, message: "takes jobs" },
    }),
    predictor: async () => {
      throw new Error("This test runs no model.");
    },
    ...more,
  };
  const server = await startHttpServer({ services, port: 0, log: (entry) => log.push(entry), ...options });
  clean.push(
    () => rm(folder, { recursive: true, force: true }),
    () => server.close(),
  );
  return { ...server, connection, database, services, log };
}

/** Sends one GraphQL document and gives the parsed answer. */
export async function ask<Data>(
  server: { url: string },
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<GraphqlAnswer<Data>> {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}
