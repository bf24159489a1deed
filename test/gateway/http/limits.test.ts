// What one request may ask for, and what a failure tells.
import { firstQuery } from "@millrace/gateway/http/first-query.ts";
import { getIntrospectionQuery } from "graphql";
import { describe, expect, test } from "vitest";
import { insertProject } from "../database.fixture.ts";
import { ask, startTestServer } from "./server.fixture.ts";

describe("limits", () => {
  test("the full introspection query passes", async () => {
    const server = await startTestServer();
    const { data, errors } = await ask<{ __schema: { types: unknown[] } }>(server, getIntrospectionQuery());
    expect(errors).toBeUndefined();
    expect(data.__schema.types.length).toBeGreaterThan(20);
  });

  test("the query that GraphiQL begins with passes", async () => {
    const server = await startTestServer();
    await insertProject(server.connection);
    const { data, errors } = await ask(server, firstQuery);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ projects: { nodes: [{ name: "test" }] }, costReport: { differenceMicroseconds: 0 } });
  });

  test("a body above 1 MB is refused before it is parsed", async () => {
    const server = await startTestServer();
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ __typename }", variables: { pad: "x".repeat(1_000_001) } }),
    });
    expect(response.status).toBe(413);
  });

  test("many tokens, aliases, directives and levels are each refused by name", async () => {
    const server = await startTestServer();
    const aliases = `{ ${Array.from({ length: 31 }, (_, index) => `a${index}: __typename`).join(" ")} }`;
    const directives = `{ ${"... @include(if: true) { __typename } ".repeat(31)} }`;
    const tokens = `{ ${"__typename ".repeat(2_001)} }`;
    const levels = `{ projects(first: 1) { nodes { ${"pipelines(first: 1) { nodes { project { ".repeat(4)} pipelines(first: 1) { nodes { name } } ${"} } } ".repeat(4)} } } }`;
    const wide =
      "{ projects(first: 100) { nodes { pipelines(first: 100) { nodes { versions(first: 100) { nodes { id } } } } } } }";
    expect((await ask(server, aliases)).errors?.[0]?.extensions.code).toBe("OPERATION_TOO_LARGE");
    expect((await ask(server, directives)).errors?.map((error) => error.extensions.code)).toContain(
      "OPERATION_TOO_LARGE",
    );
    expect((await ask(server, tokens)).errors?.[0]?.message).toContain("tokens");
    expect((await ask(server, levels)).errors?.[0]?.message).toContain("depth 17 of 15");
    expect((await ask(server, wide)).errors?.[0]?.message).toContain("complexity");
  });

  test("variables that nest deep are refused without being walked by recursion", async () => {
    const server = await startTestServer();
    const deep = `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`;
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"query":"{ __typename }","variables":${deep}}`,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("OPERATION_TOO_LARGE");
  });

  test("a batch of operations is refused", async () => {
    const server = await startTestServer();
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ query: "{ __typename }" }, { query: "{ __typename }" }]),
    });
    expect(response.status).toBe(400);
  });
});

describe("failures", () => {
  test("an unexpected failure tells its request id alone, and the log has the rest", async () => {
    const server = await startTestServer();
    await server.database.schema.dropTable("project").cascade().execute();
    const { errors } = await ask(server, '{ project(name: "x") { id } }');
    expect(errors).toHaveLength(1);
    const [error] = errors ?? [];
    expect(error?.extensions.code).toBe("INTERNAL");
    expect(JSON.stringify(errors)).not.toMatch(/relation|select /);
    expect(error?.message).toContain(String(error?.extensions.requestId));
    const [entry] = server.log;
    expect(entry?.requestId).toBe(error?.extensions.requestId);
    expect(String(entry?.error)).toContain("relation");
  });

  test("an id that is not one, or of another type, is the client's fault and said so", async () => {
    const server = await startTestServer();
    const { errors } = await ask(server, '{ node(id: "nonsense") { id } }');
    expect(errors?.[0]?.extensions.code).toBe("INVALID_ID");
    expect(server.log).toEqual([]);
  });

  test("the node of an id that is not there is null", async () => {
    const server = await startTestServer();
    const id = Buffer.from("Project:019ab6e2-7d1c-7a41-9f0e-3c5d2b1a0f9e").toString("base64");
    const { data, errors } = await ask<{ node: null }>(server, "query ($id: ID!) { node(id: $id) { id } }", { id });
    expect(data.node).toBeNull();
    expect(errors?.[0]?.extensions.code).toBe("NOT_FOUND");
  });
});
