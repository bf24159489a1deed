// Datasets over HTTP on real files: imported, looked at, derived, and refused with the place of the fault.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createCollectExecutor } from "@millrace/gateway/job/collect.ts";
import { createDeriveExecutor } from "@millrace/gateway/job/derive.ts";
import { createImportExecutor } from "@millrace/gateway/job/import.ts";
import { describe, expect, test } from "vitest";
import { ask, follow, globalId, startTestServer, type TestServer } from "../http/server.fixture.ts";

const penguins = fileURLToPath(new URL("../../../node_modules/vega-datasets/data/penguins.json", import.meta.url));

const withProject = async (): Promise<{ server: TestServer; projectId: string; folder: string }> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "millrace-import-"));
  const server = await startTestServer({
    executors: [
      createImportExecutor({ allowedFolders: [path.dirname(penguins), folder] }),
      createDeriveExecutor({}),
      createCollectExecutor(),
    ],
  });
  const { data } = await ask<{ createProject: { project: { id: string } } }>(
    server,
    'mutation { createProject(input: { name: "test" }) { ... on CreateProjectSuccess { project { id } } } }',
  );
  return { server, projectId: data.createProject.project.id, folder };
};

type Asked = { __typename: string; code?: string; path?: string[]; job?: { id: string } };
const importing = `mutation ($input: ImportDatasetInput!) { importDataset(input: $input) {
  __typename ... on ImportDatasetSuccess { job { id } } ... on Error { code message path } } }`;
const deriving = `mutation ($input: DeriveDatasetInput!) { deriveDataset(input: $input) {
  __typename ... on DeriveDatasetSuccess { job { id } } ... on Error { code message path } } }`;

const finished = `subscription ($id: ID!) { jobProgress(jobId: $id) { job { state error { code message path }
  datasetVersion { id number contentHash rowCount columns { name type missingCount } parents { role datasetVersion { id } }
    rows(first: 2) { hasNextPage rows { index cells { number text boolean timestamp } } } } } } }`;
type Finished = {
  jobProgress: {
    job: {
      state: string;
      error: { code: string; message: string; path: string[] } | null;
      datasetVersion: {
        id: string;
        number: number;
        contentHash: string;
        rowCount: number;
        columns: { name: string; type: string; missingCount: number }[];
        rows: object;
      } | null;
    };
  };
};

const end = async (server: TestServer, id: string | undefined) => {
  let last: Finished["jobProgress"]["job"] | undefined;
  for await (const { data } of follow<Finished>(server, finished, { id })) last = data.jobProgress.job;
  if (!last) throw new Error("The job told nothing.");
  return last;
};
const run = async (server: TestServer, input: object) => {
  const { data, errors } = await ask<{ importDataset: Asked }>(server, importing, { input });
  expect(errors).toBeUndefined();
  return end(server, data.importDataset.job?.id);
};

test("a file becomes a dataset version that tells its columns, its gaps and its rows", async () => {
  const { server, projectId } = await withProject();
  const job = await run(server, { projectId, name: "penguins", source: { path: penguins } });
  const truth: Record<string, unknown>[] = JSON.parse(readFileSync(penguins, "utf8"));
  expect(job).toMatchObject({ state: "SUCCEEDED", datasetVersion: { number: 1, rowCount: truth.length } });
  for (const { name, missingCount } of job.datasetVersion?.columns ?? []) {
    expect(missingCount, name).toBe(truth.filter((row) => row[name] === null).length);
  }
  const names = job.datasetVersion?.columns.map(({ name }) => name) ?? [];
  const cells = (row: Record<string, unknown> = {}) =>
    names.map((name) => {
      const value = row[name];
      return {
        number: typeof value === "number" ? value : null,
        text: typeof value === "string" ? value : null,
        boolean: null,
        timestamp: null,
      };
    });
  expect(job.datasetVersion?.rows).toEqual({
    hasNextPage: true,
    rows: [
      { index: 0, cells: cells(truth[0]) },
      { index: 1, cells: cells(truth[1]) },
    ],
  });
});

