// A running server over a fresh database with a real engine, and a client that speaks to it as anyone would: over HTTP.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Database, DatabaseConnection } from "@millrace/gateway/data/database.ts";
import { LOCAL_TENANT } from "@millrace/gateway/data/identifier.ts";
import { openNotifications } from "@millrace/gateway/data/notifications.ts";
import { createEventFeed } from "@millrace/gateway/data/outbox/feed.ts";
import type { LogEntry } from "@millrace/gateway/http/log.ts";
import { type HttpServer, type HttpServerOptions, startHttpServer } from "@millrace/gateway/http/server.ts";
import type { Services } from "@millrace/gateway/http/services.ts";
import { createUploadHandler } from "@millrace/gateway/http/uploads.ts";
import { startEngine } from "@millrace/gateway/job/engine.ts";
import type { JobExecutor } from "@millrace/gateway/job/executor.ts";
import { holdMachine } from "@millrace/gateway/job/machine.ts";
import { startMeter } from "@millrace/gateway/job/meter.ts";
import { openQueue } from "@millrace/gateway/job/queue.ts";
import { openFolderStore } from "@millrace/gateway/store/folder.ts";
import { onTestFinished } from "vitest";
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

type Setting = {
  /** Options of the HTTP server. */
  http?: Partial<HttpServerOptions>;
  /** Services in place of the real ones. */
  services?: Partial<Services>;
  /** What runs jobs. With an empty list they are taken in and stay queued; without a list there is no engine (300 ms). */
  executors?: readonly JobExecutor[];
};

const noModel = async (): Promise<never> => {
  throw new Error("This test runs no model.");
};
const noEngine = async (): Promise<never> => {
  throw new Error("This test runs no engine.");
};

/** Starts a server on a free port; it closes with the test that asked for it. */
export async function startTestServer({ http, services: given, executors }: Setting = {}): Promise<TestServer> {
  const connection = await freshDatabase();
  const { database } = connection;
  const folder = await mkdtemp(path.join(os.tmpdir(), "millrace-http-"));
  const store = await openFolderStore(path.join(folder, "objects"));
  const log: LogEntry[] = [];
  const note = (entry: LogEntry) => log.push(entry);
  const held = await holdMachine(connection, { tenantId: LOCAL_TENANT, dataFolder: folder, cores: 2 });
  const failed = (error: unknown) => note({ level: "error", event: "engine", error });
  const meter = startMeter(database, held.machine, held.clock, failed);
  const notifications = await openNotifications(connection);
  const queue = executors && (await openQueue(connection.url, failed));
  const engine =
    queue &&
    (await startEngine(
      { database, store, queue, meter, notifications, log: note },
      executors,
      executors.length > 0 ? 1 : 0,
    ));
  const health = engine?.health ?? { ready: true, message: "No worker here." };
  const services: Services = {
    database,
    store,
    jobs: engine ?? { submit: noEngine, cancel: noEngine, prioritise: noEngine, estimate: noEngine },
    feed: createEventFeed(database, notifications),
    meter,
    uploads: await createUploadHandler({ database, store, folder: path.join(folder, "uploads") }),
    predictor: noModel,
    readiness: async () => ({
      ready: health.ready,
      database: { ready: true, message: "answers" },
      worker: health,
    }),
    ...given,
  };
  const server = await startHttpServer({ services, port: 0, log: note, ...http });
  onTestFinished(async () => {
    await server.close();
    await engine?.close();
    await queue?.close();
    await notifications.close();
    await meter.close().catch(() => {});
    await held.release();
    await connection.close();
    await rm(folder, { recursive: true, force: true });
  });
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

/** Follows a subscription over server-sent events until it ends, the reader stops or the signal aborts. */
export async function* follow<Data>(
  server: { url: string },
  query: string,
  variables: object = {},
  signal?: AbortSignal,
): AsyncGenerator<GraphqlAnswer<Data>, void, void> {
  const leave = new AbortController();
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query, variables }),
    signal: signal ? AbortSignal.any([leave.signal, signal]) : leave.signal,
  });
  try {
    let text = "";
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece, { stream: true });
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const lines = text.slice(0, end).split("\n");
        text = text.slice(end + 2);
        if (lines.includes("event: complete")) return;
        const data = lines.find((line) => line.startsWith("data: "));
        if (data) yield JSON.parse(data.slice(6));
      }
    }
  } finally {
    leave.abort();
  }
}

/** The global id of a row. */
export const globalId = (type: string, id: string): string => Buffer.from(`${type}:${id}`).toString("base64");
