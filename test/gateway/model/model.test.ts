// The registry and prediction over HTTP.
import type { PredictionColumn } from "@millrace/gateway/domain/model/prediction.ts";
import { describe, expect, test } from "vitest";
import { insertProject } from "../database.fixture.ts";
import { ask, globalId, startTestServer } from "../http/server.fixture.ts";
import { addModelVersion } from "./model.fixture.ts";

test("a model version tells its signature, its metrics beside their base, its split and where its bundle is", async () => {
  const server = await startTestServer();
  const projectId = await insertProject(server.connection);
  const version = await addModelVersion(server.database, projectId);
  await addModelVersion(server.database, projectId);
  const { data, errors } = await ask(
    server,
    `query ($id: ID!) {
      node(id: $id) { ... on ModelVersion { number metrics { name part value base }
        signature { label classes inputs { name type nullable categories } }
        split { specification { __typename } hash trainRowCount heldOutRowCount } bundlePath model { name project { name } } } }
      project(name: "test") { models { nodes { name versions { nodes { number } } } } } }`,
    { id: globalId("ModelVersion", version.id) },
  );
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({
    node: {
      number: 1,
      metrics: [{ name: "ACCURACY", part: "HELD_OUT", value: 0.98, base: 0.44 }],
      signature: { label: "Species", classes: ["Adelie", "Chinstrap", "Gentoo"] },
      split: { specification: { __typename: "HoldOut" }, trainRowCount: 258, heldOutRowCount: 86 },
      bundlePath: `/bundles/${"ab".repeat(32)}.safetensors`,
      model: { name: "penguins", project: { name: "test" } },
    },
    project: { models: { nodes: [{ name: "penguins", versions: { nodes: [{ number: 2 }, { number: 1 }] } }] } },
  });
});

test("a bundle is downloaded by the hash of its bytes, and an object that is no bundle is not", async () => {
  const server = await startTestServer();
  const bytes = new TextEncoder().encode("the bytes of a bundle");
  const { hash } = await server.services.store.put(bytes);
  const { hash: other } = await server.services.store.put(new TextEncoder().encode("rows of a dataset"));
  await addModelVersion(server.database, await insertProject(server.connection), { bundleHash: hash });
  const found = await fetch(`${server.url}/bundles/${hash}.safetensors`);
  expect(found.status).toBe(200);
  expect(new Uint8Array(await found.arrayBuffer())).toEqual(bytes);
  expect(found.headers.get("cross-origin-resource-policy")).toBe("same-origin");
  const again = await fetch(`${server.url}/bundles/${hash}.safetensors`, { headers: { "if-none-match": `"${hash}"` } });
  expect(again.status).toBe(304);
  expect((await fetch(`${server.url}/bundles/${other}.safetensors`)).status).toBe(404);
  expect((await fetch(`${server.url}/bundles/..%2f${hash}.safetensors`)).status).toBe(404);
});

const predict = `query ($input: PredictInput!) { predict(input: $input) {
  __typename
  ... on PredictSuccess { rows { ... on PredictedClass { class probabilities { class probability } } } }
  ... on MissingField { row column } ... on WrongType { row column } ... on UnknownCategory { row column } ... on UnknownField { row column }
  ... on Error { code message path } } }`;
type Predicted = { predict: { __typename: string; code?: string; path?: string[]; message?: string } };

const row = (change: Record<string, object | undefined> = {}) =>
  Object.entries({
    "Beak Length (mm)": { number: 39.1 },
    Year: { number: 2008 },
    Island: { text: "Torgersen" },
    Banded: { boolean: true },
    ...change,
  }).flatMap(([column, value]) => (value ? [{ column, value }] : []));

