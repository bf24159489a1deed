// One table, told in every format, is one dataset; and real files are what their makers say they are.
import { gzipSync, zstdCompressSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { readRows } from "@millrace/gateway/data/dataset/read.ts";
import { Bool, Float64, Int32, Table, TimestampMillisecond, tableToIPC, Utf8, vectorFromArray } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { importContent, importFile, pathTo, store, vega } from "../dataset/import.fixture.ts";

const csv = `id,share,sold,city,moment
1,0.5,true,Oslo,2024-02-29T12:30:00.250Z
2,,false,"Fort Worth, TX",2024-03-01T00:00:00.000Z
-3,1e300,,,
4,-0.25,true,"a ""quoted"" name that is long",1969-12-31T23:59:59.999Z
`;
const rows = [
  { id: 1, share: 0.5, sold: true, city: "Oslo", moment: "2024-02-29T12:30:00.250Z" },
  { id: 2, share: null, sold: false, city: "Fort Worth, TX", moment: "2024-03-01T00:00:00.000Z" },
  { id: -3, share: 1e300, sold: null, city: null, moment: null },
  { id: 4, share: -0.25, sold: true, city: 'a "quoted" name that is long', moment: "1969-12-31T23:59:59.999Z" },
];
const column = <Key extends keyof (typeof rows)[number]>(name: Key) => rows.map((row) => row[name]);
const moments = column("moment").map((text) => (text === null ? null : Date.parse(text)));

const arrowTable = () =>
  new Table({
    id: vectorFromArray(column("id"), new Int32()),
    share: vectorFromArray(column("share"), new Float64()),
    sold: vectorFromArray(column("sold"), new Bool()),
    city: vectorFromArray(column("city"), new Utf8()),
    moment: vectorFromArray(moments, new TimestampMillisecond()),
  });

const parquet = async (): Promise<string> => {
  const file = pathTo("table.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`copy (select * from (values
    (1::integer, 0.5::double, true, 'Oslo', timestamp '2024-02-29 12:30:00.25'),
    (2, 'nan'::double, false, 'Fort Worth, TX', timestamp '2024-03-01'),
    (-3, 1e300, null, null, null),
    (4, -0.25, true, 'a "quoted" name that is long', timestamp '1969-12-31 23:59:59.999')
  ) as t(id, share, sold, city, moment)) to '${file}' (format parquet)`);
  connection.closeSync();
  instance.closeSync();
  return file;
};

describe("one table in every format", () => {
  const lines = rows.map((row) => JSON.stringify(row)).join("\n");
  const written: Record<string, string | Uint8Array> = {
    "table.csv": csv,
    "crlf.csv": csv.replaceAll("\n", "\r\n"),
    "marked.csv": `\uFEFF${csv}`,
    "table.csv.gz": gzipSync(csv),
    "table.csv.zst": zstdCompressSync(csv),
    "table.json": JSON.stringify(rows, undefined, 2),
    "table.ndjson": lines,
    "table.jsonl.gz": gzipSync(lines),
    "file.arrow": tableToIPC(arrowTable(), "file"),
    "stream.arrow": tableToIPC(arrowTable(), "stream"),
  };
  const schema = [
    { name: "id", type: "INTEGER", nullable: false, missingCount: 0 },
    { name: "share", type: "FLOAT", nullable: true, missingCount: 1 },
    { name: "sold", type: "BOOLEAN", nullable: true, missingCount: 1 },
    { name: "city", type: "TEXT", nullable: true, missingCount: 1 },
    { name: "moment", type: "TIMESTAMP", nullable: true, missingCount: 1 },
  ];
  const expected = rows.map((row) => [row.id, row.share, row.sold, row.city, row.moment && new Date(row.moment)]);

  test("gives the same types, missing counts, values and content hash", async () => {
    const reference = await importFile(await parquet());
    expect(reference.schema).toEqual(schema);
    for (const [name, content] of Object.entries(written)) {
      const found = await importContent(name, content);
      expect(found.schema, name).toEqual(schema);
      expect(found.contentHash, name).toBe(reference.contentHash);
      const page = await readRows(store, found, { first: 10 });
      expect(
        page.rows.map(({ values }) => values),
        name,
      ).toEqual(expected);
    }
  });

  test("has another hash when a value, a name, a type or the order of rows is another", async () => {
    const hashes = await Promise.all(
      [
        csv,
        csv.replace("0.5", "0.25"),
        csv.replace("share", "part"),
        csv.replaceAll(/^(-?\d),/gm, "$1.5,"),
        csv.replace(/(1,.*\n)(2,.*\n)/, "$2$1"),
        csv.replace("Oslo", ""),
      ].map(async (text, index) => (await importContent(`other${index}.csv`, text)).contentHash),
    );
    expect(new Set(hashes).size).toBe(6);
  });
});

describe("real files", () => {
  test("penguins: 344 rows, two unmeasured birds, ten without a sex, one marked '.'", async () => {
    const { rowCount, schema } = await importFile(vega("penguins.json"));
    expect(rowCount).toBe(344);
    expect(schema.map(({ name, type, missingCount }) => [name, type, missingCount])).toEqual([
      ["Species", "TEXT", 0],
      ["Island", "TEXT", 0],
      ["Beak Length (mm)", "FLOAT", 2],
      ["Beak Depth (mm)", "FLOAT", 2],
      ["Flipper Length (mm)", "INTEGER", 2],
      ["Body Mass (g)", "INTEGER", 2],
      ["Sex", "TEXT", 10],
    ]);
    const dotted = await importFile(vega("penguins.json"), { missingValues: ["."] });
    expect(dotted.schema.at(-1)?.missingCount).toBe(11);
  });

  test("flights-200k: the Arrow file and the JSON file hold the same rows but for float32 times", async () => {
    const arrow = await importFile(vega("flights-200k.arrow"));
    const json = await importFile(vega("flights-200k.json"));
    expect([arrow.rowCount, json.rowCount]).toEqual([200_000, 200_000]);
    expect(arrow.schema).toEqual(json.schema);
    const [fromArrow, fromJson] = await Promise.all(
      [arrow, json].map(async (version) => (await readRows(store, version, { first: 1000, after: 150_000 })).rows),
    );
    const rounded = fromJson?.map(({ index, values: [delay, distance, time] }) => ({
      index,
      values: [delay, distance, Math.fround(Number(time))],
    }));
    expect(fromArrow).toEqual(rounded);
  });

  test("airports: codes such as 00M are text, coordinates numbers, and NA is missing", async () => {
    const { rowCount, schema } = await importFile(vega("airports.csv"));
    expect(rowCount).toBe(3376);
    expect(schema.map(({ name, type }) => [name, type])).toEqual([
      ["iata", "TEXT"],
      ["name", "TEXT"],
      ["city", "TEXT"],
      ["state", "TEXT"],
      ["country", "TEXT"],
      ["latitude", "FLOAT"],
      ["longitude", "FLOAT"],
    ]);
    // `grep -c ',NA,NA,' airports.csv` says 12.
    expect(schema.find(({ name }) => name === "state")?.missingCount).toBe(12);
    const kept = await importFile(vega("airports.csv"), { missingValues: [""] });
    expect(kept.schema.find(({ name }) => name === "state")?.missingCount).toBe(0);
  });

  test("zip codes keep their leading zeros", async () => {
    const version = await importFile(vega("zipcodes.csv"));
    const page = await readRows(store, version, { first: 1 });
    expect(page.rows[0]?.values[0]).toBe("00501");
  });

  test("three million flights are read, hashed and written within seconds", { timeout: 60_000 }, async () => {
    const started = performance.now();
    const { rowCount, files, schema } = await importFile(vega("flights-3m.parquet"));
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(rowCount).toBe(3_000_000);
    expect(files.map((file) => file.rowCount)).toEqual(Array.from({ length: 12 }, () => 250_000));
    expect(schema.map(({ type }) => type)).toEqual(["TIMESTAMP", "INTEGER", "INTEGER", "TEXT", "TEXT"]);
  });
});

describe("delimited text in its dialects", () => {
  const read = async (name: string, text: string, options = {}) => {
    const version = await importContent(name, text, options);
    return (await readRows(store, version, { first: 10 })).rows.map(({ values }) => values);
  };

  test("blank lines are no rows beside others, and missing values in a table of one column", async () => {
    expect(await read("two.csv", "a,b\n1,2\n\n3,4\n\n")).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await read("one.csv", "a\n1\n\n3\n")).toEqual([[1], [null], [3]]);
  });

  test("old line endings, a last line without one, and quotes within fields are read", async () => {
    expect(await read("old.csv", "a,b\r1,2\r3,4")).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await read("quotes.csv", 'a,b\n5" pipe,"say ""hi"", twice"\n')).toEqual([['5" pipe', 'say "hi", twice']]);
  });

  test("tabs, another quote, or none", async () => {
    expect(await read("rows.tsv", 'a\tb\n1\t"x\ty"\n')).toEqual([[1, "x\ty"]]);
    expect(await read("raw.tsv", 'a\tb\n1\t"x\n', { quote: "" })).toEqual([[1, '"x']]);
    expect(await read("single.csv", "a;b\n1;'x;y'\n", { quote: "'", delimiter: ";" })).toEqual([[1, "x;y"]]);
  });
});

describe("types that are inferred", () => {
  const typeOf = async (name: string, ...values: string[]) => {
    const { schema } = await importContent(`${name}.csv`, `x,y\n${values.map((value) => `${value},1\n`).join("")}`);
    return schema[0]?.type;
  };

  test("numbers are INTEGER until one has a fraction", async () => {
    expect(await typeOf("whole", "1", "-20", "0")).toBe("INTEGER");
    expect(await typeOf("mixed", "1", "-20", ".5")).toBe("FLOAT");
    expect(await typeOf("infinite", "1", "inf", "-Infinity")).toBe("FLOAT");
  });

  test("integers beyond 2^53 - 1 and digits after a leading zero stay text, each digit kept", async () => {
    expect(await typeOf("largest", "9007199254740991", "-9007199254740991")).toBe("INTEGER");
    expect(await typeOf("beyond", "9007199254740992", "1")).toBe("TEXT");
    expect(await typeOf("zeros", "007", "12")).toBe("TEXT");
  });

  test("dates and times of ISO 8601 are TIMESTAMP in UTC", async () => {
    const { schema, ...version } = await importContent(
      "times.csv",
      "t,n\n2024-01-01,1\n2024-01-01T02:00:00+02:00,1\n2024-01-01 00:00,1\n",
    );
    expect(schema[0]?.type).toBe("TIMESTAMP");
    const page = await readRows(store, { schema, ...version }, { first: 3 });
    expect(page.rows.map(({ values }) => values[0])).toEqual(Array.from({ length: 3 }, () => new Date("2024-01-01")));
  });

  test("a column without a value is TEXT", async () => {
    expect(await typeOf("nothing", "", "NA")).toBe("TEXT");
  });

  test("declared types hold: text keeps what it was, whole numbers may be FLOAT", async () => {
    const columns = [
      { name: "a", type: "TEXT" },
      { name: "b", type: "FLOAT" },
    ] as const;
    const version = await importContent("declared.csv", "a,b\n01,1\n2,2\n", { columns });
    expect(version.schema.map(({ type, nullable }) => [type, nullable])).toEqual([
      ["TEXT", true],
      ["FLOAT", true],
    ]);
    const page = await readRows(store, version, { first: 2 });
    expect(page.rows.map(({ values }) => values)).toEqual([
      ["01", 1],
      ["2", 2],
    ]);
  });

  test("infinities and the sign of zero are kept, NaN is missing", async () => {
    const version = await importContent("odd.csv", "x,y\ninf,1\n-0.0,1\nNaN,1\n2.5,1\n", { missingValues: [] });
    const page = await readRows(store, version, { first: 4 });
    expect(page.rows.map(({ values }) => values[0])).toEqual([Number.POSITIVE_INFINITY, -0, null, 2.5]);
  });
});
