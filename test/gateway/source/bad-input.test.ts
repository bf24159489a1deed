// Broken files, one by one: each is read as it was meant, or refused or set aside with its place and the reason.

import { readFile } from "node:fs/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { DatasetFileError } from "@millrace/gateway/source/errors.ts";
import { stageFile } from "@millrace/gateway/source/read.ts";
import type { ReadOptions } from "@millrace/gateway/source/schema.ts";
import { withSession } from "@millrace/gateway/source/session.ts";
import { Float64, Int32, Table, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import { expect, test } from "vitest";
import { fileOf, pathTo, requestOf } from "../dataset/import.fixture.ts";

type Aside = readonly [place: number, code: string, column?: string];
type Outcome = {
  /** Rows that are read, in order. */
  readonly rows?: readonly (readonly (number | string | boolean | null)[])[];
  /** Rows that are set aside: the line or record and the code without its DATASET_FILE_. */
  readonly aside?: readonly Aside[];
  /** The code with which the file is refused, without its DATASET_FILE_, and the line. */
  readonly refused?: readonly [code: string, line?: number];
};

const upTo5: ReadOptions = { quarantine: { maximumRows: 5 } };
const strict: ReadOptions = {};
const declared = (type: "INTEGER" | "FLOAT" | "TIMESTAMP" | "BOOLEAN", nullable = true): ReadOptions => ({
  ...upTo5,
  columns: [{ name: "a", type, nullable }],
});
const latin = (text: string) => Buffer.from(text, "latin1");
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le");
const long = "x".repeat(2_100_000);

const day = Date.UTC(2024, 0, 1) * 1000;

const cases: readonly (readonly [
  name: string,
  content: string | Uint8Array,
  options: ReadOptions,
  outcome: Outcome,
])[] = [
  // Delimited text: shape
  [
    "too-few.csv",
    "a,b\n1,2\n3\n4,5\n",
    upTo5,
    {
      rows: [
        [1, 2],
        [4, 5],
      ],
      aside: [[3, "RAGGED_ROW"]],
    },
  ],
  [
    "too-many.csv",
    "a,b\n1,2\n3,4,5\n6,7\n",
    upTo5,
    {
      rows: [
        [1, 2],
        [6, 7],
      ],
      aside: [[3, "RAGGED_ROW"]],
    },
  ],
  ["last-ragged.csv", "a,b\n1,2\n3", upTo5, { rows: [[1, 2]], aside: [[3, "RAGGED_ROW"]] }],
  [
    "after-lines.csv",
    'a,b\n1,"x\ny"\n2\n3,z\n',
    upTo5,
    {
      rows: [
        [1, "x\ny"],
        [3, "z"],
      ],
      aside: [[4, "RAGGED_ROW"]],
    },
  ],
  ["only-one.csv", "a,b\n1\n2,3\n", strict, { refused: ["RAGGED_ROW", 2] }],
  ["none-fits.csv", "a,b\n1\n2\n", upTo5, { refused: ["EMPTY"] }],
  ["six-bad.csv", `a,b\n${"1\n".repeat(6)}1,2\n`, upTo5, { refused: ["TOO_MANY_BAD_ROWS", 2] }],
  ["half-bad.csv", "a,b\n1\n2,3\n", { quarantine: { maximumFraction: 0.4 } }, { refused: ["TOO_MANY_BAD_ROWS", 2] }],
  [
    "half-fine.csv",
    "a,b\n1\n2,3\n",
    { quarantine: { maximumFraction: 0.5 } },
    { rows: [[2, 3]], aside: [[2, "RAGGED_ROW"]] },
  ],
  // Quotes
  [
    "never-closes.csv",
    'a,b\n1,2\n3,"x\n4,5\n',
    upTo5,
    {
      rows: [
        [1, 2],
        [4, 5],
      ],
      aside: [[3, "MALFORMED"]],
    },
  ],
  [
    "closes-later.csv",
    'a,b\n1,p\n3,"x\n4,q\n6,"y"\n7,r\n',
    upTo5,
    {
      rows: [
        [1, "p"],
        [4, "q"],
        [6, "y"],
        [7, "r"],
      ],
      aside: [[3, "MALFORMED"]],
    },
  ],
  ["after-quote.csv", 'a,b\n1,"2"x\n3,4\n', upTo5, { rows: [[3, 4]], aside: [[2, "MALFORMED"]] }],
  ["open-header.csv", '"a,b\n1,2\n', upTo5, { refused: ["MALFORMED", 1] }],
  // Bytes
  [
    "nul.csv",
    "a,b\n1,2\n3,\0\n4,5\n",
    upTo5,
    {
      rows: [
        [1, 2],
        [4, 5],
      ],
      aside: [[3, "MALFORMED"]],
    },
  ],
  [
    "nul-in-quotes.csv",
    'a,b\n1,2\n3,"\0"\n4,5\n',
    upTo5,
    {
      rows: [
        [1, 2],
        [4, 5],
      ],
      aside: [[3, "MALFORMED"]],
    },
  ],
  ["nul-in-header.csv", "a,b\0\n1,2\n", upTo5, { refused: ["MALFORMED", 1] }],
  ["latin.csv", latin("a,b\n1,Bod\xf8\n2,ok\n"), upTo5, { rows: [[2, "ok"]], aside: [[2, "ENCODING"]] }],
  ["latin-told.csv", latin("a,b\n1,Bod\xf8\n"), { ...upTo5, encoding: "LATIN_1" }, { rows: [[1, "Bodø"]] }],
  ["mark.csv", "\uFEFFa,b\n1,2\n", strict, { rows: [[1, 2]] }],
  ["mark-and-quotes.csv", '\uFEFF"a","b"\n1,2\n', strict, { rows: [[1, 2]] }],
  ["utf16.csv", utf16("a,b\n1,2\n"), upTo5, { refused: ["ENCODING", 1] }],
  ["binary.csv", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]), upTo5, { refused: ["MALFORMED", 1] }],
  // Lines
  ["long-line.csv", `a,b\n1,2\n3,${long}\n`, upTo5, { refused: ["MALFORMED", 3] }],
  ["no-line.csv", long, upTo5, { refused: ["MALFORMED", 1] }],
  [
    "open-then-long.csv",
    `a,b\n1,2\n3,"x\n${"4,5\n".repeat(3)}6,${"7".repeat(10)}\n`,
    upTo5,
    {
      rows: [
        [1, 2],
        [4, 5],
        [4, 5],
        [4, 5],
        [6, 7777777777],
      ],
      aside: [[3, "MALFORMED"]],
    },
  ],
  ["one-crlf.csv", "a,b\n1,2\r\n3,4\n", upTo5, { rows: [[3, 4]], aside: [[2, "MALFORMED"]] }],
  [
    "lone-cr.csv",
    "a,b\n1,2\n3,4\r5,6\n",
    upTo5,
    {
      rows: [
        [1, 2],
        [5, 6],
      ],
      aside: [[3, "MALFORMED"]],
    },
  ],
  ["crlf.csv", "a,b\r\n1,2\r\n", strict, { rows: [[1, 2]] }],
  // Headers
  ["same-header.csv", "a,A\n1,2\n", upTo5, { refused: ["DUPLICATE_COLUMN"] }],
  ["no-name.csv", "a,\n1,2\n", upTo5, { refused: ["COLUMN_NAME"] }],
  ["header-alone.csv", "a,b\n", upTo5, { refused: ["EMPTY"] }],
  // Values
  [
    "word.csv",
    "a,b\n1,2\n3,four\n5,6\n",
    upTo5,
    {
      rows: [
        [1, 2],
        [5, 6],
      ],
      aside: [[3, "WRONG_TYPE", "b"]],
    },
  ],
  [
    "word-and-ragged.csv",
    "a,b\n1,2\nx,2\n5\n5,6\n7,8\n",
    upTo5,
    {
      rows: [
        [1, 2],
        [5, 6],
        [7, 8],
      ],
      aside: [
        [3, "WRONG_TYPE", "a"],
        [4, "RAGGED_ROW"],
      ],
    },
  ],
  [
    "past-2-53.csv",
    "a,b\n9007199254740993,1\n2,3\n",
    declared("INTEGER"),
    { rows: [[2, 3]], aside: [[2, "INTEGER_OUT_OF_RANGE", "a"]] },
  ],
  [
    "past-2-53-kept.csv",
    "a,b\n9007199254740993,1\n2,3\n",
    strict,
    {
      rows: [
        ["9007199254740993", 1],
        ["2", 3],
      ],
    },
  ],
  [
    "past-float.csv",
    "a,b\n1e400,1\n2.5,1\n3.5,2\n",
    upTo5,
    {
      rows: [
        [2.5, 1],
        [3.5, 2],
      ],
      aside: [[2, "WRONG_TYPE", "a"]],
    },
  ],
  ["gap.csv", "a,b\n,1\n2,3\n", declared("INTEGER", false), { rows: [[2, 3]], aside: [[2, "MISSING_VALUE", "a"]] }],
  [
    "no-such-day.csv",
    "a,b\n2024-01-01,1\n2023-02-29,2\n2024-13-01,3\n2024-04-31,4\n",
    declared("TIMESTAMP"),
    {
      rows: [[day, 1]],
      aside: [
        [3, "WRONG_TYPE", "a"],
        [4, "WRONG_TYPE", "a"],
        [5, "WRONG_TYPE", "a"],
      ],
    },
  ],
  [
    "zones.csv",
    "a,b\n2024-01-01T00:00:00Z,1\n2024-01-01T02:00:00+02:00,2\n2023-12-31T19:00:00-05,3\n2024-01-01T05:30+0530,4\n",
    strict,
    {
      rows: [
        [day, 1],
        [day, 2],
        [day, 3],
        [day, 4],
      ],
    },
  ],
  [
    "no-such-zone.csv",
    "a,b\n2024-01-01T00:00:00Z,1\n2024-01-01T00:00:00+25:00,2\n2024-01-01T00:00:00 Europe/Oslo,3\n",
    declared("TIMESTAMP"),
    {
      rows: [[day, 1]],
      aside: [
        [3, "WRONG_TYPE", "a"],
        [4, "WRONG_TYPE", "a"],
      ],
    },
  ],
  [
    "leap-second.csv",
    "a,b\n2024-01-01T00:00:00Z,1\n2016-12-31T23:59:60Z,2\n",
    declared("TIMESTAMP"),
    { rows: [[day, 1]], aside: [[3, "WRONG_TYPE", "a"]] },
  ],
  // Archives
  ["cut.csv.gz", gzipSync("a,b\n1,2\n").subarray(0, 20), upTo5, { refused: ["TRUNCATED"] }],
  ["tail.csv.gz", Buffer.concat([gzipSync("a,b\n1,2\n"), latin("more")]), upTo5, { refused: ["MALFORMED"] }],
  [
    "two.csv.gz",
    Buffer.concat([gzipSync("a,b\n1,2\n"), gzipSync("3,4\n")]),
    strict,
    {
      rows: [
        [1, 2],
        [3, 4],
      ],
    },
  ],
  ["ragged.csv.gz", gzipSync("a,b\n1\n3,4\n"), upTo5, { rows: [[3, 4]], aside: [[2, "RAGGED_ROW"]] }],
  ["one-long-line.csv.gz", gzipSync(Buffer.alloc(5_000_000, 48)), upTo5, { refused: ["MALFORMED", 1] }],
  ["bomb.csv.gz", gzipSync(`a,b\n${"1,2\n".repeat(1_000_000)}`), upTo5, { refused: ["TOO_LARGE"] }],
  ["bomb.ndjson.zst", zstdCompressSync('{"a":1}\n'.repeat(500_000)), upTo5, { refused: ["TOO_LARGE"] }],
  // JSON
  ["half.ndjson", '{"a":1}\n{"a":\n{"a":3}\n', upTo5, { rows: [[1], [3]], aside: [[2, "MALFORMED"]] }],
  ["list-line.ndjson", '{"a":1}\n[1]\n{"a":3}\n', upTo5, { rows: [[1], [3]], aside: [[2, "MALFORMED"]] }],
  ["key-twice.ndjson", '{"a":1}\n{"a":1,"a":2}\n', upTo5, { rows: [[1]], aside: [[2, "DUPLICATE_COLUMN", "a"]] }],
  ["mark.ndjson", '\uFEFF{"a":1}\n{"a":2}', strict, { rows: [[1], [2]] }],
  ["not-utf8.ndjson", latin('{"a":"x"}\n{"a":"\xff"}\n'), upTo5, { rows: [["x"]], aside: [[2, "MALFORMED"]] }],
  ["nested.ndjson", '{"a":1}\n{"a":[1,2]}\n{"a":3}\n', upTo5, { rows: [[1], [3]], aside: [[2, "WRONG_TYPE", "a"]] }],
  [
    "nested-text.ndjson",
    '{"a":"x"}\n{"a":{"b":1}}\n{"a":"y"}\n',
    upTo5,
    { rows: [["x"], ["y"]], aside: [[2, "UNSUPPORTED_TYPE", "a"]] },
  ],
  [
    "deep.ndjson",
    `{"a":1}\n{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}\n`,
    upTo5,
    { rows: [[1]], aside: [[2, "WRONG_TYPE", "a"]] },
  ],
  [
    "past-2-53.ndjson",
    '{"a":9007199254740993}\n{"a":1}\n',
    declared("INTEGER"),
    { rows: [[1]], aside: [[1, "INTEGER_OUT_OF_RANGE", "a"]] },
  ],
  [
    "half.json",
    '[{"a":1},\n{"a":nope},\n{"a":3}, 4]',
    upTo5,
    {
      rows: [[1], [3]],
      aside: [
        [2, "MALFORMED"],
        [3, "MALFORMED"],
      ],
    },
  ],
  ["cut-in-record.json", '[{"a":1},\n{"a":2', upTo5, { refused: ["MALFORMED", 2] }],
  ["cut-between.json", '[{"a":1},\n', upTo5, { refused: ["MALFORMED", 2] }],
  ["more-after.json", '[{"a":1}]\n[{"a":2}]', upTo5, { refused: ["MALFORMED", 2] }],
  ["comma.json", '[{"a":1},\n]', strict, { refused: ["MALFORMED", 2] }],
  ["utf16.json", utf16('[{"a":1}]'), upTo5, { refused: ["FORMAT_MISMATCH"] }],
  // Names that lie
  ["zip.csv", Buffer.from([0x50, 0x4b, 3, 4, 20, 0]), upTo5, { refused: ["FORMAT_MISMATCH"] }],
  ["page.parquet", "<html></html>", upTo5, { refused: ["FORMAT_MISMATCH"] }],
  ["empty.csv", "", upTo5, { refused: ["EMPTY"] }],
];

