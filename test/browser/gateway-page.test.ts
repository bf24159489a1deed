// The gateway's own page in Chromium: it predicts with a model of the gateway, and trains on a dataset of it.
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningGateway, startTestGateway } from "../gateway/gateway.fixture.ts";
import { launchChromium } from "./chromium.ts";

const vega = join(import.meta.dirname, "../../node_modules/vega-datasets/data");
const numbers = {
  "Beak Length (mm)": 46.1,
  "Beak Depth (mm)": 13.2,
  "Flipper Length (mm)": 211,
  "Body Mass (g)": 4500,
};

let gateway: RunningGateway;
let browser: Browser;
let page: Page;
let modelId: string;
const errors: string[] = [];

/** Runs a mutation of one job and waits for it. */
const work = async (name: string, input: Record<string, unknown>) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  const answer = await gateway.ask<Record<string, { job?: { id: string }; message?: string }>>(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) { ... on ${type}Success { job { id } } ... on Error { message } } }`,
    { input },
  );
  const id = answer[name]?.job?.id;
  if (id === undefined) throw new Error(answer[name]?.message);
  return gateway.finish(id);
};

beforeAll(async () => {
  gateway = await startTestGateway([vega]);
  const { createProject } = await gateway.ask<{ createProject: { project: { id: string } } }>(
    'mutation { createProject(input: { name: "birds" }) { ... on CreateProjectSuccess { project { id } } } }',
  );
  const projectId = createProject.project.id;
  const { datasetVersion } = await work("importDataset", {
    projectId,
    name: "penguins",
    source: { path: join(vega, "penguins.json") },
  });
  const { createPipeline } = await gateway.ask<{ createPipeline: { pipelineVersion: { id: string } } }>(
    "mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { ... on CreatePipelineSuccess { pipelineVersion { id } } } }",
    {
      input: {
        projectId,
        name: "penguins",
        features: [
          { columns: Object.keys(numbers), steps: [{ simpleImputer: { strategy: "MEAN" } }, { standardScaler: {} }] },
          {
            columns: ["Island", "Sex"],
            steps: [{ simpleImputer: { strategy: "MOST_FREQUENT" } }, { oneHotEncoder: { handleUnknown: "IGNORE" } }],
          },
        ],
        label: { column: "Species" },
        estimator: { mlpClassifier: { hiddenLayerSizes: [32], epochs: 60, batchSize: 64, learningRate: 0.01 } },
        split: { holdOut: { fraction: 0.25, stratify: true, seed: 1 } },
        seed: 1,
      },
    },
  );
  const job = await work("trainModel", {
    pipelineVersionId: createPipeline.pipelineVersion.id,
    datasetVersionId: datasetVersion?.id,
    modelName: "penguins",
    device: "WASM",
  });
  if (!job.modelVersion) throw new Error(JSON.stringify(job.error));
  modelId = job.modelVersion.id;
  browser = await launchChromium();
  page = await browser.newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(`${gateway.url}/page/`);
  await page.waitForSelector("html[data-ready=true]");
  await page.waitForSelector("#row button");
});
afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

const choose = (device: string): Promise<string[]> => page.selectOption("#device", device);

describe.each([
  ["webgpu", /webgpu/i],
  ["wasm", /wasm/i],
])("on %s", (device, name) => {
  test("the page predicts a row with missing fields as the gateway does", async () => {
    await choose(device);
    for (const [column, value] of Object.entries(numbers))
      await page.fill(`#row input[name="${column}"]`, String(value));
    await page.selectOption('#row select[name="Island"]', "Biscoe");
    await page.evaluate('document.getElementById("prediction").removeAttribute("data-probabilities")');
    await page.click("#row button");
    await page.waitForSelector("#prediction[data-probabilities]", { timeout: 60_000 });
    const here: number[] = JSON.parse((await page.getAttribute("#prediction", "data-probabilities")) ?? "[]");
    const rows = [
      [
        ...Object.entries(numbers).map(([column, number]) => ({ column, value: { number } })),
        { column: "Island", value: { text: "Biscoe" } },
        { column: "Sex", value: { missing: true } },
      ],
    ];
    const { predict } = await gateway.ask<{
      predict: { rows: { class: string; probabilities: { probability: number }[] }[] };
    }>(
      "query ($input: PredictInput!) { predict(input: $input) { ... on PredictSuccess { rows { ... on PredictedClass { class probabilities { probability } } } } } }",
      { input: { modelVersionId: modelId, rows } },
    );
    expect(predict.rows[0]?.class).toBe("Gentoo");
    predict.rows[0]?.probabilities.forEach(({ probability }, i) => {
      expect(here[i]).toBeCloseTo(probability, 4);
    });
    expect(await page.textContent("#prediction strong")).toBe("Gentoo");
    expect(await page.textContent("#device-name")).toMatch(name);
  });

  test("the page trains on the gateway's rows to at least 0.97", async () => {
    await choose(device);
    await page.selectOption("#label", "Species");
    await page.evaluate('document.getElementById("training").removeAttribute("data-accuracy")');
    await page.click("#train");
    await page.waitForSelector("#training[data-accuracy]", { timeout: 240_000 });
    expect(Number(await page.getAttribute("#training", "data-accuracy"))).toBeGreaterThanOrEqual(0.97);
    expect(await page.getAttribute("#curve path", "d")).toMatch(/^M.*L/);
  });
});

test("the page showed no fault and threw none", async () => {
  expect(await page.textContent("#fault")).toBe("");
  expect(errors).toEqual([]);
  const shot = process.env.MILLRACE_SCREENSHOT;
  if (shot !== undefined) await page.screenshot({ path: shot, fullPage: true });
});