test("an upload is sent by its ticket and imported once, with the same content hash as the same file by its path", async () => {
  const { server, projectId } = await withProject();
  const bytes = readFileSync(penguins);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const made = await ask<{ createUpload: { upload: { id: string; path: string; state: string } } }>(
    server,
    `mutation ($size: SafeInt!, $sha256: String!) { createUpload(input: { fileName: "penguins.json", byteCount: $size, sha256: $sha256 }) {
      ... on CreateUploadSuccess { upload { id path state } } ... on Error { code message } } }`,
    { size: bytes.length, sha256 },
  );
  const { upload } = made.data.createUpload;
  const early = await ask<{ importDataset: Asked }>(server, importing, {
    input: { projectId, name: "early", source: { uploadId: upload.id } },
  });
  expect(early.data.importDataset).toMatchObject({ code: "UPLOAD_NOT_READY", path: ["source", "uploadId"] });
  const sent = await fetch(server.url + upload.path, { method: "PUT", body: bytes });
  expect(sent.status).toBe(200);
  const uploaded = await run(server, { projectId, name: "uploaded", source: { uploadId: upload.id } });
  const local = await run(server, { projectId, name: "local", source: { path: penguins } });
  expect(uploaded.datasetVersion?.contentHash).toBe(local.datasetVersion?.contentHash);
  const again = await ask<{ importDataset: Asked }>(server, importing, {
    input: { projectId, name: "again", source: { uploadId: upload.id } },
  });
  expect(again.data.importDataset).toMatchObject({ code: "UPLOAD_NOT_READY" });
});

test("rows that do not fit are set aside up to a limit, and can be looked at with their reasons", async () => {
  const { server, projectId, folder } = await withProject();
  const file = path.join(folder, "rows.csv");
  await writeFile(file, "a,b\n1,2\n3\n4,four\n5,6\n7,8\n");
  const input = { projectId, name: "rows", source: { path: file } };
  const job = await run(server, { ...input, options: { quarantine: { maximumRows: 2, maximumFraction: 0.4 } } });
  expect(job).toMatchObject({ state: "SUCCEEDED", datasetVersion: { rowCount: 3 } });
  const { data } = await ask(
    server,
    `query ($id: ID!) { node(id: $id) { ... on DatasetVersion { quarantine { rowCount page(first: 1, after: 0) {
      hasNextPage rows { index line record column value code reason text } } } } } }`,
    { id: job.datasetVersion?.id },
  );
  expect(data).toMatchObject({
    node: {
      quarantine: {
        rowCount: 2,
        page: {
          hasNextPage: false,
          rows: [
            {
              index: 1,
              line: 4,
              record: null,
              column: "b",
              value: "four",
              code: "DATASET_FILE_WRONG_TYPE",
              text: "4,four",
            },
          ],
        },
      },
    },
  });
  const fewer = await run(server, { ...input, options: { quarantine: { maximumRows: 1 } } });
  expect(fewer).toMatchObject({ state: "FAILED", error: { code: "DATASET_FILE_TOO_MANY_BAD_ROWS" } });
  expect(fewer.error?.message).toMatch(/more than 1 rows.*The first: Line 3/);
  const increment = { key: ["a"], watermark: "b" };
  const more = await run(server, { ...input, priority: 3, options: { quarantine: { maximumRows: 2 } }, increment });
  expect(more).toMatchObject({ state: "SUCCEEDED", datasetVersion: { number: 1, rowCount: 3 } });
  const wild = await ask<{ importDataset: Asked }>(server, importing, {
    input: { ...input, options: { quarantine: { maximumFraction: 2 } } },
  });
  expect(wild.data.importDataset).toMatchObject({
    code: "INVALID_INPUT",
    path: ["options", "quarantine", "maximumFraction"],
  });
});