const plain = (value: DuckDBValue): unknown => {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "object" && value !== null && "micros" in value ? Number(value.micros) : value;
};

const read = async (name: string, content: string | Uint8Array, options: ReadOptions) => {
  const file = await fileOf(name, content);
  return withSession({ readable: [file], limits: { unpackedBytes: 2_500_000 } }, async (session) => {
    const staged = await stageFile(session, requestOf(file, options));
    const rows = (await session.rows("select * from staged limit 10")).map((row) => row.map(plain));
    return { ...staged, rows };
  });
};

test.each(cases)("%s", async (name, content, options, { rows, aside = [], refused }) => {
  if (refused) {
    const failure = await read(name, content, options).catch((error: unknown) => error);
    if (!(failure instanceof DatasetFileError)) throw failure;
    expect([failure.code, failure.place.line]).toEqual([`DATASET_FILE_${refused[0]}`, refused[1]]);
    expect(failure.message).toContain(name);
    return;
  }
  const found = await read(name, content, options);
  expect(found.rows).toEqual(rows);
  expect(found.rowCount).toBe(rows?.length);
  const set = found.quarantined?.map(({ line, code, column }) => [line, code, column]);
  expect(set).toEqual(aside.map(([line, code, column]) => [line, `DATASET_FILE_${code}`, column]));
  for (const { reason, text } of found.quarantined ?? []) {
    expect(reason).toContain(name);
    // The row is kept as it stands in the file.
    if (typeof content === "string") expect(content.replaceAll("\uFEFF", "")).toContain(text);
  }
});

