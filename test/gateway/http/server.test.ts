// The server around GraphQL: health, files, refusals, and an end that keeps its word.
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { startHttpServer } from "@millrace/gateway/http/server.ts";
import { describe, expect, test } from "vitest";
import { ask, startTestServer } from "./server.fixture.ts";

describe("health", () => {
  test("alive is told without looking at anything", async () => {
    const server = await startTestServer({ services: { readiness: () => new Promise(() => {}) } });
    const response = await fetch(`${server.url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { alive: true }]);
  });

  test("ready tells which part is not, and asks it each time", async () => {
    let worker = { ready: false, message: "stopped" };
    const readiness = async () => ({ ready: worker.ready, database: { ready: true, message: "answers" }, worker });
    const server = await startTestServer({ services: { readiness } });
    const first = await fetch(`${server.url}/ready`);
    expect(first.status).toBe(503);
    expect(await first.json()).toMatchObject({ ready: false, worker: { message: "stopped" } });
    worker = { ready: true, message: "takes jobs" };
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });
});

describe("files", () => {
  const folders = async () => {
    const root = await mkdtemp(path.join(os.tmpdir(), "millrace-page-"));
    const page = path.join(root, "page");
    await mkdir(path.join(page, "inner"), { recursive: true });
    await writeFile(path.join(root, "secret.txt"), "secret");
    await writeFile(path.join(page, "index.html"), "<!doctype html><title>page</title>");
    await writeFile(path.join(page, "inner", "kernel.wasm"), new Uint8Array([0, 97, 115, 109]));
    await symlink(path.join(root, "secret.txt"), path.join(page, "link.txt"));
    return page;
  };

  test("a page is isolated across origins and typed by its name", async () => {
    const server = await startTestServer({ http: { pageFolder: await folders() } });
    const page = await fetch(`${server.url}/page/`);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(page.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    const folder = await fetch(`${server.url}/page`, { redirect: "manual" });
    expect([folder.status, folder.headers.get("location")]).toEqual([302, "/page/"]);
    const wasm = await fetch(`${server.url}/page/inner/kernel.wasm`);
    expect(wasm.headers.get("content-type")).toBe("application/wasm");
    expect(new Uint8Array(await wasm.arrayBuffer())).toEqual(new Uint8Array([0, 97, 115, 109]));
  });

  test("nothing outside of the folder is given, by dots, by encodings or by links", async () => {
    const server = await startTestServer({ http: { pageFolder: await folders() } });
    const { port } = new URL(server.url);
    for (const raw of [
      "/page/../secret.txt",
      "/page/%2e%2e/secret.txt",
      "/page/..%2fsecret.txt",
      "/page/link.txt",
      "/page/%00",
      "/page/%ff",
      "/page/inner",
      "/core/index.js",
    ]) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const sent = request({ port, host: "127.0.0.1", path: raw }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.once("error", reject);
        sent.end();
      });
      expect(status, raw).toBe(404);
    }
  });
});

test("what is not there is a 404, a method that is not for a path a 405, and both are told in JSON", async () => {
  const server = await startTestServer();
  const missing = await fetch(`${server.url}/nothing`);
  expect([missing.status, await missing.json()]).toMatchObject([
    404,
    { errors: [{ extensions: { code: "NOT_FOUND" } }] },
  ]);
  expect((await fetch(`${server.url}/health`, { method: "DELETE" })).status).toBe(405);
});

test("every answer bears a request id of its own", async () => {
  const server = await startTestServer();
  const ids = await Promise.all(
    [1, 2].map(async () => (await fetch(`${server.url}/health`)).headers.get("x-request-id")),
  );
  expect(new Set(ids).size).toBe(2);
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
});

test("a port that is taken is refused with its number", async () => {
  const server = await startTestServer();
  const port = Number(new URL(server.url).port);
  await expect(startHttpServer({ services: server.services, port })).rejects.toThrow(
    `Port ${port} of 127.0.0.1 is in use`,
  );
});

test("a close lets a request that runs finish and leaves no connection behind", async () => {
  let go: () => void = () => {};
  const waiting = new Promise<void>((resolve) => {
    go = resolve;
  });
  const server = await startTestServer({
    services: {
      readiness: async () => {
        await waiting;
        return { ready: true, database: { ready: true, message: "" }, worker: { ready: true, message: "" } };
      },
    },
  });
  await ask(server, "{ __typename }");
  const slow = fetch(`${server.url}/ready`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const begin = performance.now();
  const closed = server.close();
  go();
  expect((await slow).status).toBe(503);
  await closed;
  expect(performance.now() - begin).toBeLessThan(2_000);
  await expect(fetch(`${server.url}/health`)).rejects.toThrow();
});

test("a close does not wait for ever on a client that says nothing", async () => {
  const server = await startTestServer({ http: { closeWithin: 200 } });
  const { port } = new URL(server.url);
  const silent = connect(Number(port), "127.0.0.1");
  silent.on("error", () => {});
  silent.write(
    "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  const begin = performance.now();
  await server.close();
  expect(performance.now() - begin).toBeLessThan(3_000);
  silent.destroy();
});
