// Projects over HTTP.
import { describe, expect, test } from "vitest";
import { ask, startTestServer } from "../http/server.fixture.ts";

const create = `mutation ($name: String!) { createProject(input: { name: $name }) {
  __typename
  ... on CreateProjectSuccess { project { id name createdAt } }
  ... on Error { code message path }
} }`;
type Created = {
  createProject: {
    __typename: string;
    project?: { id: string; name: string };
    code?: string;
    message?: string;
    path?: string[];
  };
};
type Page = {
  projects: {
    nodes: { name: string }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
  };
};
const list = `query ($first: Int, $last: Int, $after: String, $before: String) {
  projects(first: $first, last: $last, after: $after, before: $before) {
    nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

test("a project is made, found by its name and by its id", async () => {
  const server = await startTestServer();
  const { data } = await ask<Created>(server, create, { name: "penguins" });
  expect(data.createProject).toMatchObject({ __typename: "CreateProjectSuccess", project: { name: "penguins" } });
  const id = data.createProject.project?.id;
  const found = await ask(
    server,
    'query ($id: ID!) { project(name: "penguins") { id } node(id: $id) { ... on Project { name } } }',
    { id },
  );
  expect(found.data).toEqual({ project: { id }, node: { name: "penguins" } });
});

test("a name that is taken or is none is a typed failure with its place", async () => {
  const server = await startTestServer();
  await ask(server, create, { name: "penguins" });
  const taken = await ask<Created>(server, create, { name: "penguins" });
  expect(taken.data.createProject).toMatchObject({ __typename: "NameTaken", code: "NAME_TAKEN", path: ["name"] });
  for (const name of ["", " x", "a/b", "..", "x".repeat(101), "a\nb"]) {
    const { data } = await ask<Created>(server, create, { name });
    expect(data.createProject, name).toMatchObject({ code: "INVALID_INPUT", path: ["name"] });
  }
});

describe("pages", () => {
  test("go both ways and meet, the newest first", async () => {
    const server = await startTestServer();
    for (let index = 0; index < 7; index++) await ask(server, create, { name: `p${index}` });
    const page = async (variables: object) => (await ask<Page>(server, list, variables)).data.projects;
    const names = (projects: Page["projects"]) => projects.nodes.map(({ name }) => name);

    const first = await page({ first: 3 });
    expect(names(first)).toEqual(["p6", "p5", "p4"]);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = await page({ first: 3, after: first.pageInfo.endCursor });
    expect(names(second)).toEqual(["p3", "p2", "p1"]);
    const third = await page({ first: 3, after: second.pageInfo.endCursor });
    expect(names(third)).toEqual(["p0"]);
    expect(third.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });

    const back = await page({ last: 3, before: third.pageInfo.startCursor });
    expect(names(back)).toEqual(names(second));
    expect(names(await page({ last: 2 }))).toEqual(["p1", "p0"]);
  });

  test("stay what they were while rows are added", async () => {
    const server = await startTestServer();
    for (let index = 0; index < 4; index++) await ask(server, create, { name: `p${index}` });
    const first = (await ask<Page>(server, list, { first: 2 })).data.projects;
    await ask(server, create, { name: "late" });
    const second = (await ask<Page>(server, list, { first: 2, after: first.pageInfo.endCursor })).data.projects;
    expect(second.nodes.map(({ name }) => name)).toEqual(["p1", "p0"]);
  });

  test("refuse a cursor that nothing gave, and a negative size", async () => {
    const server = await startTestServer();
    expect((await ask(server, list, { after: "bm9uc2Vuc2U" })).errors?.[0]?.extensions.code).toBe("INVALID_CURSOR");
    expect((await ask(server, list, { first: -1 })).errors?.[0]?.message).toContain("first");
    expect(server.log).toEqual([]);
  });
});
