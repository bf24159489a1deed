// Rows from elsewhere: over HTTP from a server that breaks off, from a bucket, from a query. Whatever happens on the way,
// what comes is the whole or a typed failure.
import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { readRows } from "@millrace/gateway/data/dataset/read.ts";
import type { ImportSource } from "@millrace/gateway/domain/dataset/import.ts";
import { getDatasetVersion, importDataset } from "@millrace/gateway/domain/dataset/service.ts";
import { createImportExecutor, type ImportOptions } from "@millrace/gateway/job/import.ts";
import { resolveAllowedUrl } from "@millrace/gateway/source/allowed-url.ts";
import { openS3Client } from "@millrace/gateway/store/s3.ts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failureOf, importContent } from "../dataset/import.fixture.ts";
import { startS3 } from "../store/s3.fixture.ts";
import { startWorkplace, TENANT } from "../workplace.fixture.ts";

const text = `a,b\n${Array.from({ length: 20_000 }, (_, row) => `${row},text ${row}`).join("\n")}\n`;
const bytes = Buffer.from(text);
const tag = `"${createHash("sha256").update(bytes).digest("hex")}"`;

type Behaviour = (request: http.IncomingMessage, response: http.ServerResponse, asked: number) => void;
/** Serves the bytes from where the request says, and breaks off after `most`. */
const serve =
  (most = Number.POSITIVE_INFINITY, etag: string | undefined = tag): Behaviour =>
  (request, response) => {
    const [, from = "0"] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    const rest = bytes.subarray(Number(from));
    const isPart = request.headers["if-range"] === etag && Number(from) > 0;
    const body = isPart ? rest : bytes;
    response.writeHead(isPart ? 206 : 200, {
      "content-length": body.length,
      ...(etag && { etag }),
      ...(isPart && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    response.write(body.subarray(0, most), () => (most < body.length ? response.destroy() : response.end()));
  };

const behaviours = new Map<string, Behaviour>();
const asked = new Map<string, string[]>();
const server = http.createServer((request, response) => {
  const path = request.url ?? "";
  const before = asked.get(path) ?? [];
  asked.set(path, [...before, request.headers.range ?? "whole"]);
  const behaviour = behaviours.get(path);
  if (behaviour) behaviour(request, response, before.length);
  else response.writeHead(404).end();
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port }: Partial<AddressInfo> = Object(server.address());
const base = `http://127.0.0.1:${port}`;
afterAll(() => server.close());
const { endpoint } = await startS3();

let expected = "";
beforeAll(async () => {
  expected = (await importContent("rows.csv", bytes)).contentHash;
});

const start = async (options: Partial<ImportOptions> = {}, objects?: string) => {
  const allowed = { allowedFolders: [], allowedUrls: [`${base}/data/`, `s3://millrace/in/?endpoint=${endpoint}`] };
  const executor = createImportExecutor({ ...allowed, waitMilliseconds: 5, ...options });
  const work = await startWorkplace([executor], objects === undefined ? {} : { objects });
  const { database } = work.connection;
  const submit = (source: ImportSource, format?: "CSV") =>
    importDataset(database, work.engine.submit, TENANT, {
      projectId: work.projectId,
      name: "rows",
      source,
      format,
      options: {},
    });
  const run = async (source: ImportSource) => work.until((await submit(source)).id);
  return { ...work, database, submit, run };
};

describe("over HTTP", () => {
  test("a file comes whole, however often the line breaks, and goes on where it broke", async () => {
    behaviours.set("/data/rows.csv", (request, response, before) =>
      serve(before < 3 ? 60_000 : undefined)(request, response, before),
    );
    const { run } = await start();
    expect(await run({ url: `${base}/data/rows.csv?token=1#x` })).toMatchObject({ state: "FAILED" });
    const job = await run({ url: `${base}/data/rows.csv` });
    expect(job).toMatchObject({ state: "SUCCEEDED", output: { rowCount: 20_000, contentHash: expected } });
    const ranges = asked.get("/data/rows.csv") ?? [];
    expect(ranges).toHaveLength(4);
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range))).toBe(true);
  });

  test("a file that changed between two tries is read from its beginning", async () => {
    behaviours.set("/data/changing.csv", (request, response, before) =>
      before === 0 ? serve(60_000, '"old"')(request, response, before) : serve()(request, response, before),
    );
    behaviours.set("/data/untold.csv", (request, response, before) =>
      serve(before === 0 ? 60_000 : undefined, "")(request, response, before),
    );
    const { run } = await start();
    for (const name of ["changing", "untold"]) {
      expect(await run({ url: `${base}/data/${name}.csv` }), name).toMatchObject({ output: { contentHash: expected } });
    }
  });

  test("a server that is busy is asked again, one that stays so is told, and a final answer is final", async () => {
    behaviours.set("/data/busy.csv", (request, response, before) =>
      before < 2 ? void response.writeHead(503).end() : serve()(request, response, before),
    );
    behaviours.set("/data/down.csv", (_, response) => void response.writeHead(502).end());
    behaviours.set("/data/dead.csv", (request, response, before) => serve(10, "")(request, response, before));
    const { run } = await start();
    expect(await run({ url: `${base}/data/busy.csv` })).toMatchObject({ state: "SUCCEEDED" });
    for (const name of ["down", "dead"]) {
      const job = await run({ url: `${base}/data/${name}.csv` });
      expect(job, name).toMatchObject({ error: { code: "DATASET_SOURCE_UNREACHABLE", path: ["source", "url"] } });
      expect(asked.get(`/data/${name}.csv`), name).toHaveLength(5);
    }
    expect(await run({ url: `${base}/data/none.csv` })).toMatchObject({ error: { code: "DATASET_SOURCE_REFUSED" } });
    expect(asked.get("/data/none.csv")).toHaveLength(1);
  });

  test("redirects are followed within what is allowed, and no further", async () => {
    behaviours.set("/data/there.csv", serve());
    behaviours.set("/data/moved.csv", (_, response) => void response.writeHead(302, { location: "there.csv" }).end());
    behaviours.set("/data/away.csv", (_, response) => void response.writeHead(302, { location: "/secret.csv" }).end());
    behaviours.set("/data/round.csv", (_, response) => void response.writeHead(302, { location: "round.csv" }).end());
    behaviours.set("/secret.csv", serve());
    const { run } = await start();
    expect(await run({ url: `${base}/data/moved.csv` })).toMatchObject({ output: { contentHash: expected } });
    expect(await run({ url: `${base}/data/away.csv` })).toMatchObject({
      error: { code: "DATASET_SOURCE_NOT_ALLOWED" },
    });
    expect(asked.get("/secret.csv")).toBeUndefined();
    expect(await run({ url: `${base}/data/round.csv` })).toMatchObject({ error: { code: "DATASET_SOURCE_REFUSED" } });
  });

  test("addresses outside of the prefixes, or of no known kind, are refused at the door", async () => {
    const allowed = ["https://host/open/", "http://plain:81", "s3://bucket/in"];
    const inside = ["https://host/open/a.csv", "http://plain:81/any.csv", "s3://bucket/in/a.csv"];
    for (const url of inside) expect(String(resolveAllowedUrl(url, allowed, []))).toBe(url);
    const outside = [
      "https://host/open/../secret.csv",
      "https://host/open/%2e%2e/secret.csv",
      "https://host/opened/a.csv",
      "http://host/open/a.csv",
      "https://host:444/open/a.csv",
      "https://host.evil/open/a.csv",
      "http://plain/a.csv",
      "s3://bucket/inside/a.csv",
    ];
    for (const url of outside) {
      expect(() => resolveAllowedUrl(url, allowed, []), url).toThrow(
        expect.objectContaining({ code: "DATASET_SOURCE_NOT_ALLOWED" }),
      );
    }
    for (const url of ["file:///etc/passwd", "ftp://host/a", "https://user:secret@host/open/a.csv", "rows.csv"]) {
      expect(() => resolveAllowedUrl(url, allowed, []), url).toThrow(
        expect.objectContaining({ code: "DATASET_SOURCE_UNKNOWN" }),
      );
    }
  });
});

test("a file of a bucket becomes a version whose objects lie in a bucket as well", async () => {
  const client = openS3Client({ endpoint });
  await client.send(new PutObjectCommand({ Bucket: "millrace", Key: "in/our rows.csv", Body: bytes }));
  const { run, database, workplace } = await start({}, `s3://millrace/objects?endpoint=${endpoint}`);
  const job = await run({ url: "s3://millrace/in/our%20rows.csv" });
  expect(job).toMatchObject({ state: "SUCCEEDED", output: { contentHash: expected } });
  const version = await getDatasetVersion(database, TENANT, String(job.output?.datasetVersionId));
  const { rows } = await readRows(workplace.store, version, { first: 1, after: 9 });
  expect(rows).toEqual([{ index: 10, values: [10, "text 10"] }]);
  expect(await run({ url: "s3://millrace/in/none.csv" })).toMatchObject({ error: { code: "DATASET_SOURCE_REFUSED" } });
});

describe("from a query", () => {
  const asking = async () => {
    const databases: Record<string, string> = {};
    const work = await start({ databases });
    databases.warehouse = work.connection.url;
    databases.gone = "postgres://nobody:secret@127.0.0.1:1/none";
    const read = async (query: string) => {
      const job = await work.run({ query: { database: "warehouse", sql: query } });
      const version = await getDatasetVersion(work.database, TENANT, String(job.output?.datasetVersionId));
      const { rows } = await readRows(work.workplace.store, version, { first: 10 });
      return {
        job,
        schema: version.schema.map(({ name, type }) => [name, type]),
        rows: rows.map(({ values }) => values),
      };
    };
    return { ...work, read };
  };

  test("every type comes as what it is, gaps and time zones too", async () => {
    const { read } = await asking();
    const found = await read(`select * from (values
      (1::int, 9007199254740993::bigint, 1.5::float8, 2.50::numeric, true, 'x''y', date '2024-02-29',
       timestamptz '2024-01-01 02:00:00.25+02', timestamp '1969-12-31 23:59:59', '{"a":1}'::jsonb),
      (null, 1, 'NaN', 'NaN', null, null, null, null, null, null))
      as t(i, big, f, n, b, t, d, z, ts, j) order by i;`);
    expect(found.schema).toEqual([
      ["i", "INTEGER"],
      ["big", "TEXT"],
      ["f", "FLOAT"],
      ["n", "FLOAT"],
      ["b", "BOOLEAN"],
      ["t", "TEXT"],
      ["d", "TIMESTAMP"],
      ["z", "TIMESTAMP"],
      ["ts", "TIMESTAMP"],
      ["j", "TEXT"],
    ]);
    const date = (moment: string) => new Date(moment);
    expect(found.rows).toEqual([
      [
        1,
        "9007199254740993",
        1.5,
        2.5,
        true,
        "x'y",
        date("2024-02-29"),
        date("2024-01-01T00:00:00.250Z"),
        date("1969-12-31T23:59:59Z"),
        '{"a": 1}',
      ],
      [null, "1", null, null, null, null, null, null, null, null],
    ]);
  });

  test("many rows come through a cursor, and the same rows in the same order are the same version", async () => {
    const { read } = await asking();
    const query = "select g as a, 'text ' || g as b from generate_series(0, 19999) g order by g";
    const { job } = await read(query);
    expect(job).toMatchObject({ output: { rowCount: 20_000, contentHash: expected } });
  });

  test("what writes, is two statements, is wrong or finds nothing is refused; a database that is away is told without its password", async () => {
    const { run, database, submit } = await asking();
    await sql`create table kept (a int)`.execute(database);
    const query = (text: string, name = "warehouse") => ({ query: { database: name, sql: text } });
    const refused = [
      "insert into kept values (1) returning a",
      "select 1; drop table kept",
      "select nobody",
      "select nextval('kept_seq')",
    ];
    for (const text of refused) {
      const job = await run(query(text));
      expect(job, text).toMatchObject({ error: { code: "DATASET_SOURCE_REFUSED", path: ["source", "query", "sql"] } });
    }
    expect(await sql`select * from kept`.execute(database)).toMatchObject({ rows: [] });
    expect(await run(query("select 1 as a where false"))).toMatchObject({ error: { code: "DATASET_FILE_EMPTY" } });
    const away = await run(query("select 1", "gone"));
    expect(away).toMatchObject({ error: { code: "DATASET_SOURCE_UNREACHABLE" } });
    expect(away.error?.message).not.toContain("secret");
    expect(await failureOf(submit(query("select 1", "unknown")))).toMatchObject({
      code: "DATASET_SOURCE_NOT_ALLOWED",
      path: ["source", "query", "database"],
    });
    expect(await failureOf(submit(query("select 1"), "CSV"))).toMatchObject({
      code: "INVALID_INPUT",
      path: ["format"],
    });
  });
});
