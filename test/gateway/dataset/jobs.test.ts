// Imports and derivations as jobs of the engine: what they leave, and that a failed one leaves nothing.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { completeUpload } from "@millrace/gateway/data/dataset/uploads.ts";
import { newIdentifier } from "@millrace/gateway/data/identifier.ts";
import type { ImportInput } from "@millrace/gateway/domain/dataset/import.ts";
import {
  deriveDataset,
  findEqualVersion,
  getDataset,
  getDatasetVersion,
  importDataset,
} from "@millrace/gateway/domain/dataset/service.ts";
import { createUpload } from "@millrace/gateway/domain/dataset/upload.ts";
import { createDeriveExecutor } from "@millrace/gateway/job/derive.ts";
import { createImportExecutor } from "@millrace/gateway/job/import.ts";
import { describe, expect, test } from "vitest";
import { startWorkplace, TENANT } from "../workplace.fixture.ts";
import { failureOf, fileOf, pathTo, vega } from "./import.fixture.ts";

const start = async (places = 2) => {
  const allowedFolders = [path.dirname(vega("penguins.json")), pathTo("")];
  const work = await startWorkplace([createImportExecutor({ allowedFolders }), createDeriveExecutor({})], { places });
  const { database } = work.connection;
  const submitImport = (input: Partial<ImportInput> & Pick<ImportInput, "source">) =>
    importDataset(database, work.engine.submit, TENANT, {
      projectId: work.projectId,
      name: "rows",
      options: {},
      ...input,
    });
  const counts = async () => ({
    datasets: (await database.selectFrom("dataset").select("id").execute()).length,
    versions: (await database.selectFrom("datasetVersion").select("id").execute()).length,
  });
  return { ...work, database, submitImport, counts };
};

describe("an import", () => {
  test("makes a dataset with a version, and a second one that says which it equals", async () => {
    const { database, submitImport, until } = await start();
    const first = await until((await submitImport({ name: "penguins", source: { path: vega("penguins.json") } })).id);
    expect(first).toMatchObject({ state: "SUCCEEDED", output: { rowCount: 344, number: 1, equalVersionId: null } });
    const { datasetVersionId, datasetId } = Object(first.output);
    const version = await getDatasetVersion(database, TENANT, datasetVersionId);
    expect(version).toMatchObject({ rowCount: 344, number: 1, jobId: first.id, parents: [] });
    expect(await getDataset(database, TENANT, datasetId)).toMatchObject({ name: "penguins" });
    const second = await until((await submitImport({ name: "penguins", source: { path: vega("penguins.json") } })).id);
    expect(second.output).toMatchObject({ datasetId, number: 2, equalVersionId: datasetVersionId });
    const equal = await getDatasetVersion(database, TENANT, String(second.output?.datasetVersionId));
    expect((await findEqualVersion(database, TENANT, equal))?.id).toBe(datasetVersionId);
  });

  test("of a broken file fails with its place and leaves no dataset, no version and no named object", async () => {
    const { database, submitImport, until, counts } = await start();
    const file = await fileOf("ragged.csv", "a,b\n1,2\n3\n");
    const job = await until((await submitImport({ source: { path: file } })).id);
    expect(job).toMatchObject({
      state: "FAILED",
      output: null,
      error: { code: "DATASET_FILE_RAGGED_ROW", path: ["source", "path"] },
    });
    expect(job.error?.message).toContain("Line 3");
    expect(await counts()).toEqual({ datasets: 0, versions: 0 });
    expect(await database.selectFrom("jobStorage").selectAll().execute()).toEqual([]);
  });

  test("is refused at once for a path that is not allowed, missing, empty, cut or of no known format", async () => {
    const { submitImport, counts, database } = await start(0);
    await mkdir(pathTo("inner"), { recursive: true });
    await writeFile(pathTo("empty.csv"), "");
    await writeFile(pathTo("cut.parquet"), Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(100)]));
    const cases: [string, string][] = [
      ["/etc/passwd", "DATASET_FILE_FORMAT_UNKNOWN"],
      ["/etc/hosts.csv", "DATASET_FILE_NOT_ALLOWED"],
      [pathTo("none.csv"), "DATASET_FILE_NOT_FOUND"],
      [pathTo("empty.csv"), "DATASET_FILE_EMPTY"],
      [pathTo("cut.parquet"), "DATASET_FILE_TRUNCATED"],
    ];
    for (const [file, code] of cases) {
      const failure = await failureOf(submitImport({ source: { path: file } }));
      expect(failure, file).toMatchObject({ code, path: ["source", "path"] });
    }
    expect(await failureOf(submitImport({ name: "", source: { path: vega("penguins.json") } }))).toMatchObject({
      code: "INVALID_INPUT",
      path: ["name"],
    });
    expect(await database.selectFrom("job").select("id").execute()).toEqual([]);
    expect(await counts()).toEqual({ datasets: 0, versions: 0 });
  });

  test("takes a complete upload once", async () => {
    const { database, submitImport, until, workplace } = await start();
    const bytes = new TextEncoder().encode("a,b\n1,x\n2,y\n");
    const upload = await createUpload(database, TENANT, { fileName: "rows.csv", byteCount: bytes.length });
    const source = { uploadId: upload.id };
    expect(await failureOf(submitImport({ source }))).toMatchObject({
      code: "UPLOAD_NOT_READY",
      path: ["source", "uploadId"],
    });
    await completeUpload(database, TENANT, upload.id, await workplace.store.put(bytes));
    const job = await until((await submitImport({ source })).id);
    expect(job).toMatchObject({ state: "SUCCEEDED", output: { rowCount: 2 } });
    expect(await failureOf(submitImport({ source }))).toMatchObject({ code: "UPLOAD_NOT_READY" });
    expect(await failureOf(submitImport({ source: { uploadId: newIdentifier() } }))).toMatchObject({
      code: "NOT_FOUND",
    });
  });

  test("that is cancelled stops and leaves nothing", async () => {
    const { engine, submitImport, until, counts } = await start();
    const job = await submitImport({ source: { path: vega("flights-3m.parquet") } });
    await until(job.id, "RUNNING");
    await engine.cancel(TENANT, job.id);
    expect(await until(job.id)).toMatchObject({ state: "CANCELLED" });
    expect(await counts()).toEqual({ datasets: 0, versions: 0 });
  });

  test("of an idempotency key is one job", async () => {
    const { submitImport, database, engine, projectId } = await start(0);
    const input = {
      projectId,
      name: "a",
      options: {},
      source: { path: vega("penguins.json") },
      idempotencyKey: "once",
    };
    const first = await importDataset(database, engine.submit, TENANT, input);
    expect((await importDataset(database, engine.submit, TENANT, input)).id).toBe(first.id);
    expect(await failureOf(importDataset(database, engine.submit, TENANT, { ...input, name: "b" }))).toMatchObject({
      code: "IDEMPOTENCY_KEY_REUSED",
    });
    expect((await submitImport({ source: input.source })).id).not.toBe(first.id);
  });
});

