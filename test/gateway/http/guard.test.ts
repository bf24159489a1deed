// Who the door lets in.
import { request } from "node:http";
import { expect, test } from "vitest";
import { startTestServer, type TestServer } from "./server.fixture.ts";

const query = JSON.stringify({ query: "{ __typename }" });

/** fetch() sets Host and Sec-Fetch-Site itself; a raw request says what an attacker's browser would. */
const send = (server: TestServer, method: string, path: string, headers: Record<string, string>, body = "") =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method, headers }, async (response) => {
      let text = "";
      for await (const piece of response) text += piece;
      resolve({ status: response.statusCode ?? 0, text });
    });
    sent.once("error", reject);
    sent.end(body);
  });

test("a form of another site cannot write: bodies that need no preflight are refused without the header", async () => {
  const server = await startTestServer();
  const form =
    "query=mutation%20%7B%20createProject(input%3A%20%7Bname%3A%20%22x%22%7D)%20%7B%20__typename%20%7D%20%7D";
  for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]) {
    const refused = await send(server, "POST", "/graphql", { "content-type": type }, form);
    expect(refused.status, type).toBe(415);
    expect(refused.text).toContain("JSON_REQUIRED");
  }
  const projects = await server.database.selectFrom("project").selectAll().execute();
  expect(projects).toEqual([]);
  const json = await send(server, "POST", "/graphql", { "content-type": "application/json" }, query);
  expect(json.status).toBe(200);
});

test("a page of another origin is refused, a page of ours is not", async () => {
  const server = await startTestServer();
  const json = { "content-type": "application/json" };
  const origins = [
    { headers: { ...json, origin: "https://evil.example" }, status: 403 },
    { headers: { ...json, "sec-fetch-site": "cross-site" }, status: 403 },
    { headers: { ...json, "sec-fetch-site": "same-site" }, status: 403 },
    { headers: { ...json, origin: "null" }, status: 403 },
    { headers: { ...json, origin: server.url, "sec-fetch-site": "same-origin" }, status: 200 },
  ];
  for (const { headers, status } of origins) {
    expect((await send(server, "POST", "/graphql", headers, query)).status, JSON.stringify(headers)).toBe(status);
  }
  const read = await send(server, "GET", "/graphql?query=%7B__typename%7D", { "sec-fetch-site": "cross-site" });
  expect(read.status).toBe(403);
  const disguised = { "sec-fetch-site": "cross-site", accept: "text/html" };
  expect((await send(server, "GET", "/graphql?query=%7B__typename%7D", disguised)).status).toBe(403);
});

test("a name that was rebound to loopback is refused", async () => {
  const server = await startTestServer();
  const json = { "content-type": "application/json" };
  const port = new URL(server.url).port;
  const rebound = { ...json, host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
  expect((await send(server, "POST", "/graphql", rebound, query)).status).toBe(421);
  expect((await send(server, "GET", "/health", { host: "evil.example" })).status).toBe(421);
  expect((await send(server, "POST", "/graphql", { ...json, host: `localhost:${port}` }, query)).status).toBe(200);
});

test("a browser gets GraphiQL with everything it needs and no other site's script", async () => {
  const server = await startTestServer();
  const page = await send(server, "GET", "/graphql", { accept: "text/html", "sec-fetch-site": "cross-site" });
  expect(page.status).toBe(200);
  expect(page.text).toContain("Millrace");
  expect(page.text).not.toMatch(/<script[^>]+src=["']?https?:/);
  expect(page.text).not.toContain("unpkg.com");
});
