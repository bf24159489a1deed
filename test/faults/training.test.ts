// A gateway killed with SIGKILL in the middle of a training, again and again: time is lost, truth is not.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { loadBundle } from "@millrace/core";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = path.join(import.meta.dirname, "../..");
const vega = path.join(root, "node_modules/vega-datasets/data");
const KILLS = 3;

let data: string;
let child: ChildProcess | undefined;
let url = "";

const start = async (): Promise<void> => {
  const started = spawn(
    process.execPath,
    [
      "--conditions=millrace-source",
      path.join(root, "gateway/cli.ts"),
      "start",
      "--data",
      data,
      "--port",
      "0",
      "--import-from",
      vega,
      "--cores",
      "2",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  child = started;
  for await (const line of createInterface({ input: started.stdout })) {
    const found = /listens on (http:\/\/[^/]+)/.exec(line);
    if (!found) continue;
    url = found[1] ?? "";
    return;
  }
  throw new Error("the gateway ended before it listened");
};

const kill = async (): Promise<void> => {
  if (!child) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
};

const ask = async <Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const answer: { data?: Data; errors?: unknown } = await response.json();
  if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer));
  return answer.data;
};

type Job = {
  state: string;
  attempt: number;
  error: unknown;
  datasetVersion: { id: string; rowCount: number } | null;
  modelVersion: { bundlePath: string } | null;
  metrics: { name: string; lastStep: number | null }[];
};
const jobOf = async (id: string): Promise<Job> =>
  (
    await ask<{ node: Job }>(
      "query ($id: ID!) { node(id: $id) { ... on Job { state attempt error { code message } datasetVersion { id rowCount } modelVersion { bundlePath } metrics { name lastStep } } } }",
      { id },
    )
  ).node;

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const finish = async (id: string): Promise<Job> => {
  for (;;) {
    const job = await jobOf(id);
    if (!["QUEUED", "RUNNING"].includes(job.state)) return job;
    await wait(100);
  }
};

const lastStep = async (id: string): Promise<number> =>
  (await jobOf(id)).metrics.find((series) => series.name === "loss")?.lastStep ?? 0;

/** All points of a job's loss, from the subscription that any app uses. */
const lossPoints = async (jobId: string): Promise<{ steps: number[]; values: number[] }> => {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({
      query: 'subscription ($jobId: ID!) { metricPoints(jobId: $jobId, names: ["loss"]) { steps values } }',
      variables: { jobId },
    }),
  });
  const points = { steps: [] as number[], values: [] as number[] };
  for (const line of (await response.text()).split("\n")) {
    if (!line.startsWith("data:")) continue;
    const text = line.slice(5).trim();
    if (text === "") continue;
    const event: { data?: { metricPoints: { steps: number[]; values: number[] } } } = JSON.parse(text);
    points.steps.push(...(event.data?.metricPoints.steps ?? []));
    points.values.push(...(event.data?.metricPoints.values ?? []));
  }
  return points;
};

const parameterBytes = async (job: Job): Promise<Map<string, string>> => {
  const bytes = new Uint8Array(await (await fetch(`${url}${job.modelVersion?.bundlePath}`)).arrayBuffer());
  using bundle = loadBundle(bytes);
  return new Map(
    [...bundle.parameters].map(([name, { data: values }]) => [
      name,
      Buffer.from(Float32Array.from(values).buffer).toString("hex"),
    ]),
  );
};

beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), "millrace-kill-"));
});
afterAll(async () => {
  if (child && child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  }
  await rm(data, { recursive: true, force: true });
});