test("there are at least forty of them", () => {
  expect(cases.length).toBeGreaterThanOrEqual(40);
});

const numbers = Array.from({ length: 2_000 }, (_, row) => row);
const columnar = {
  async parquet() {
    const file = pathTo("sound.parquet");
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    await connection.run(
      `copy (select i::integer as a, i / 2 as b, 'text ' || i as c from range(2000) t(i)) to '${file}'`,
    );
    connection.closeSync();
    instance.closeSync();
    return readFile(file);
  },
  async arrow() {
    const table = new Table({
      a: vectorFromArray(numbers, new Int32()),
      b: vectorFromArray(numbers, new Float64()),
      c: vectorFromArray(
        numbers.map((row) => `text ${row}`),
        new Utf8(),
      ),
    });
    return tableToIPC(table, "file");
  },
};

// A bit within a value is a value like another, which no reader can tell; everything else must be told or be harmless.
test.each(["parquet", "arrow"] as const)(
  "%s with a bit flipped or cut short is refused, or has its rows",
  async (format) => {
    const sound = await columnar[format]();
    let refused = 0;
    for (let round = 0; round < 24; round++) {
      const isCut = round % 6 === 5;
      const at = Math.floor(sound.length * ((round * 0.618) % 1));
      const spoilt = Buffer.from(sound.subarray(0, isCut ? at : undefined));
      if (!isCut) spoilt.writeUInt8(spoilt.readUInt8(at) ^ (1 << (round % 8)), at);
      const found = await read(`spoilt${round}.${format}`, spoilt, strict).catch((error: unknown) => error);
      if (found instanceof Error) {
        expect(found, `round ${round}`).toBeInstanceOf(DatasetFileError);
        refused++;
      } else {
        expect(isCut).toBe(false);
        expect(found).toMatchObject({ rowCount: 2_000 });
      }
    }
    expect(refused).toBeGreaterThanOrEqual(4);
  },
);

