// Training and prediction from the door to the kernels and back, on real rows.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadBundle, openDevice } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningGateway, startTestGateway } from "../gateway.fixture.ts";

const vega = path.join(import.meta.dirname, "../../../node_modules/vega-datasets/data");
const numbers = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"];
const categories = ["Island", "Sex"];

let gateway: RunningGateway;
let folder: string;
let projectId: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "millrace-train-"));
  gateway = await startTestGateway([vega, folder]);
  const { createProject } = await gateway.ask<{ createProject: { project: { id: string } } }>(
    'mutation { createProject(input: { name: "birds" }) { ... on CreateProjectSuccess { project { id } } } }',
  );
  projectId = createProject.project.id;
});
afterAll(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

type Refusal = { __typename: string; code?: string; message?: string; path?: string[] };

/** Runs a mutation that queues a job, and waits for it. */
const run = async (mutation: string, input: Record<string, unknown>) => {
  const name = /(\w+)\(/.exec(mutation)?.[1] ?? "";
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const answer = await gateway.ask<Record<string, Refusal & { job?: { id: string } }>>(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) { __typename ... on ${type}Success { job { id } } ... on Error { code message path } } }`,
    { input },
  );
  const payload = answer[name];
  if (!payload?.job) throw new Error(`${payload?.code}: ${payload?.message}`);
  return { id: payload.job.id, ...(await gateway.finish(payload.job.id)) };
};

const importRows = async (name: string, file: string): Promise<string> => {
  const job = await run("importDataset(", { projectId, name, source: { path: file } });
  if (!job.datasetVersion) throw new Error(JSON.stringify(job.error));
  return job.datasetVersion.id;
};

const features = [
  { columns: numbers, steps: [{ simpleImputer: { strategy: "MEAN" } }, { standardScaler: {} }] },
  {
    columns: categories,
    steps: [{ simpleImputer: { strategy: "MOST_FREQUENT" } }, { oneHotEncoder: { handleUnknown: "IGNORE" } }],
  },
];

const createPipeline = async (name: string, estimator: Record<string, unknown>, label = "Species"): Promise<string> => {
  const input = {
    projectId,
    name,
    features,
    label: { column: label },
    estimator,
    split: { holdOut: { fraction: 0.25, stratify: true, seed: 1 } },
    seed: 1,
  };
  const { createPipeline: payload } = await gateway.ask<{
    createPipeline: Refusal & { pipelineVersion?: { id: string } };
  }>(
    "mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { __typename ... on CreatePipelineSuccess { pipelineVersion { id } } ... on Error { code message path } } }",
    { input },
  );
  if (!payload.pipelineVersion) throw new Error(`${payload.code}: ${payload.message}`);
  return payload.pipelineVersion.id;
};

const perceptron = { mlpClassifier: { hiddenLayerSizes: [32], epochs: 60, batchSize: 64, learningRate: 0.01 } };

describe("penguins", () => {
  let dataset: string;
  let model: { id: string; bundlePath: string };
  let trainingJob: string;

  beforeAll(async () => {
    dataset = await importRows("penguins", path.join(vega, "penguins.json"));
    const pipelineVersionId = await createPipeline("perceptron", perceptron);
    const job = await run("trainModel(", {
      pipelineVersionId,
      datasetVersionId: dataset,
      modelName: "penguins",
      device: "WASM",
    });
    expect(job.error).toBeNull();
    if (!job.modelVersion) throw new Error("the training made no model");
    model = job.modelVersion;
    trainingJob = job.id;
  }, 60_000);

  test("the model is judged on held-out rows beside its base, and says where it comes from", async () => {
    type Answer = {
      node: {
        metrics: { name: string; part: string; value: number; base: number }[];
        split: { trainRowCount: number; heldOutRowCount: number };
        datasetVersion: { id: string };
        signature: { classes: string[]; inputs: { name: string }[] };
      };
    };
    const { node } = await gateway.ask<Answer>(
      "query ($id: ID!) { node(id: $id) { ... on ModelVersion { metrics { name part value base } split { trainRowCount heldOutRowCount } datasetVersion { id } signature { classes inputs { name } } } } }",
      { id: model.id },
    );
    const accuracy = node.metrics.find((metric) => metric.name === "ACCURACY");
    expect(accuracy?.part).toBe("HELD_OUT");
    expect(accuracy?.value).toBeGreaterThanOrEqual(0.97);
    // 152 of 344 penguins are Adelie.
    expect(accuracy?.base).toBeCloseTo(152 / 344, 1);
    expect(node.split.trainRowCount + node.split.heldOutRowCount).toBe(344);
    expect(node.split.heldOutRowCount).toBe(86);
    expect(node.datasetVersion.id).toBe(dataset);
    expect(node.signature.classes).toEqual(["Adelie", "Chinstrap", "Gentoo"]);
    expect(node.signature.inputs.map((input) => input.name)).toEqual([...numbers, ...categories]);
  });

  test("boosted trees train, are judged and predict by the same door", async () => {
    const pipelineVersionId = await createPipeline("boosting", {
      gradientBoostingClassifier: { nEstimators: 40, minDataInLeaf: 5 },
    });
    const job = await run("trainModel(", {
      pipelineVersionId,
      datasetVersionId: dataset,
      modelName: "boosted penguins",
      device: "WASM",
    });
    expect(job.error).toBeNull();
    const { node } = await gateway.ask<{ node: { metrics: { name: string; value: number }[] } }>(
      "query ($id: ID!) { node(id: $id) { ... on ModelVersion { metrics { name value } } } }",
      { id: job.modelVersion?.id },
    );
    expect(node.metrics.find(({ name }) => name === "ACCURACY")?.value).toBeGreaterThanOrEqual(0.95);
  });

  test("rows with missing fields are predicted, the same as by the bundle that any page can fetch", async () => {
    const cells = [
      ...numbers.map((column, i) => ({
        column,
        value: i === 3 ? { missing: true } : { number: [39.1, 18.7, 181][i] },
      })),
      { column: "Island", value: { text: "Torgersen" } },
      { column: "Sex", value: { missing: true } },
    ];
    const { predict } = await gateway.ask<{
      predict: { rows: { class: string; probabilities: { class: string; probability: number }[] }[] };
    }>(
      "query ($input: PredictInput!) { predict(input: $input) { ... on PredictSuccess { rows { ... on PredictedClass { class probabilities { class probability } } } } } }",
      { input: { modelVersionId: model.id, rows: [cells] } },
    );
    expect(predict.rows[0]?.class).toBe("Adelie");
    const bytes = new Uint8Array(await (await fetch(`${gateway.url}${model.bundlePath}`)).arrayBuffer());
    using bundle = loadBundle(bytes);
    using device = await openDevice("wasm");
    const row = {
      [numbers[0] ?? ""]: 39.1,
      [numbers[1] ?? ""]: 18.7,
      [numbers[2] ?? ""]: 181,
      [numbers[3] ?? ""]: null,
      Island: "Torgersen",
      Sex: null,
    };
    const { probabilities } = await bundle.predict([row], { device });
    predict.rows[0]?.probabilities.forEach(({ probability }, i) => {
      expect(probability).toBeCloseTo(probabilities[i] ?? Number.NaN, 5);
    });
  });

  test("the loss curve, the use by kernel and the bill are there, and the ledger adds up", async () => {
    type Answer = {
      node: {
        metrics: { name: string; lastStep: number }[];
        usage: { kernel: string; flops: number; calls: number }[];
        bill: { machineSeconds: number; amount: string };
        estimate: { flops: number };
      };
      costReport: { differenceMicroseconds: number };
    };
    const { node, costReport } = await gateway.ask<Answer>(
      "query ($id: ID!) { node(id: $id) { ... on Job { metrics { name lastStep } usage { kernel flops calls } bill { machineSeconds amount } estimate { flops } } } costReport { differenceMicroseconds } }",
      { id: trainingJob },
    );
    // 258 training rows in batches of 64, 60 epochs: steps 0 to 299 or 1 to 300.
    expect(node.metrics.find((metric) => metric.name === "loss")?.lastStep).toBeGreaterThanOrEqual(299);
    expect(node.usage.some((use) => use.flops > 0 && use.calls > 0)).toBe(true);
    expect(node.bill.machineSeconds).toBeGreaterThan(0);
    const counted = node.usage.reduce((sum, use) => sum + use.flops, 0);
    expect(node.estimate.flops / counted).toBeGreaterThan(0.5);
    expect(node.estimate.flops / counted).toBeLessThan(2);
    expect(costReport.differenceMicroseconds).toBe(0);
  });

  test("a whole dataset version is predicted into a set, judged where the label is known", async () => {
    const job = await run("predictBatch(", { modelVersionId: model.id, datasetVersionId: dataset, device: "WASM" });
    expect(job.error).toBeNull();
    expect(job.predictionSet?.rowCount).toBe(344);
    type Answer = { node: { metrics: { name: string; part: string; value: number }[] | null } };
    const { node } = await gateway.ask<Answer>(
      "query ($id: ID!) { node(id: $id) { ... on PredictionSet { metrics { name part value } } } }",
      { id: job.predictionSet?.id },
    );
    expect(node.metrics?.find((metric) => metric.name === "ACCURACY")?.value).toBeGreaterThanOrEqual(0.97);
  });

  test("the deterministic device gives the same bundle again", async () => {
    const pipelineVersionId = await createPipeline("perceptron", perceptron);
    const hashes: string[] = [];
    for (let i = 0; i < 2; i++) {
      const job = await run("trainModel(", {
        pipelineVersionId,
        datasetVersionId: dataset,
        modelName: "again",
        device: "DETERMINISTIC",
      });
      const bytes = new Uint8Array(await (await fetch(`${gateway.url}${job.modelVersion?.bundlePath}`)).arrayBuffer());
      const bundle = loadBundle(bytes);
      hashes.push(
        JSON.stringify(
          [...bundle.parameters].map(([name, { data }]) => [name, [...new Uint8Array(Float32Array.from(data).buffer)]]),
        ),
      );
      bundle[Symbol.dispose]();
    }
    expect(hashes[0]).toBe(hashes[1]);
  });
});

describe("what cannot be learned is refused with what and where, and leaves no model", () => {
  const header = [...numbers, ...categories, "Species"].map((name) => JSON.stringify(name)).join(",");
  const train = async (rows: readonly string[]) => {
    const name = `bad${Math.random().toString(36).slice(2)}`;
    const file = path.join(folder, `${name}.csv`);
    await writeFile(file, [header, ...rows].join("\n"));
    const dataset = await importRows(name, file);
    const pipelineVersionId = await createPipeline("perceptron", perceptron);
    const job = await run("trainModel(", {
      pipelineVersionId,
      datasetVersionId: dataset,
      modelName: name,
      device: "WASM",
    });
    const { project } = await gateway.ask<{ project: { models: { nodes: { name: string }[] } } }>(
      '{ project(name: "birds") { models(first: 50) { nodes { name } } } }',
    );
    expect(project.models.nodes.map((model) => model.name)).not.toContain(name);
    return job;
  };
  const row = (species: string, i: number): string => `${39 + i},18,181,3750,Dream,MALE,${species}`;

  test.each(["", "NaN"])("a label of %j, before the job is queued", async (label) => {
    const rows = [...Array.from({ length: 20 }, (_, i) => row(i % 2 ? "a" : "b", i)), row(label, 20)];
    await expect(train(rows)).rejects.toThrow(/LABEL_DOES_NOT_FIT: The label "Species" is missing in 1 rows/);
  });

  test("one class only", async () => {
    const job = await train(Array.from({ length: 20 }, (_, i) => row("a", i)));
    expect(job.state).toBe("FAILED");
    expect(job.error?.code).toMatch(/LABEL|SPLIT/);
  });

  test("a pipeline that names a column that is not there", async () => {
    const dataset = await importRows("airports", path.join(vega, "airports.csv"));
    const pipelineVersionId = await createPipeline("perceptron", perceptron);
    await expect(
      run("trainModel(", { pipelineVersionId, datasetVersionId: dataset, modelName: "x", device: "WASM" }),
    ).rejects.toThrow(/UNKNOWN_COLUMN.*Beak Length/);
  });
});

test("a running training that is cancelled stops within seconds and leaves no model", async () => {
  const file = path.join(folder, "long.json");
  const rows: unknown[] = JSON.parse(await readFile(path.join(vega, "penguins.json"), "utf8"));
  await writeFile(file, JSON.stringify(Array.from({ length: 100 }, () => rows).flat()));
  const dataset = await importRows("long", file);
  const pipelineVersionId = await createPipeline("long", {
    mlpClassifier: { hiddenLayerSizes: [256, 256], epochs: 1000, batchSize: 32 },
  });
  const { trainModel } = await gateway.ask<{ trainModel: { job: { id: string } } }>(
    "mutation ($input: TrainModelInput!) { trainModel(input: $input) { ... on TrainModelSuccess { job { id } } } }",
    { input: { pipelineVersionId, datasetVersionId: dataset, modelName: "long", device: "WASM" } },
  );
  const { id } = trainModel.job;
  const lastStep = async (): Promise<number> => {
    const { node } = await gateway.ask<{ node: { metrics: { lastStep: number | null }[] } }>(
      "query ($id: ID!) { node(id: $id) { ... on Job { metrics { lastStep } } } }",
      { id },
    );
    return node.metrics[0]?.lastStep ?? 0;
  };
  for (let i = 0; i < 400 && (await lastStep()) === 0; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await lastStep()).toBeGreaterThan(0);
  const start = performance.now();
  await gateway.ask("mutation ($id: ID!) { cancelJob(input: { jobId: $id }) { __typename } }", { id });
  expect((await gateway.finish(id)).state).toBe("CANCELLED");
  expect(performance.now() - start).toBeLessThan(10_000);
  const { project } = await gateway.ask<{ project: { models: { nodes: { name: string }[] } } }>(
    '{ project(name: "birds") { models(first: 50) { nodes { name } } } }',
  );
  expect(project.models.nodes.map((model) => model.name)).not.toContain("long");
});
