// Pipelines over HTTP: what is kept, what is refused, and where.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ask, startTestServer, type TestServer } from "../http/server.fixture.ts";

const create = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
  __typename
  ... on CreatePipelineSuccess { pipelineVersion { id number hash seed metrics { name average }
    features { columns steps { __typename
      ... on SimpleImputer { strategy fillValue { number text boolean } addIndicator }
      ... on StandardScaler { withMean withStd } ... on OneHotEncoder { handleUnknown } } }
    label { column positiveClass }
    estimator { __typename ... on MLPClassifier { hiddenLayerSizes activation l2 learningRate epochs batchSize patience }
      ... on LogisticRegression { l2 learningRate epochs batchSize } }
    split { __typename ... on HoldOut { fraction stratify seed } ... on TimeOrdered { column fraction } }
    pipeline { name } } }
  ... on Error { code message path }
} }`;
type Created = {
  createPipeline: {
    __typename: string;
    code?: string;
    path?: string[];
    message?: string;
    pipelineVersion?: { id: string; number: number; hash: string };
  };
};

const numbers = ["Beak Length (mm)", "Beak Depth (mm)"];
const sound = {
  name: "penguin species",
  features: [
    { columns: numbers, steps: [{ simpleImputer: { strategy: "MEDIAN" } }, { standardScaler: {} }] },
    { columns: ["Island", "Sex"], steps: [{ simpleImputer: { strategy: "MOST_FREQUENT" } }, { oneHotEncoder: {} }] },
  ],
  label: { column: "Species" },
  estimator: { mlpClassifier: {} },
  split: { holdOut: {} },
};

const startWithProject = async (): Promise<{ server: TestServer; projectId: string }> => {
  const server = await startTestServer();
  const made = await ask<{ createProject: { project: { id: string } } }>(
    server,
    'mutation { createProject(input: { name: "penguins" }) { ... on CreateProjectSuccess { project { id } } } }',
  );
  return { server, projectId: made.data.createProject.project.id };
};

test("a pipeline keeps every option, stated or by default, and reads back as it was written", async () => {
  const { server, projectId } = await startWithProject();
  const { data, errors } = await ask<Created>(server, create, { input: { projectId, ...sound } });
  expect(errors).toBeUndefined();
  expect(data.createPipeline).toMatchObject({
    __typename: "CreatePipelineSuccess",
    pipelineVersion: {
      number: 1,
      seed: 0,
      metrics: ["ACCURACY", "PRECISION", "RECALL", "F1", "ROC_AUC", "LOG_LOSS"].map((name) => ({
        name,
        average: null,
      })),
      features: [
        {
          columns: numbers,
          steps: [
            { __typename: "SimpleImputer", strategy: "MEDIAN", fillValue: null, addIndicator: false },
            { __typename: "StandardScaler", withMean: true, withStd: true },
          ],
        },
        { columns: ["Island", "Sex"], steps: [{ strategy: "MOST_FREQUENT" }, { handleUnknown: "ERROR" }] },
      ],
      label: { column: "Species", positiveClass: null },
      estimator: {
        __typename: "MLPClassifier",
        hiddenLayerSizes: [100],
        activation: "RELU",
        l2: 1e-4,
        learningRate: 1e-3,
        patience: null,
      },
      split: { __typename: "HoldOut", fraction: 0.25, stratify: true, seed: 0 },
      pipeline: { name: "penguin species" },
    },
  });
});

test("the same specification again is the same version; another is the next, also when many come at once", async () => {
  const { server, projectId } = await startWithProject();
  const make = async (more: object) =>
    (await ask<Created>(server, create, { input: { projectId, ...sound, ...more } })).data.createPipeline
      .pipelineVersion;
  const first = await make({});
  expect(await make({})).toEqual(first);
  const changed = await make({ seed: 1 });
  expect(changed).toMatchObject({ number: 2 });
  expect(changed?.hash).not.toBe(first?.hash);
  const many = await Promise.all([2, 3, 4, 5, 6].map((seed) => make({ seed })));
  expect(many.map((version) => version?.number).sort()).toEqual([3, 4, 5, 6, 7]);
});

test("the hash is SHA-256 of the stored specification with sorted keys", async () => {
  const { server, projectId } = await startWithProject();
  const made = await ask<Created>(server, create, {
    input: {
      ...sound,
      projectId,
      features: [{ columns: ["x"] }],
      estimator: { logisticRegression: {} },
      metrics: [{ f1: {} }],
    },
  });
  const text =
    '{"estimator":{"batchSize":256,"epochs":200,"kind":"LogisticRegression","l2":0.0001,"learningRate":0.01},' +
    '"features":[{"columns":["x"],"steps":[]}],"label":{"column":"Species","positiveClass":null},"metrics":["f1"],"seed":0,' +
    '"split":{"fraction":0.25,"kind":"HoldOut","seed":0,"stratify":true}}';
  expect(made.data.createPipeline.pipelineVersion?.hash).toBe(createHash("sha256").update(text).digest("hex"));
});

describe("refuses", () => {
  const faults: [string, object, string, string[]][] = [
    [
      "a label among the features",
      { label: { column: "Island" } },
      "LABEL_AMONG_FEATURES",
      ["features", "1", "columns", "0"],
    ],
    [
      "a column named twice",
      { features: [{ columns: ["a", "b"] }, { columns: ["a"] }] },
      "DUPLICATE_COLUMN",
      ["features", "1", "columns", "0"],
    ],
    ["no features", { features: [] }, "INVALID_INPUT", ["features"]],
    ["a group without columns", { features: [{ columns: [] }] }, "INVALID_INPUT", ["features", "0", "columns"]],
    [
      "a negative penalty",
      { estimator: { mlpClassifier: { l2: -1 } } },
      "INVALID_INPUT",
      ["estimator", "mlpClassifier", "l2"],
    ],
    [
      "a learning rate of nothing",
      { estimator: { logisticRegression: { learningRate: 0 } } },
      "INVALID_INPUT",
      ["estimator", "logisticRegression", "learningRate"],
    ],
    [
      "a layer without units",
      { estimator: { mlpClassifier: { hiddenLayerSizes: [8, 0] } } },
      "INVALID_INPUT",
      ["estimator", "mlpClassifier", "hiddenLayerSizes", "1"],
    ],
    [
      "more bins than a byte counts",
      { estimator: { gradientBoostingClassifier: { maxBins: 256 } } },
      "INVALID_INPUT",
      ["estimator", "gradientBoostingClassifier", "maxBins"],
    ],
    [
      "rounds that see no row",
      { estimator: { gradientBoostingClassifier: { baggingFraction: 0 } } },
      "INVALID_INPUT",
      ["estimator", "gradientBoostingClassifier", "baggingFraction"],
    ],
    [
      "holding out every row",
      { split: { holdOut: { fraction: 1 } } },
      "INVALID_INPUT",
      ["split", "holdOut", "fraction"],
    ],
    [
      "a constant that is not given",
      { features: [{ columns: ["a"], steps: [{ simpleImputer: { strategy: "CONSTANT" } }] }] },
      "INVALID_INPUT",
      ["features", "0", "steps", "0", "simpleImputer", "fillValue"],
    ],
    [
      "a constant without its strategy",
      { features: [{ columns: ["a"], steps: [{ simpleImputer: { fillValue: { number: 0 } } }] }] },
      "INVALID_INPUT",
      ["features", "0", "steps", "0", "simpleImputer", "fillValue"],
    ],
    ["a metric named twice", { metrics: [{ f1: {} }, { f1: {} }] }, "INVALID_INPUT", ["metrics"]],
  ];
  test("each of these, with its place, and keeps nothing", async () => {
    const { server, projectId } = await startWithProject();
    for (const [what, change, code, path] of faults) {
      const { data } = await ask<Created>(server, create, { input: { projectId, ...sound, ...change } });
      expect(data.createPipeline, what).toMatchObject({ code, path });
    }
    expect(await server.database.selectFrom("pipeline").selectAll().execute()).toEqual([]);
  });

  test("a project that is not there, and an id of another type", async () => {
    const { server } = await startWithProject();
    const gone = Buffer.from("Project:019ab6e2-7d1c-7a41-9f0e-3c5d2b1a0f9e").toString("base64");
    const missing = await ask<Created>(server, create, { input: { projectId: gone, ...sound } });
    expect(missing.data.createPipeline).toMatchObject({ __typename: "NotFound", path: ["projectId"] });
    const model = Buffer.from("Model:019ab6e2-7d1c-7a41-9f0e-3c5d2b1a0f9e").toString("base64");
    const other = await ask<Created>(server, create, { input: { projectId: model, ...sound } });
    expect(other.errors?.[0]?.message).toContain("Project");
    expect(other.errors?.[0]?.extensions.code).toBe("INVALID_INPUT");
    expect(server.log).toEqual([]);
  });

  test("two members of a one-of input, before anything runs", async () => {
    const { server, projectId } = await startWithProject();
    const both = { ...sound, projectId, estimator: { mlpClassifier: {}, logisticRegression: {} } };
    expect((await ask(server, create, { input: both })).errors?.[0]?.message).toContain("exactly one");
  });
});