test("versions are profiled, compared, found again, pinned and collected", async () => {
  const { server, projectId, folder } = await withProject();
  const imported = async (text: string) => {
    await writeFile(path.join(folder, "cities.csv"), text);
    const job = await run(server, { projectId, name: "cities", source: { path: path.join(folder, "cities.csv") } });
    return job.datasetVersion?.id ?? "";
  };
  const before = await imported("id,n\n1,10\n2,20\n");
  const after = await imported("id,n\n1,10\n2,21\n3,30\n");
  const cell = (number: number) => ({ number });
  const seen = await ask(
    server,
    `query ($before: ID!, $after: ID!) {
      node(id: $before) { ... on DatasetVersion {
        profile { name type distinctCount mean { number } quantiles { fraction value { number } } histogram { count } topValues { value { number } count } }
        dataset { newest: version { id } first: version(number: 1) { id } none: version(at: "2020-01-01T00:00:00Z") { id } } } }
      datasetDiff(beforeId: $before, afterId: $after, key: ["id"]) { __typename ... on DatasetDiffSuccess { diff {
        identical addedRows removedRows changedRows changedByColumn { name rows } examples { before { number } after { number } } } } } }`,
    { before, after },
  );
  expect(seen.errors).toBeUndefined();
  expect(seen.data).toMatchObject({
    node: {
      profile: [
        { name: "id", type: "INTEGER" },
        { name: "n", distinctCount: 2, mean: cell(15), topValues: [{}, {}] },
      ],
      dataset: { newest: { id: after }, first: { id: before }, none: null },
    },
    datasetDiff: {
      diff: {
        identical: false,
        addedRows: 1,
        removedRows: 0,
        changedRows: 1,
        changedByColumn: [{ name: "n", rows: 1 }],
        examples: [
          { before: [cell(2), cell(20)], after: [cell(2), cell(21)] },
          { before: null, after: [cell(3), cell(30)] },
        ],
      },
    },
  });
  const pinning = (kind: "pin" | "unpin") =>
    ask(
      server,
      `mutation ($id: ID!) { answer: ${kind}DatasetVersion(input: { datasetVersionId: $id, name: "paper" }) {
        ... on Error { code } ... on ${kind === "pin" ? "Pin" : "Unpin"}DatasetVersionSuccess { datasetVersion { pins { name } collectedAt } } } }`,
      { id: before },
    );
  expect((await pinning("pin")).data).toMatchObject({ answer: { datasetVersion: { pins: [{ name: "paper" }] } } });
  const collect = async () => {
    const { data } = await ask<{ collectDatasets: Asked }>(
      server,
      `mutation ($projectId: ID!) { collectDatasets(input: { projectId: $projectId, keepVersions: 1, keepSeconds: 0 }) {
        ... on CollectDatasetsSuccess { job { id } } ... on Error { code path } } }`,
      { projectId },
    );
    const id = data.collectDatasets.job?.id;
    expect(await end(server, id)).toMatchObject({ state: "SUCCEEDED" });
    const query = `query ($id: ID!) { node(id: $id) { ... on Job { kind collection { datasetVersions { id } objectCount } } } }`;
    return (await ask(server, query, { id })).data;
  };
  expect(await collect()).toMatchObject({ node: { kind: "COLLECT", collection: { datasetVersions: [] } } });
  await pinning("unpin");
  expect(await collect()).toMatchObject({ node: { collection: { datasetVersions: [{ id: before }] } } });
  const rows = `query ($id: ID!) { node(id: $id) { ... on DatasetVersion { collectedAt rows { hasNextPage } } } }`;
  expect((await ask(server, rows, { id: before })).errors?.[0]?.extensions).toMatchObject({
    code: "DATASET_VERSION_COLLECTED",
  });
  expect((await pinning("pin")).data).toMatchObject({ answer: { code: "DATASET_VERSION_COLLECTED" } });
});

test("an import is scheduled, shown and taken off, and one that cannot be is refused by its field", async () => {
  const { server, projectId } = await withProject();
  const creating = `mutation ($input: CreateScheduleInput!) { createSchedule(input: $input) { __typename ... on Error { code path }
    ... on CreateScheduleSuccess { schedule { id cron timeZone kind priority nextAt lastError { code } lastJob { id } } } } }`;
  const rows = { name: "penguins", source: { path: penguins }, increment: { key: ["Species"] } };
  const input = { projectId, name: "nightly", cron: "0 3 * * *", timeZone: "Europe/Oslo", work: { import: rows } };
  const made = await ask<{ createSchedule: { schedule: { id: string } } }>(server, creating, { input });
  expect(made.data).toMatchObject({
    createSchedule: { schedule: { cron: "0 3 * * *", kind: "IMPORT", priority: 0, lastJob: null, lastError: null } },
  });
  expect((await ask(server, creating, { input })).data).toMatchObject({ createSchedule: { code: "NAME_TAKEN" } });
  const collect = { ...input, name: "weekly", work: { collect: { keepVersions: 0 } } };
  expect((await ask(server, creating, { input: collect })).data).toMatchObject({
    createSchedule: { code: "INVALID_INPUT", path: ["work", "collect", "keepVersions"] },
  });
  const listed = `query ($id: ID!) { node(id: $id) { ... on Project { schedules { name } } } }`;
  expect((await ask(server, listed, { id: projectId })).data).toMatchObject({
    node: { schedules: [{ name: "nightly" }] },
  });
  const removing = `mutation ($id: ID!) { deleteSchedule(input: { scheduleId: $id }) { ... on DeleteScheduleSuccess { deleted } ... on Error { code } } }`;
  const { id } = made.data.createSchedule.schedule;
  expect((await ask(server, removing, { id })).data).toMatchObject({ deleteSchedule: { deleted: true } });
  expect((await ask(server, removing, { id })).data).toMatchObject({ deleteSchedule: { code: "NOT_FOUND" } });
});

