// Imports that go on from the version before: what is new is joined to it, in an order that can be told.

import type { Increment } from "@millrace/gateway/data/dataset/increment.ts";
import { type Cell, readRows } from "@millrace/gateway/data/dataset/read.ts";
import type { ImportSource } from "@millrace/gateway/domain/dataset/import.ts";
import { getDatasetVersion, importDataset } from "@millrace/gateway/domain/dataset/service.ts";
import { createImportExecutor } from "@millrace/gateway/job/import.ts";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { startWorkplace, TENANT } from "../workplace.fixture.ts";
import { failureOf, fileOf, pathTo } from "./import.fixture.ts";

const start = async () => {
  const databases: Record<string, string> = {};
  const work = await startWorkplace([createImportExecutor({ allowedFolders: [pathTo("")], databases })], { places: 2 });
  databases.shop = work.connection.url;
  const { database } = work.connection;
  const submit = (name: string, source: ImportSource, increment: Increment | undefined) =>
    importDataset(database, work.engine.submit, TENANT, {
      projectId: work.projectId,
      name,
      source,
      increment,
      options: {},
    });
  let count = 0;
  const fileSource = async (text: string, ending = "csv"): Promise<ImportSource> => ({
    path: await fileOf(`part${++count}.${ending}`, text),
  });
  const run = async (name: string, source: ImportSource, increment?: Increment) => {
    const job = await work.until((await submit(name, source, increment)).id);
    const output: Record<string, unknown> = Object(job.output);
    // Faults of ours would else be told five tries later as a missing version.
    if (job.error?.code === "JOB_CRASHED") throw new Error(JSON.stringify(work.log.map(({ error }) => String(error))));
    return { job, output };
  };
  const rowsOf = async ({ output }: { output: Record<string, unknown> }): Promise<(readonly Cell[])[]> => {
    const version = await getDatasetVersion(database, TENANT, String(output.datasetVersionId));
    return (await readRows(work.workplace.store, version, { first: 100 })).rows.map(({ values }) => values);
  };
  return { ...work, database, submit, fileSource, run, rowsOf };
};

test("a row whose key is there takes its place at the end, others are added, and the last of new ones counts", async () => {
  const { run, rowsOf, fileSource, database } = await start();
  const key = { key: ["id"] };
  const first = await run("people", await fileSource("id,name,age\n1,Ada,36\n2,Bo,40\n,Nobody,1\n"), key);
  expect(first.output).toMatchObject({ number: 1, rowCount: 3 });
  const second = await run("people", await fileSource("name,id,age\nBob,2,41\nCy,4,7\n,,2\nBobby,2,\n"), key);
  expect(second.output).toMatchObject({ number: 2, rowCount: 4 });
  expect(await rowsOf(second)).toEqual([
    [1, "Ada", 36],
    [4, "Cy", 7],
    [null, null, 2],
    [2, "Bobby", null],
  ]);
  const version = await getDatasetVersion(database, TENANT, String(second.output.datasetVersionId));
  expect(version.parents).toEqual([{ datasetVersionId: first.output.datasetVersionId, role: "before" }]);
  // A whole import beside it is what it always was.
  expect((await run("people", await fileSource("id\n9\n"))).output).toMatchObject({ number: 3, rowCount: 1 });
});

test("rows at or below the watermark were seen; with nothing new there is no new version", async () => {
  const { run, rowsOf, fileSource, database } = await start();
  const increment = { key: ["id"], watermark: "at" };
  const first = await run("log", await fileSource("id,at\n1,2024-01-01\n2,2024-01-02\n"), increment);
  const again = await run("log", await fileSource("id,at\n1,2024-01-02\n2,2024-01-02\n"), increment);
  expect(again.output).toMatchObject({ number: 1, datasetVersionId: first.output.datasetVersionId });
  expect((await run("log", await fileSource("id,at\n"), increment)).output).toMatchObject({ number: 1 });
  expect(await database.selectFrom("datasetVersion").select("id").execute()).toHaveLength(1);
  const lines = '{"id":1,"at":"2024-01-03T00:00:00Z"}\n{"id":3,"at":"2023-01-01"}\n{"id":5}\n';
  expect(await rowsOf(await run("log", await fileSource(lines, "ndjson"), increment))).toEqual([
    [2, new Date("2024-01-02")],
    [1, new Date("2024-01-03")],
    [5, null],
  ]);
});

test("columns are taken for the types that they had, numbers may widen, and a column of another kind or name is refused", async () => {
  const { run, rowsOf, fileSource } = await start();
  const key = { key: ["id"] };
  await run("typed", await fileSource("id,code,n\n1,007,1\n"), key);
  const second = await run("typed", await fileSource("id,code,n\n2,8,2\n"), key);
  expect(await rowsOf(second)).toEqual([
    [1, "007", 1],
    [2, "8", 2],
  ]);
  const wider = await run("typed", await fileSource('{"id":3,"n":2.5}\n', "ndjson"), key);
  expect(await rowsOf(wider)).toEqual([
    [1, "007", 1],
    [2, "8", 2],
    [3, null, 2.5],
  ]);
  expect((await run("typed", await fileSource("id,code,n,extra\n3,9,3,x\n"), key)).job.error).toMatchObject({
    code: "DATASET_SCHEMA_CHANGED",
    path: ["increment"],
  });
  expect((await run("typed", await fileSource("id,code,n\n3,9,3\n"), { key: ["key"] })).job.error).toMatchObject({
    code: "DATASET_SCHEMA_CHANGED",
  });
});

test("a query goes on from the greatest watermark", async () => {
  const { run, rowsOf, database } = await start();
  await sql`create table sale (id int, price numeric, changed timestamptz)`.execute(database);
  await sql`insert into sale values (1, 10, '2024-01-01Z'), (2, 20, '2024-01-02Z')`.execute(database);
  const source = {
    query: {
      database: "shop",
      sql: "select * from sale where $1::timestamptz is null or changed > $1::timestamptz order by changed",
    },
  };
  const increment = { key: ["id"], watermark: "changed" };
  expect((await run("sales", source, increment)).output).toMatchObject({ number: 1, rowCount: 2 });
  expect((await run("sales", source, increment)).output).toMatchObject({ number: 1 });
  await sql`update sale set price = 11.5, changed = '2024-01-03Z' where id = 1`.execute(database);
  expect(await rowsOf(await run("sales", source, increment))).toEqual([
    [2, 20, new Date("2024-01-02")],
    [1, 11.5, new Date("2024-01-03")],
  ]);
});

test("of two increments at once neither is lost", async () => {
  const { run, rowsOf, fileSource } = await start();
  const key = { key: ["id"] };
  await run("both", await fileSource("id\n1\n"), key);
  const both = await Promise.all([
    run("both", await fileSource("id\n2\n"), key),
    run("both", await fileSource("id\n3\n"), key),
  ]);
  const last = both.find(({ output }) => output.number === 3);
  expect((await rowsOf(last ?? both[0])).map(([id]) => id).sort()).toEqual([1, 2, 3]);
});

test("an increment without key and watermark is refused at the door", async () => {
  const { submit, fileSource } = await start();
  expect(await failureOf(submit("none", await fileSource("a\n1\n"), { key: [] }))).toMatchObject({
    code: "INVALID_INPUT",
    path: ["increment"],
  });
});
