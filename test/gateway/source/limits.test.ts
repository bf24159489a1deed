// Memory is bounded: what does not fit spills to disk, and what does not fit there is refused by name.
import { access, mkdir, readdir } from "node:fs/promises";
import { writeStaged } from "@millrace/gateway/data/dataset/write.ts";
import { stageFile } from "@millrace/gateway/source/read.ts";
import { type SessionLimits, withSession } from "@millrace/gateway/source/session.ts";
import { expect, test } from "vitest";
import { failureOf, fileOf, importFile, pathTo, requestOf, store } from "../dataset/import.fixture.ts";

const lines = Array.from({ length: 400_000 }, (_, row) => `${row},a text that no other row has: ${row * 7919}`);
const file = await fileOf("wide.csv", `id,text\n${lines.join("\n")}\n`);

const importWithin = (limits: SessionLimits) =>
  withSession({ readable: [file], limits }, async (session) =>
    writeStaged(session, await stageFile(session, requestOf(file)), { put: store.put }),
  );

test("rows that do not fit into memory spill to disk, and the content is the same", async () => {
  const temporaryFolder = pathTo("temporary");
  const within = await importWithin({ memoryMebibytes: 64, temporaryFolder });
  expect(within.contentHash).toBe((await importFile(file)).contentHash);
  expect(await readdir(temporaryFolder)).toEqual([]);
});

test("rows that do not fit on disk either are refused as too large", async () => {
  const failure = await failureOf(importWithin({ memoryMebibytes: 32, spillGibibytes: 0.005 }));
  expect(failure).toMatchObject({ code: "DATASET_FILE_TOO_LARGE", path: ["source", "path"] });
});

test("a cancel stops the reading, and the session's folder goes", async () => {
  const temporaryFolder = pathTo("cancelled");
  const controller = new AbortController();
  const reason = new Error("cancelled by the test");
  setTimeout(() => controller.abort(reason), 30);
  const work = withSession(
    { readable: [file], limits: { temporaryFolder }, signal: controller.signal },
    async (session) => stageFile(session, requestOf(file)),
  );
  expect(await failureOf(work)).toBe(reason);
  expect(await readdir(temporaryFolder)).toEqual([]);
});

test("what a killed process left is swept when the next one opens a session", async () => {
  // The largest process id of Linux is 2^22, so nobody has this one.
  const left = pathTo("swept");
  await mkdir(`${left}/millrace-session-99999999-abc/spill`, { recursive: true });
  await mkdir(`${left}/millrace-session-${process.pid}-abc`, { recursive: true });
  await withSession({ readable: [], limits: { temporaryFolder: left } }, async () => {});
  await expect(access(`${left}/millrace-session-99999999-abc`)).rejects.toThrow("ENOENT");
  await access(`${left}/millrace-session-${process.pid}-abc`);
});
