// A table of requests made to harm: each is answered, none is a failure of ours, and nothing is left behind.
import { expect, test } from "vitest";
import { globalId, startTestServer } from "./server.fixture.ts";

const create = "mutation ($name: String!) { createProject(input: { name: $name }) { __typename } }";
const named = "query ($name: String!) { project(name: $name) { id } }";
const node = "query ($id: ID!) { node(id: $id) { id } }";
const id = "019ab6e2-7d1c-7a41-9f0e-3c5d2b1a0f9e";
const cycle = "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }";
const overlap = `{ ${Array.from({ length: 300 }, () => "projects { nodes { id } }").join(" ")} }`;
const introspection = `{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }`;
const raw = (query: string, variables: string) => `{"query":${JSON.stringify(query)},"variables":${variables}}`;
const sent = (query: string, variables: object = {}) => JSON.stringify({ query, variables });

const attacks: [what: string, body: string][] = [
  ["SQL in a name", sent(named, { name: "x'; drop table project; --" })],
  ["SQL in an id", sent(node, { id: globalId("Project", `${id}' or '1'='1`) })],
  ["a NUL in a variable", sent(named, { name: "a\0b" })],
  ["a NUL in a literal", sent('{ project(name: "a\\u0000b") { id } }')],
  ["a NUL in an id", sent(node, { id: globalId("Project", "a\0b") })],
  ["half of a surrogate pair", sent(create, { name: "\ud800" })],
  ["a prototype in the variables", raw(named, '{"name":"x","__proto__":{"polluted":true}}')],
  ["a constructor in the variables", raw(named, '{"name":"x","constructor":{"prototype":{"polluted":true}}}')],
  ["a name that is an object", sent(named, { name: { $gt: "" } })],
  ["an id of a type that is not there", sent(node, { id: globalId("Query", id) })],
  ["an id of an inherited name", sent(node, { id: globalId("Constructor", id) })],
  ["fragments in a circle", sent(cycle)],
  ["fields that overlap", sent(overlap)],
  ["introspection that goes round", sent(introspection)],
  ["a variable of an unknown type", sent("query ($x: Nothing) { __typename }")],
  ["two operations and no name", sent("query a { __typename } query b { __typename }")],
  ["no operation", sent("")],
  ["a page of a billion", sent("{ projects(first: 1000000000) { nodes { id } } }")],
  ["a page beyond 32 bits", sent("{ projects(first: 99999999999) { nodes { id } } }")],
  [
    "a thousand ids",
    sent("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {
      ids: Array.from({ length: 25_000 }, () => globalId("Project", id)),
    }),
  ],
  ["a cursor of SQL", sent(`{ projects(after: "${Buffer.from("' or 1=1").toString("base64url")}") { nodes { id } } }`)],
];

test("requests made to harm are each answered for what they are", async () => {
  const server = await startTestServer();
  for (const [what, body] of attacks) {
    const begin = performance.now();
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body,
    });
    const answer = await response.text();
    expect(response.status, what).toBeLessThan(500);
    expect(answer, what).not.toContain("INTERNAL");
    expect(answer, what).not.toMatch(/select |node_modules|\.ts:/);
    expect(performance.now() - begin, what).toBeLessThan(5_000);
  }
  expect(server.log).toEqual([]);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
  expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  const projects = await server.database.selectFrom("project").select("name").execute();
  expect(projects).toEqual([]);
});
