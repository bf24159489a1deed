// What was written is what is read: any range, any columns, across files.
import { columnOf, toRows, valueAt } from "@millrace/core";
import { datasetSource, readFrame, readRows } from "@millrace/gateway/data/dataset/read.ts";
import { stageFrames } from "@millrace/gateway/data/dataset/stage-frame.ts";
import { writeStaged } from "@millrace/gateway/data/dataset/write.ts";
import { withSession } from "@millrace/gateway/source/session.ts";
import { describe, expect, test } from "vitest";
import { failureOf, fileOf, importFile, store } from "./import.fixture.ts";

const rowCount = 5003;
const rows = Array.from({ length: rowCount }, (_, row) => ({
  number: row,
  share: row % 7 === 0 ? null : row / 4,
  even: row % 5 === 0 ? null : row % 2 === 0,
  word: row % 3 === 0 ? null : `word ${row % 17}${row % 2 === 0 ? " and many more words" : ""}`,
  at: row % 11 === 0 ? null : new Date(Date.UTC(2020, 0, 1) + row * 61_001).toISOString(),
}));
const expected = rows.map((row) => ({ ...row, at: row.at === null ? null : new Date(row.at) }));
const file = await fileOf("rows.ndjson", rows.map((row) => JSON.stringify(row)).join("\n"));
const version = await importFile(file, {}, { rowsPerFile: 1000 });

describe("a dataset version", () => {
  test("lies in files of the size asked for, in row order", () => {
    expect(version.files.map((part) => part.rowCount)).toEqual([1000, 1000, 1000, 1000, 1000, 3]);
  });

  test("has one content hash however its rows are cut into files", async () => {
    expect((await importFile(file)).contentHash).toBe(version.contentHash);
  });

  test("is read back whole as a frame of core", async () => {
    const frame = await readFrame(store, version);
    expect([...frame.columns].map(([name, column]) => [name, column.kind])).toEqual([
      ["number", "numeric"],
      ["share", "numeric"],
      ["even", "boolean"],
      ["word", "dictionary"],
      ["at", "timestamp"],
    ]);
    expect(toRows(frame)).toEqual(expected);
  });

  test("is read in any range, in the order of the columns asked for", async () => {
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [999, 1001],
      [1500, 4999],
      [5000, 5003],
    ] as const) {
      const frame = await readFrame(store, version, { columns: ["word", "even"], from, to });
      expect([...frame.columns.keys()]).toEqual(["word", "even"]);
      expect(toRows(frame)).toEqual(expected.slice(from, to).map(({ word, even }) => ({ word, even })));
    }
  });

  test("is a source of rows in ranges, forwards and back", async () => {
    const source = datasetSource(store, version);
    expect(source.rowCount).toBe(rowCount);
    for (const [from, to] of [
      [0, 800],
      [800, 2100],
      [2100, 5003],
      [10, 20],
      [30, 30],
    ] as const) {
      const frame = await source.read(["share", "word"], from, to);
      expect(frame.rowCount).toBe(to - from);
      expect(toRows(frame)).toEqual(expected.slice(from, to).map(({ share, word }) => ({ share, word })));
    }
  });

  test("numbers its texts in the order of their first appearance", async () => {
    const word = columnOf(await readFrame(store, version, { columns: ["word"] }), "word");
    expect(valueAt(word, 1)).toBe("word 1");
    expect(word.kind === "dictionary" && word.dictionary.slice(0, 3)).toEqual([
      "word 1",
      "word 2 and many more words",
      "word 4 and many more words",
    ]);
  });

  test("goes back from frames to the same content", async () => {
    const source = datasetSource(store, version);
    const frames = (async function* () {
      for (let from = 0; from < rowCount; from += 1234) {
        yield await source.read(
          version.schema.map(({ name }) => name),
          from,
          Math.min(rowCount, from + 1234),
        );
      }
    })();
    const again = await withSession({ readable: [] }, async (session) =>
      writeStaged(session, await stageFrames(session, version.schema, frames), { put: store.put }),
    );
    expect(again.contentHash).toBe(version.contentHash);
    expect(again.schema).toEqual(version.schema);
  });

  test("is paged row by row, each with its position", async () => {
    const first = await readRows(store, version, { first: 2 });
    expect(first).toEqual({
      rows: [0, 1].map((index) => ({ index, values: Object.values(expected[index] ?? {}) })),
      hasNextPage: true,
    });
    const last = await readRows(store, version, { first: 10, after: rowCount - 3 });
    expect(last.rows.map(({ index }) => index)).toEqual([rowCount - 2, rowCount - 1]);
    expect(last.hasNextPage).toBe(false);
    expect((await readRows(store, version, { first: 10, after: rowCount + 5 })).rows).toEqual([]);
  });

  test("refuses a column, a range and a page that are not there", async () => {
    expect(await failureOf(readFrame(store, version, { columns: ["number", "nobody"] }))).toMatchObject({
      code: "UNKNOWN_COLUMN",
      path: ["columns", "1"],
    });
    expect(await failureOf(readFrame(store, version, { from: 10, to: rowCount + 1 }))).toMatchObject({
      code: "INVALID_INPUT",
    });
    expect(await failureOf(readRows(store, version, { first: 1001 }))).toMatchObject({ path: ["first"] });
    const lost = { ...version, files: [{ hash: "0".repeat(64), rowCount: 1, byteCount: 1 }] };
    expect(await failureOf(readFrame(store, lost))).toMatchObject({ code: "OBJECT_MISSING" });
  });
});