describe("refuses", () => {
  test("at the door: a path outside, a file that is not there, empty, cut or of another format", async () => {
    const { server, projectId, folder } = await withProject();
    await writeFile(path.join(folder, "empty.csv"), "");
    await writeFile(path.join(folder, "cut.parquet"), Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(500)]));
    await writeFile(path.join(folder, "page.parquet"), "<html>");
    await writeFile(path.join(folder, "rows.dat"), "a,b\n1,2\n");
    const faults: [string, string][] = [
      ["/etc/passwd.csv", "DATASET_FILE_NOT_ALLOWED"],
      [path.join(folder, "gone.csv"), "DATASET_FILE_NOT_FOUND"],
      [path.join(folder, "empty.csv"), "DATASET_FILE_EMPTY"],
      [path.join(folder, "cut.parquet"), "DATASET_FILE_TRUNCATED"],
      [path.join(folder, "page.parquet"), "DATASET_FILE_FORMAT_MISMATCH"],
      [path.join(folder, "rows.dat"), "DATASET_FILE_FORMAT_UNKNOWN"],
    ];
    for (const [file, code] of faults) {
      const { data } = await ask<{ importDataset: Asked }>(server, importing, {
        input: { projectId, name: "x", source: { path: file } },
      });
      expect(data.importDataset, file).toMatchObject({ code, path: ["source", "path"] });
    }
    const elsewhere: [object, string, string[]][] = [
      [{ url: "http://169.254.169.254/latest.csv" }, "DATASET_SOURCE_NOT_ALLOWED", ["source", "url"]],
      [{ url: "file:///etc/passwd" }, "DATASET_SOURCE_UNKNOWN", ["source", "url"]],
      [{ query: { database: "none", sql: "select 1" } }, "DATASET_SOURCE_NOT_ALLOWED", ["source", "query", "database"]],
    ];
    for (const [source, code, at] of elsewhere) {
      const input = { projectId, name: "x", source };
      const { data } = await ask<{ importDataset: Asked }>(server, importing, { input });
      expect(data.importDataset, code).toMatchObject({ code, path: at });
    }
    expect(await server.database.selectFrom("job").selectAll().execute()).toEqual([]);
  });

  test("in the job: a ragged row and a wrong type, with line and column, and leaves no dataset behind", async () => {
    const { server, projectId, folder } = await withProject();
    await writeFile(path.join(folder, "ragged.csv"), "a,b\n1,2\n3\n");
    await writeFile(path.join(folder, "wrong.csv"), "a,b\n1,2\n3,four\n");
    const ragged = await run(server, { projectId, name: "x", source: { path: path.join(folder, "ragged.csv") } });
    expect(ragged).toMatchObject({ state: "FAILED", error: { code: "DATASET_FILE_RAGGED_ROW" } });
    expect(ragged.error?.message).toMatch(/[Ll]ine 3/);
    const options = { columns: [{ name: "b", type: "INTEGER" }] };
    const wrong = await run(server, {
      projectId,
      name: "x",
      source: { path: path.join(folder, "wrong.csv") },
      options,
    });
    expect(wrong).toMatchObject({ state: "FAILED", error: { code: "DATASET_FILE_WRONG_TYPE" } });
    expect(wrong.error?.message).toMatch(/line 3.*"b"/);
    expect(await server.database.selectFrom("dataset").selectAll().execute()).toEqual([]);
  });

  test("a derivation that names what is not there, or computes what cannot be", async () => {
    const { server, projectId } = await withProject();
    const imported = await run(server, { projectId, name: "penguins", source: { path: penguins } });
    const datasetVersionId = imported.datasetVersion?.id;
    const column = (name: string, join?: string) => ({ column: { name, join } });
    const answer = async (change: object) => {
      const input = {
        projectId,
        name: "x",
        datasetVersionId,
        columns: [{ name: "a", expression: column("Island") }],
        ...change,
      };
      return (await ask<{ deriveDataset: Asked }>(server, deriving, { input })).data.deriveDataset;
    };
    const at = (...rest: string[]) => ["columns", "0", "expression", ...rest];
    expect(await answer({ columns: [{ name: "a", expression: column("Iceland") }] })).toMatchObject({
      __typename: "UnknownColumn",
      path: at("column", "name"),
    });
    expect(await answer({ columns: [{ name: "a", expression: column("Island", "airports") }] })).toMatchObject({
      __typename: "UnknownJoin",
    });
    const sum = { arithmetic: { operator: "ADD", left: column("Island"), right: { constant: { integer: 1 } } } };
    expect(await answer({ columns: [{ name: "a", expression: sum }] })).toMatchObject({
      __typename: "ExpressionTypeMismatch",
      path: at("arithmetic", "left"),
    });
    expect(await answer({ where: column("Island") })).toMatchObject({
      __typename: "ExpressionTypeMismatch",
      path: ["where"],
    });
    expect(
      await answer({ datasetVersionId: globalId("DatasetVersion", "019ab6e2-7d1c-7a41-9f0e-3c5d2b1a0f9e") }),
    ).toMatchObject({
      __typename: "NotFound",
      path: ["datasetVersionId"],
    });
  });
});

