// Uploads over real HTTP: whole, in parts, broken off and taken up again, spoilt, too long, too late.
import { createHash, randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { consumeUpload } from "@millrace/gateway/data/dataset/uploads.ts";
import { createUpload, getUpload, type NewUpload } from "@millrace/gateway/domain/dataset/upload.ts";
import { createUploadHandler } from "@millrace/gateway/http/uploads.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase } from "../database.fixture.ts";
import { failureOf, pathTo, store } from "./import.fixture.ts";

const TENANT = "local";
const folder = pathTo("uploads");
const bytes = randomBytes(300_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");

const { database } = await freshDatabase();
let server: http.Server;
let base: string;

beforeAll(async () => {
  const handle = await createUploadHandler({ database, store, folder });
  server = http.createServer((request, response) => {
    handle(request, response, TENANT).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port }: Partial<AddressInfo> = Object(server.address());
  base = `http://127.0.0.1:${port}/uploads`;
});
afterAll(() => server.close());

const ticketFor = async (upload: Partial<NewUpload> = {}, lifetime?: number) =>
  (
    await createUpload(
      database,
      TENANT,
      { fileName: "rows.csv", byteCount: bytes.length, sha256, ...upload },
      lifetime === undefined ? {} : { lifetime },
    )
  ).id;

const put = async (ticket: string, body: Uint8Array, range?: string) => {
  const response = await fetch(`${base}/${ticket}`, {
    method: "PUT",
    body: Uint8Array.from(body),
    headers: range === undefined ? {} : { "content-range": range },
  });
  return { status: response.status, body: await response.json() };
};
const part = (from: number, to: number) =>
  [bytes.subarray(from, to), `bytes ${from}-${to - 1}/${bytes.length}`] as const;
const refusalOf = (answer: { body: unknown }) => Object(answer.body).errors?.[0]?.extensions;

test("a whole upload is complete and lies in the store under its hash", async () => {
  const ticket = await ticketFor();
  const answer = await put(ticket, bytes);
  expect(answer).toEqual({
    status: 200,
    body: { ticket, receivedBytes: bytes.length, byteCount: bytes.length, state: "COMPLETE" },
  });
  expect(await getUpload(database, TENANT, ticket)).toMatchObject({ state: "COMPLETE", sha256 });
  expect(Buffer.from(await store.read(sha256)).equals(bytes)).toBe(true);
  expect(await readdir(folder)).toEqual([]);
  expect(refusalOf(await put(ticket, bytes))).toMatchObject({ code: "UPLOAD_COMPLETE" });
});

test("parts follow one another, and a part that does not follow tells where to go on", async () => {
  const ticket = await ticketFor();
  expect(await put(ticket, ...part(0, 100_000))).toMatchObject({ status: 202, body: { receivedBytes: 100_000 } });
  const head = await fetch(`${base}/${ticket}`, { method: "HEAD" });
  expect([head.status, head.headers.get("upload-offset"), head.headers.get("upload-length")]).toEqual([
    200,
    "100000",
    "300000",
  ]);
  const astray = await put(ticket, ...part(200_000, 300_000));
  expect(astray.status).toBe(409);
  expect(refusalOf(astray)).toEqual({ code: "UPLOAD_OFFSET_MISMATCH", receivedBytes: 100_000 });
  expect(await put(ticket, ...part(100_000, 300_000))).toMatchObject({ status: 200 });
  expect(await getUpload(database, TENANT, ticket)).toMatchObject({ state: "COMPLETE" });
});

test("what came before a connection broke is kept, and the upload goes on from there", async () => {
  const ticket = await ticketFor();
  await new Promise<void>((resolve) => {
    const request = http.request(`${base}/${ticket}`, { method: "PUT", headers: { "content-length": bytes.length } });
    request.on("error", () => resolve());
    request.write(bytes.subarray(0, 120_000), () => setTimeout(() => request.destroy(new Error("gone")), 100));
  });
  let received = 0;
  for (let tries = 0; tries < 100 && received === 0; tries++, await sleep(20)) {
    received = (await getUpload(database, TENANT, ticket)).receivedBytes;
  }
  expect(received).toBe(120_000);
  expect(await put(ticket, ...part(received, bytes.length))).toMatchObject({ status: 200 });
});

test("bytes that hash to something else are dropped, and can be sent again", async () => {
  const ticket = await ticketFor();
  const spoilt = Buffer.from(bytes);
  spoilt.writeUInt8(spoilt.readUInt8(7) ^ 1, 7);
  const answer = await put(ticket, spoilt);
  expect(answer.status).toBe(422);
  expect(refusalOf(answer)).toEqual({ code: "UPLOAD_CHECKSUM_MISMATCH", receivedBytes: 0 });
  expect(await getUpload(database, TENANT, ticket)).toMatchObject({ state: "OPEN", receivedBytes: 0 });
  expect(await put(ticket, bytes)).toMatchObject({ status: 200 });
});

test("a body longer than its range is refused and nothing of it is kept", async () => {
  const ticket = await ticketFor();
  const answer = await put(ticket, bytes.subarray(0, 50_000), `bytes 0-9999/${bytes.length}`);
  expect(answer.status).toBe(413);
  expect(refusalOf(answer)).toMatchObject({ code: "UPLOAD_TOO_LONG" });
  expect(await getUpload(database, TENANT, ticket)).toMatchObject({ receivedBytes: 0 });
});

test("ranges that are malformed or outside of the ticket are refused", async () => {
  const ticket = await ticketFor();
  expect(refusalOf(await put(ticket, bytes, "bytes 5-2/300000"))).toMatchObject({ code: "UPLOAD_RANGE_INVALID" });
  expect(refusalOf(await put(ticket, bytes, "rows 1-2"))).toMatchObject({ code: "UPLOAD_RANGE_INVALID" });
  expect(refusalOf(await put(ticket, bytes, "bytes 0-300000/300001"))).toMatchObject({ code: "UPLOAD_RANGE_OUTSIDE" });
});

test("a ticket that is unknown, another tenant's, expired or consumed takes nothing", async () => {
  expect((await put("nothing", bytes)).status).toBe(404);
  const foreign = await createUpload(database, "other", { fileName: "a.csv", byteCount: 1 });
  expect(refusalOf(await put(foreign.id, bytes))).toMatchObject({ code: "UPLOAD_NOT_FOUND" });
  const late = await ticketFor({}, -1);
  expect(refusalOf(await put(late, bytes))).toMatchObject({ code: "UPLOAD_EXPIRED" });
  const used = await ticketFor();
  await put(used, bytes);
  await database.transaction().execute((transaction) => consumeUpload(transaction, TENANT, used));
  expect(refusalOf(await put(used, bytes))).toMatchObject({ code: "UPLOAD_CONSUMED" });
});

test("a ticket for too much, nothing, a folder or a malformed hash is not made", async () => {
  const cases: [Partial<NewUpload>, string][] = [
    [{ byteCount: 2 ** 40 }, "byteCount"],
    [{ byteCount: 0 }, "byteCount"],
    [{ fileName: "../rows.csv" }, "fileName"],
    [{ sha256: "abc" }, "sha256"],
  ];
  for (const [upload, field] of cases) {
    expect(await failureOf(ticketFor(upload)), field).toMatchObject({ code: "INVALID_INPUT", path: [field] });
  }
});