test(`a training killed ${KILLS} times ends with the model, the curve and the ledger of one that was not`, async () => {
  await start();
  const { createProject } = await ask<{ createProject: { project: { id: string } } }>(
    'mutation { createProject(input: { name: "kill" }) { ... on CreateProjectSuccess { project { id } } } }',
  );
  const projectId = createProject.project.id;
  const imported = await ask<{ importDataset: { job: { id: string } } }>(
    "mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { ... on ImportDatasetSuccess { job { id } } } }",
    { input: { projectId, name: "flights", source: { path: path.join(vega, "flights-200k.arrow") } } },
  );
  const source = (await finish(imported.importDataset.job.id)).datasetVersion;
  expect(source?.rowCount).toBe(200_000);
  const column = (name: string) => ({ name, expression: { column: { name } } });
  const derived = await ask<{ deriveDataset: { job?: { id: string }; message?: string } }>(
    "mutation ($input: DeriveDatasetInput!) { deriveDataset(input: $input) { ... on DeriveDatasetSuccess { job { id } } ... on Error { message } } }",
    {
      input: {
        projectId,
        name: "late flights",
        datasetVersionId: source?.id,
        columns: [
          column("distance"),
          column("time"),
          {
            name: "late",
            expression: {
              compare: {
                operator: "GREATER",
                left: { column: { name: "delay" } },
                right: { constant: { integer: 15 } },
              },
            },
          },
        ],
      },
    },
  );
  expect(derived.deriveDataset.message).toBeUndefined();
  const rows = (await finish(derived.deriveDataset.job?.id ?? "")).datasetVersion;
  const { createPipeline } = await ask<{ createPipeline: { pipelineVersion: { id: string } } }>(
    "mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) { ... on CreatePipelineSuccess { pipelineVersion { id } } } }",
    {
      input: {
        projectId,
        name: "late",
        features: [
          { columns: ["distance", "time"], steps: [{ simpleImputer: { strategy: "MEAN" } }, { standardScaler: {} }] },
        ],
        label: { column: "late" },
        estimator: { mlpClassifier: { hiddenLayerSizes: [64, 64], epochs: 14, batchSize: 512 } },
        split: { holdOut: { fraction: 0.2, stratify: true, seed: 1 } },
        seed: 1,
      },
    },
  );
  const train = async (modelName: string): Promise<string> => {
    const { trainModel } = await ask<{ trainModel: { job: { id: string } } }>(
      "mutation ($input: TrainModelInput!) { trainModel(input: $input) { ... on TrainModelSuccess { job { id } } } }",
      {
        input: {
          pipelineVersionId: createPipeline.pipelineVersion.id,
          datasetVersionId: rows?.id,
          modelName,
          device: "DETERMINISTIC",
        },
      },
    );
    return trainModel.job.id;
  };

  const plainId = await train("plain");
  const plain = await finish(plainId);
  expect(plain.state).toBe("SUCCEEDED");
  const plainPoints = await lossPoints(plainId);

  const killedId = await train("killed");
  let reached = 0;
  for (let i = 0; i < KILLS; i++) {
    // Progress since the last kill first, so that a job that began anew each time would show.
    for (let polls = 0; polls < 600 && (await lastStep(killedId)) <= reached; polls++) await wait(50);
    await wait(100 + 250 * i);
    const before = await lastStep(killedId);
    expect(before).toBeGreaterThan(reached);
    await kill();
    await start();
    // What was committed is there at once, and is not taken back.
    reached = await lastStep(killedId);
    expect(reached).toBeGreaterThanOrEqual(before);
  }
  const killed = await finish(killedId);
  expect(killed.state).toBe("SUCCEEDED");
  expect(killed.attempt).toBe(KILLS + 1);

  const points = await lossPoints(killedId);
  expect(points.steps).toEqual(plainPoints.steps);
  expect(new Set(points.steps).size).toBe(points.steps.length);
  expect(points.values).toEqual(plainPoints.values);
  expect(await parameterBytes(killed)).toEqual(await parameterBytes(plain));

  type Costs = {
    costReport: { differenceMicroseconds: number; machineMicroseconds: number; bookedMicroseconds: number };
  };
  const { costReport } = await ask<Costs>(
    "{ costReport { differenceMicroseconds machineMicroseconds bookedMicroseconds } }",
  );
  expect(costReport.differenceMicroseconds).toBe(0);
  expect(costReport.bookedMicroseconds).toBe(costReport.machineMicroseconds);
});