test("a derived dataset keeps its parents, and a pipeline and a training are checked against its columns", async () => {
  const { server, projectId } = await withProject();
  const imported = await run(server, { projectId, name: "penguins", source: { path: penguins } });
  const mass = { column: { name: "Body Mass (g)" } };
  const input = {
    projectId,
    name: "heavy",
    datasetVersionId: imported.datasetVersion?.id,
    columns: [
      { name: "island", expression: { column: { name: "Island" } } },
      {
        name: "kilograms",
        expression: { arithmetic: { operator: "DIVIDE", left: mass, right: { constant: { integer: 1000 } } } },
      },
      { name: "species", expression: { column: { name: "Species" } } },
    ],
    where: { compare: { operator: "GREATER", left: mass, right: { constant: { integer: 4000 } } } },
    orderBy: [{ expression: mass, direction: "DESCENDING" }],
  };
  const asked = await ask<{ deriveDataset: Asked }>(server, deriving, { input });
  const derived = await end(server, asked.data.deriveDataset.job?.id);
  const truth: Record<string, number>[] = JSON.parse(readFileSync(penguins, "utf8"));
  const masses = truth.flatMap((row) => row["Body Mass (g)"] ?? []).filter((grams) => grams > 4000);
  expect(derived).toMatchObject({
    state: "SUCCEEDED",
    datasetVersion: {
      rowCount: masses.length,
      parents: [{ role: "dataset", datasetVersion: { id: imported.datasetVersion?.id } }],
      rows: { rows: [{ cells: [{}, { number: Math.max(...masses) / 1000 }, {}] }, {}] },
    },
  });

  const datasetVersionId = derived.datasetVersion?.id;
  const creating = `mutation ($input: CreatePipelineInput!) { createPipeline(input: $input) {
    __typename ... on CreatePipelineSuccess { pipelineVersion { id } } ... on Error { code path } } }`;
  const pipeline = {
    projectId,
    name: "p",
    label: { column: "species" },
    features: [{ columns: ["island"], steps: [] as object[] }],
    estimator: { logisticRegression: {} },
    split: { holdOut: {} },
  };
  const refused = await ask<{ createPipeline: Asked }>(server, creating, { input: { ...pipeline, datasetVersionId } });
  expect(refused.data.createPipeline).toMatchObject({
    code: "STEP_DOES_NOT_FIT",
    path: ["features", "0", "columns", "0"],
  });

  const unchecked = await ask<{ createPipeline: Asked & { pipelineVersion: { id: string } } }>(server, creating, {
    input: pipeline,
  });
  const training = `mutation ($input: TrainModelInput!) { trainModel(input: $input) {
    __typename ... on TrainModelSuccess { job { kind state } } ... on Error { code path } } }`;
  const pipelineVersionId = unchecked.data.createPipeline.pipelineVersion.id;
  const stopped = await ask(server, training, { input: { pipelineVersionId, datasetVersionId, modelName: "m" } });
  expect(stopped.data).toMatchObject({ trainModel: { code: "STEP_DOES_NOT_FIT" } });

  const sound = { ...pipeline, features: [{ columns: ["island"], steps: [{ oneHotEncoder: {} }] }], datasetVersionId };
  const made = await ask<{ createPipeline: { pipelineVersion: { id: string } } }>(server, creating, { input: sound });
  const ready = { pipelineVersionId: made.data.createPipeline.pipelineVersion.id, datasetVersionId };
  const queued = await ask(server, training, { input: { ...ready, modelName: "m", idempotencyKey: "once" } });
  expect(queued.data).toMatchObject({ trainModel: { job: { kind: "TRAIN" } } });
  const reused = await ask(server, training, { input: { ...ready, modelName: "other", idempotencyKey: "once" } });
  expect(reused.data).toMatchObject({ trainModel: { code: "IDEMPOTENCY_KEY_REUSED", path: ["idempotencyKey"] } });
  const named = await ask(server, training, { input: { ...ready, modelName: "../m" } });
  expect(named.data).toMatchObject({ trainModel: { code: "INVALID_INPUT", path: ["modelName"] } });
});
