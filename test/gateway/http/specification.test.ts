// GraphQL over HTTP as its working group's own audits see it.
import { auditServer } from "graphql-http";
import { expect, test } from "vitest";
import { startTestServer } from "./server.fixture.ts";

test("every audit of GraphQL over HTTP passes", async () => {
  const server = await startTestServer();
  const results = await auditServer({ url: `${server.url}/graphql` });
  const failed = results.filter((result) => result.status !== "ok").map(({ id, name }) => `${id} ${name}`);
  expect(failed).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(61);
});