describe("predict", () => {
  test("hands typed columns to the model and gives each row its class and probabilities, in order", async () => {
    const given: PredictionColumn[][] = [];
    const none = new Float32Array(0);
    const answers = {
      labels: Int32Array.of(0, 2),
      probabilities: Float32Array.of(0.5, 0.25, 0.25, 0.125, 0.125, 0.75),
      prediction: none,
      cluster: new Int32Array(0),
      score: none,
    };
    const server = await startTestServer({
      services: {
        predictor: async (hash, columns) => {
          expect(hash).toBe("ab".repeat(32));
          given.push([...columns]);
          return answers;
        },
      },
    });
    const version = await addModelVersion(server.database, await insertProject(server.connection));
    const rows = [row(), row({ "Beak Length (mm)": { missing: true }, Banded: { boolean: false } }).reverse()];
    const { data } = await ask(server, predict, {
      input: { modelVersionId: globalId("ModelVersion", version.id), rows },
    });
    expect(data).toMatchObject({
      predict: {
        rows: [
          {
            class: "Adelie",
            probabilities: [
              { class: "Adelie", probability: 0.5 },
              { class: "Chinstrap", probability: 0.25 },
              { class: "Gentoo", probability: 0.25 },
            ],
          },
          { class: "Gentoo" },
        ],
      },
    });
    expect(given).toEqual([
      [
        { name: "Beak Length (mm)", type: "FLOAT", values: [39.1, null] },
        { name: "Year", type: "INTEGER", values: [2008, 2008] },
        { name: "Island", type: "TEXT", values: ["Torgersen", "Torgersen"] },
        { name: "Banded", type: "BOOLEAN", values: [true, false] },
      ],
    ]);
  });

  const faults: [string, Record<string, object | undefined>, string, string][] = [
    ["a field that is not there", { Island: undefined }, "MISSING_FIELD", "Island"],
    ["a missing value that nothing fills", { Year: { missing: true } }, "MISSING_FIELD", "Year"],
    ["a category that is not known", { Island: { text: "Ross" } }, "UNKNOWN_CATEGORY", "Island"],
    ["text for a number", { "Beak Length (mm)": { text: "39.1" } }, "WRONG_TYPE", "Beak Length (mm)"],
    ["a number that float32 cannot hold", { "Beak Length (mm)": { number: 1e39 } }, "WRONG_TYPE", "Beak Length (mm)"],
    ["a fraction for a whole number", { Year: { number: 2008.5 } }, "WRONG_TYPE", "Year"],
    ["a number for a truth value", { Banded: { number: 1 } }, "WRONG_TYPE", "Banded"],
    ["a column that the model does not take", { Weight: { number: 1 } }, "UNKNOWN_FIELD", "Weight"],
  ];
  test("refuses each of these, with row and column", async () => {
    const server = await startTestServer();
    const version = await addModelVersion(server.database, await insertProject(server.connection));
    for (const [what, change, code, column] of faults) {
      const input = { modelVersionId: globalId("ModelVersion", version.id), rows: [row(), row(change)] };
      const { data } = await ask<Predicted>(server, predict, { input });
      expect(data.predict, what).toMatchObject({ code, row: 1, column, path: ["rows", "1", column] });
    }
  });

  test("refuses no rows, too many, a value that says nothing, and a model that is not there", async () => {
    const server = await startTestServer();
    const version = await addModelVersion(server.database, await insertProject(server.connection));
    const modelVersionId = globalId("ModelVersion", version.id);
    const answer = async (input: object) => (await ask<Predicted>(server, predict, { input })).data.predict;
    expect(await answer({ modelVersionId, rows: [] })).toMatchObject({ code: "INVALID_INPUT", path: ["rows"] });
    expect(await answer({ modelVersionId, rows: Array.from({ length: 1001 }, () => []) })).toMatchObject({
      code: "INVALID_INPUT",
    });
    expect(await answer({ modelVersionId, rows: [row({ Year: { missing: false } })] })).toMatchObject({
      code: "INVALID_INPUT",
    });
    const gone = globalId("ModelVersion", "019ab6e2-7d1c-7a41-9f0e-3c5d2b1a0f9e");
    expect(await answer({ modelVersionId: gone, rows: [row()] })).toMatchObject({ code: "NOT_FOUND" });
  });
});