describe("a derivation", () => {
  test("whose inputs have not changed is not made again; one whose have is", async () => {
    const { database, engine, projectId, submitImport, until, counts } = await start();
    const imported = async (content: string) => {
      const file = await fileOf("source.csv", content);
      return String((await until((await submitImport({ source: { path: file } })).id)).output?.datasetVersionId);
    };
    const derive = async (datasetVersionId: string, column = "a") => {
      const columns = [{ name: "x", expression: { column: { name: column } } }];
      const input = { projectId, name: "made", datasetVersionId, joins: [], columns };
      return (await until((await deriveDataset(database, engine.submit, TENANT, input)).id)).output ?? {};
    };
    const source = await imported("a,b\n1,2\n");
    const made = await derive(source);
    expect(await derive(source)).toMatchObject({ number: 1, datasetVersionId: made.datasetVersionId });
    // The same rows under another id are the same input.
    expect(await derive(await imported("a,b\n1,2\n"))).toMatchObject({ number: 1 });
    expect(await derive(source, "b")).toMatchObject({ number: 2 });
    expect(await derive(await imported("a,b\n3,4\n"), "b")).toMatchObject({ number: 3 });
    expect(await derive(source)).toMatchObject({ number: 4, equalVersionId: made.datasetVersionId });
    expect(await counts()).toMatchObject({ versions: 7 });
  });

  test("makes a version that names its parents; an ill-formed one is refused at once", async () => {
    const { database, engine, projectId, submitImport, until } = await start();
    const imported = async (name: string, content: string) => {
      const file = await fileOf(`${name}.csv`, content);
      return String((await until((await submitImport({ name, source: { path: file } })).id)).output?.datasetVersionId);
    };
    const flights = await imported("trips", "from,late\nOSL,20\nBGO,3\n");
    const places = await imported("places", "code,latitude\nBGO,60.3\nOSL,60.2\n");
    const input = {
      projectId,
      name: "features",
      datasetVersionId: flights,
      joins: [
        {
          name: "place",
          datasetVersionId: places,
          kind: "LEFT" as const,
          on: [{ left: { name: "from" }, right: "code" }],
        },
      ],
      columns: [{ name: "latitude", expression: { column: { name: "latitude", join: "place" } } }],
    };
    const job = await until((await deriveDataset(database, engine.submit, TENANT, input)).id);
    expect(job).toMatchObject({ state: "SUCCEEDED", output: { rowCount: 2 } });
    const version = await getDatasetVersion(database, TENANT, String(job.output?.datasetVersionId));
    expect(version.parents).toEqual([
      { datasetVersionId: flights, role: "dataset" },
      { datasetVersionId: places, role: "place" },
    ]);
    const unknown = { ...input, columns: [{ name: "x", expression: { column: { name: "altitude", join: "place" } } }] };
    expect(await failureOf(deriveDataset(database, engine.submit, TENANT, unknown))).toMatchObject({
      code: "UNKNOWN_COLUMN",
      path: ["columns", "0", "expression", "column", "name"],
    });
    const missing = { ...input, datasetVersionId: newIdentifier() };
    expect(await failureOf(deriveDataset(database, engine.submit, TENANT, missing))).toMatchObject({
      code: "NOT_FOUND",
      path: ["datasetVersionId"],
    });
    const empty = { ...input, where: { isMissing: { column: { name: "from" } } } };
    const failed = await until((await deriveDataset(database, engine.submit, TENANT, empty)).id);
    expect(failed).toMatchObject({ state: "FAILED", error: { code: "DERIVED_DATASET_EMPTY", path: ["where"] } });
  });
});
