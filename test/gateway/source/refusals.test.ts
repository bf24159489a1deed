// Every fault of a file is told with its own code, its place and a way out.
import { readFile } from "node:fs/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { DomainError } from "@millrace/gateway/domain/error.ts";
import { DatasetFileError, DatasetFileRaggedRow } from "@millrace/gateway/source/errors.ts";
import type { ReadOptions } from "@millrace/gateway/source/schema.ts";
import { Field, Int32, Int64, List, Table, tableFromArrays, tableToIPC, vectorFromArray } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { failureOf, importContent, vega } from "../dataset/import.fixture.ts";

const refused = async (name: string, content: string | Uint8Array, options: ReadOptions = {}) => {
  const failure = await failureOf(importContent(name, content, options));
  if (!(failure instanceof DatasetFileError)) throw failure;
  return { code: failure.code, place: failure.place, path: failure.path, message: failure.message, failure };
};

describe("delimited text", () => {
  test("a row with a field too few or too many tells the line and both counts", async () => {
    const short = await refused("short.csv", "a,b,c\n1,2,3\n4,5\n");
    expect(short).toMatchObject({ code: "DATASET_FILE_RAGGED_ROW", place: { line: 3 }, path: ["source", "path"] });
    expect(short.failure).toBeInstanceOf(DatasetFileRaggedRow);
    expect(short.failure).toMatchObject({ expectedColumns: 3, foundColumns: 2 });
    expect(short.message).toMatch(/^Line 3 of "short.csv" has 2 fields where the header has 3 columns/);
    expect((await refused("long.csv", "a,b\n1,2,\n")).failure).toMatchObject({ expectedColumns: 2, foundColumns: 3 });
  });

  test("lines are counted as an editor does, through line breaks within quotes", async () => {
    const found = await refused("broken.csv", 'a,b\n1,"two\nlines"\n\n3\n');
    expect(found).toMatchObject({ code: "DATASET_FILE_RAGGED_ROW", place: { line: 5 } });
  });

  test("a ragged row far into a compressed file is told as well", async () => {
    const lines = Array.from({ length: 200_000 }, (_, index) => `${index},x`);
    lines[150_000] = "only one";
    const found = await refused("far.csv.gz", gzipSync(`a,b\n${lines.join("\n")}\n`));
    expect(found.place.line).toBe(150_002);
  });

  test("a value that most of its column's values are unlike tells line, column and value", async () => {
    const text = `city,"count, all"\nOslo,1\n"Ber\ngen",2\nBodø,three\nMoss,4\n`;
    expect(await refused("odd.csv", text)).toMatchObject({
      code: "DATASET_FILE_WRONG_TYPE",
      place: { line: 5, column: "count, all", value: "three" },
    });
    const kept = await importContent("kept.csv", text, { missingValues: ["three"] });
    expect(kept.schema[1]).toMatchObject({ type: "INTEGER", missingCount: 1 });
  });

  test("a value that a declared type does not take is refused, however few the others", async () => {
    const columns = [{ name: "b", type: "INTEGER" }] as const;
    const found = await refused("declared.csv", "a,b\n1,x\n2,y\n3,4\n", { columns });
    expect(found).toMatchObject({ code: "DATASET_FILE_WRONG_TYPE", place: { line: 2, column: "b", value: "x" } });
    expect(found.message).toContain("declared INTEGER");
    const early = await refused("dates.csv", "t\n2024-02-30\n", { columns: [{ name: "t", type: "TIMESTAMP" }] });
    expect(early.place).toEqual({ line: 2, column: "t", value: "2024-02-30" });
  });

  test("an integer beyond 2^53 - 1 in a column declared INTEGER is refused", async () => {
    const columns = [{ name: "a", type: "INTEGER" }] as const;
    expect(await refused("large.csv", "a,b\n1,1\n-9007199254740992,1\n", { columns })).toMatchObject({
      code: "DATASET_FILE_INTEGER_OUT_OF_RANGE",
      place: { line: 3, column: "a", value: "-9007199254740992" },
    });
  });

  test("a missing value in a column declared not nullable tells its line", async () => {
    const columns = [{ name: "b", type: "TEXT", nullable: false }] as const;
    expect(await refused("gap.csv", "a,b\n1,x\n2,NA\n", { columns })).toMatchObject({
      code: "DATASET_FILE_MISSING_VALUE",
      place: { line: 3, column: "b" },
    });
  });

  test("headers that come twice, case aside, or have no name are refused", async () => {
    const twice = await refused("twice.csv", "id,b,ID\n1,2,3\n");
    expect(twice).toMatchObject({ code: "DATASET_FILE_DUPLICATE_COLUMN" });
    expect(twice.message).toContain("columns 1 and 3");
    expect(await refused("blank.csv", "a,,c\n1,2,3\n")).toMatchObject({ code: "DATASET_FILE_COLUMN_NAME" });
  });

  test("a declared column that is not there is told by its place in the options", async () => {
    const columns = [
      { name: "a", type: "TEXT" },
      { name: "c", type: "TEXT" },
    ] as const;
    expect(await refused("known.csv", "a,b\n1,2\n", { columns })).toMatchObject({
      code: "DATASET_FILE_UNKNOWN_COLUMN",
      path: ["options", "columns", "1", "name"],
    });
  });

  test("bytes that are not UTF-8 tell the line, and are read once their encoding is given", async () => {
    const latin = Buffer.from("name,n\nOslo,1\nBod\xf8,2\n", "latin1");
    expect(await refused("latin.csv", latin)).toMatchObject({ code: "DATASET_FILE_ENCODING", place: { line: 3 } });
    const read = await importContent("latin.csv", latin, { encoding: "LATIN_1" });
    const same = await importContent("utf8.csv", "name,n\nOslo,1\nBodø,2\n");
    expect(read.contentHash).toBe(same.contentHash);
    const wide = await refused("wide.csv", Buffer.from("\uFEFFa,b\n1,2\n", "utf16le"));
    expect(wide.message).toContain("UTF-16");
  });

  test("a quote that never closes, text after a quote and mixed line endings tell their line", async () => {
    expect(await refused("open.csv", 'a,b\n1,2\n3,"4\n5,6\n')).toMatchObject({
      code: "DATASET_FILE_MALFORMED",
      place: { line: 3 },
    });
    expect(await refused("after.csv", 'a,b\n1,"2"x\n')).toMatchObject({
      code: "DATASET_FILE_MALFORMED",
      place: { line: 2 },
    });
    expect(await refused("ends.csv", "a,b\r\n1,2\r\n3,4\n")).toMatchObject({
      code: "DATASET_FILE_MALFORMED",
      place: { line: 3 },
    });
  });

  test("no bytes, or a header alone, is empty", async () => {
    for (const content of ["", "a,b\n", "a,b"]) {
      expect(await refused("empty.csv", content)).toMatchObject({ code: "DATASET_FILE_EMPTY" });
    }
  });

  test("a delimiter that is no single character is refused at its option", async () => {
    const failure = await failureOf(importContent("rows.csv", "a;b\n1;2\n", { delimiter: ";;" }));
    expect(failure).toBeInstanceOf(DomainError);
    expect(failure).toMatchObject({ code: "INVALID_INPUT", path: ["options", "delimiter"] });
    const read = await importContent("rows.csv", "a;b\n1;2\n", { delimiter: ";" });
    expect(read.schema.map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

describe("compressed text", () => {
  const rows = `a,b\n${Array.from({ length: 50_000 }, (_, row) => `${row},${row * 7919}`).join("\n")}\n`;

  test("a gzip or zstd stream that is cut is truncated, and a spoilt one malformed", async () => {
    for (const [name, packed] of [
      ["rows.csv.gz", gzipSync(rows)],
      ["rows.csv.zst", zstdCompressSync(rows)],
    ] as const) {
      const cut = await refused(name, packed.subarray(0, packed.length / 2));
      expect(cut, name).toMatchObject({ code: "DATASET_FILE_TRUNCATED", path: ["source", "path"] });
      // The checksum of gzip, and the blocks of zstd.
      const [from, to] = name.endsWith(".gz") ? [packed.length - 8, packed.length - 4] : [20_000, 30_000];
      const spoilt = Buffer.from(packed).fill(0xa5, from, to);
      expect(await refused(name, spoilt), name).toMatchObject({ code: "DATASET_FILE_MALFORMED" });
    }
  });
});

describe("JSON", () => {
  test("a record that is not JSON tells its line", async () => {
    expect(await refused("bad.json", '[\n{"a": 1},\n{"a": nope}\n]')).toMatchObject({
      code: "DATASET_FILE_MALFORMED",
      place: { line: 3 },
    });
    expect(await refused("bad.ndjson", '{"a": 1}\n\n{"a": }\n')).toMatchObject({ place: { line: 3 } });
    expect(await refused("cut.json", '[{"a": 1},\n{"a": 2')).toMatchObject({ place: { line: 2 } });
  });

  test("a record that is no object, a nested value and a key that comes twice are refused", async () => {
    expect(await refused("list.json", '[{"a": 1},\n 2]')).toMatchObject({
      code: "DATASET_FILE_MALFORMED",
      place: { line: 2 },
    });
    const nested = '[{"a": [1]},\n{"a": {"b": 1}}]';
    expect(await refused("nested.json", nested)).toMatchObject({
      code: "DATASET_FILE_UNSUPPORTED_TYPE",
      place: { line: 1, column: "a" },
    });
    const kept = await importContent("nested.json", nested, { columns: [{ name: "a", type: "TEXT" }] });
    expect(kept.schema[0]).toMatchObject({ type: "TEXT", missingCount: 0 });
    expect(await refused("twice.json", '[{"a": 1},\n{"a": 1, "a": 2}]')).toMatchObject({
      code: "DATASET_FILE_DUPLICATE_COLUMN",
      place: { line: 2, column: "a" },
    });
  });

  test("a text among numbers tells its line", async () => {
    expect(await refused("mixed.json", '[{"a": 1},\n{"a": 2},\n{"a": "2"}]')).toMatchObject({
      code: "DATASET_FILE_WRONG_TYPE",
      place: { line: 3, column: "a", value: "2" },
    });
  });

  test("an empty list, an object and newline-delimited JSON under .json are told for what they are", async () => {
    expect(await refused("none.json", "[]")).toMatchObject({ code: "DATASET_FILE_EMPTY" });
    expect(await refused("space.json", " \n ")).toMatchObject({ code: "DATASET_FILE_EMPTY" });
    expect(await refused("object.json", '{"a": 1}')).toMatchObject({ code: "DATASET_FILE_FORMAT_MISMATCH" });
  });
});

describe("Parquet and Arrow", () => {
  test("a Parquet file cut in half is truncated, and one spoilt in the middle malformed", async () => {
    const whole = await readFile(vega("flights-3m.parquet"));
    expect(await refused("half.parquet", whole.subarray(0, whole.length / 2))).toMatchObject({
      code: "DATASET_FILE_TRUNCATED",
      path: ["source", "path"],
    });
    const spoilt = Buffer.from(whole).fill(7, 1_000_000, 1_100_000);
    const found = await refused("spoilt.parquet", spoilt);
    expect(found).toMatchObject({ code: "DATASET_FILE_MALFORMED" });
    expect(found.message).not.toContain("millrace-dataset-");
  });

  test("an Arrow file and an Arrow stream that are cut are truncated", async () => {
    const table = tableFromArrays({ a: Float64Array.from({ length: 10_000 }, Math.random) });
    for (const format of ["file", "stream"] as const) {
      const bytes = tableToIPC(table, format);
      const found = await refused(`${format}.arrow`, bytes.subarray(0, bytes.length / 2));
      expect(found, format).toMatchObject({ code: "DATASET_FILE_TRUNCATED" });
    }
  });

  test("a list column is refused by its name", async () => {
    const type = new List(new Field("item", new Int32()));
    const bytes = tableToIPC(new Table({ a: vectorFromArray([[1], [2, 3]], type) }));
    expect(await refused("lists.arrow", bytes)).toMatchObject({
      code: "DATASET_FILE_UNSUPPORTED_TYPE",
      place: { column: "a" },
    });
  });

  test("64-bit integers beyond 2^53 - 1 come as text unless they are declared INTEGER", async () => {
    const bytes = tableToIPC(new Table({ a: vectorFromArray([1n, 2n ** 60n], new Int64()) }));
    const kept = await importContent("wide.arrow", bytes);
    expect(kept.schema[0]?.type).toBe("TEXT");
    const columns = [{ name: "a", type: "INTEGER" }] as const;
    expect(await refused("wide.arrow", bytes, { columns })).toMatchObject({
      code: "DATASET_FILE_INTEGER_OUT_OF_RANGE",
      place: { record: 2, column: "a", value: "1152921504606846976" },
    });
  });
});

describe("formats", () => {
  test("a name that tells nothing is refused with the names that do", async () => {
    const found = await refused("rows.xlsx", "a,b\n");
    expect(found).toMatchObject({ code: "DATASET_FILE_FORMAT_UNKNOWN" });
    expect(found.message).toContain(".parquet");
  });

  test("bytes of another format than the name's are refused before they are read", async () => {
    const found = await refused("flights.csv", await readFile(vega("flights-3m.parquet")));
    expect(found).toMatchObject({ code: "DATASET_FILE_FORMAT_MISMATCH" });
    expect(await refused("text.parquet", "a,b\n1,2\n3,4\n5,6\n")).toMatchObject({
      code: "DATASET_FILE_FORMAT_MISMATCH",
    });
    expect(await refused("text.arrow", "a,b\n1,2\n")).toMatchObject({ code: "DATASET_FILE_FORMAT_MISMATCH" });
  });
});