test("Arrow text whose offsets go back, or whose bytes are not UTF-8, tells its row", async () => {
  const sound = await columnar.arrow();
  const bytes = Buffer.from(sound);
  const at = bytes.indexOf("text 1000");
  bytes.writeUInt8(0xff, at);
  const failure = await read("bytes.arrow", bytes, strict).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "DATASET_FILE_MALFORMED", place: { record: 1001, column: "c" } });
  const offsets = Buffer.from(sound);
  // The offset of the third text: 0, 6, 12 as little-endian int32.
  const third = offsets.indexOf(Buffer.from(new Uint8Array(Int32Array.of(0, 6, 12, 18).buffer)));
  offsets.writeInt32LE(2, third + 8);
  const back = await read("offsets.arrow", offsets, strict).catch((error: unknown) => error);
  expect(back).toMatchObject({ code: "DATASET_FILE_MALFORMED", place: { record: 2, column: "c" } });
});

test("a declared type that a Parquet value does not take sets its row aside", async () => {
  const options: ReadOptions = { quarantine: { maximumRows: 2_000 }, columns: [{ name: "b", type: "INTEGER" }] };
  const found = await read("halves.parquet", await columnar.parquet(), options);
  expect(found.rowCount).toBe(1_000);
  expect(found.quarantined?.slice(0, 2)).toMatchObject([
    { record: 2, line: undefined, column: "b", value: "0.5", code: "DATASET_FILE_WRONG_TYPE", text: undefined },
    { record: 4 },
  ]);
});
