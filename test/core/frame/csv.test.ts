// CSV by RFC 4180: the specification's own forms, kinds on all values, a way back, and what is refused with its line.
import { readFileSync } from "node:fs";
import { type ColumnKind, type CsvOptions, frameFromCsv, frameFromRows, toCsv, toRows } from "@millrace/core";
import { expect, test } from "vitest";

const rows = async (text: string, options?: CsvOptions) => toRows(await frameFromCsv(text, options));

test("quoted fields hold separators, breaks and doubled quotes; lines end in CRLF, LF or nothing", async () => {
  expect(await rows('a,b\r\n"x,y","he said ""no"""\n"two\r\nlines",z')).toEqual([
    { a: "x,y", b: 'he said "no"' },
    { a: "two\r\nlines", b: "z" },
  ]);
  expect(await rows("\uFEFFa;b\n1;2\n\n3;4\n", { separator: ";" })).toEqual([
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ]);
  expect(await rows("a^b\n1^2", { separator: "^" })).toEqual([{ a: 1, b: 2 }]);
});

test.each<[ColumnKind, string[]]>([
  ["numeric", ["1", "-2.5e3", ".5", "", "NaN"]],
  ["boolean", ["true", "False", ""]],
  ["timestamp", ["2024-02-29", "2024-02-29T12:30:00Z", "2024-02-29 12:30:00.5+01:00"]],
  ["dictionary", ["2023-02-29"]],
  ["dictionary", ["1", "x"]],
  ["dictionary", ["01", "1"]],
  ["dictionary", ["0x10"]],
  ["dictionary", ['"1"', '"2"']],
  ["numeric", ["", ""]],
])("a column is %s for %j, decided on all of its values", async (kind, values) => {
  const text = `first,value\n${values.map((value) => `a,${value}`).join("\n")}`;
  expect((await frameFromCsv(text)).columns.get("value")?.kind).toBe(kind);
});

test("moments are UTC unless they have an offset", async () => {
  const [first, second, third] = await rows("at\n2024-03-01\n2024-03-01 10:00\n2024-03-01T10:00:00.25-0500");
  expect([first?.at, second?.at, third?.at]).toEqual([
    new Date("2024-03-01T00:00:00Z"),
    new Date("2024-03-01T10:00:00Z"),
    new Date("2024-03-01T15:00:00.250Z"),
  ]);
});

test("empty fields are missing, quoted ones are empty texts, and others can be named missing", async () => {
  expect(await rows('a,b\n,""\nNA,x', { missing: ["NA"] })).toEqual([
    { a: null, b: "" },
    { a: null, b: "x" },
  ]);
  expect(await rows("zip\n12", { kinds: { zip: "dictionary" } })).toEqual([{ zip: "12" }]);
});

test("a table comes back as it was from the text that it gives", async () => {
  const table = frameFromRows([
    { text: 'a "quoted", text', digits: "12", size: 1.5e-7, truth: true, at: new Date("2024-05-06T07:08:09.010Z") },
    { text: "true", digits: "3", size: null, truth: null, at: null },
    { text: "line\nbreak", digits: "4", size: -0.1, truth: false, at: new Date(0) },
  ]);
  expect(toRows(await frameFromCsv(await toCsv(table)))).toEqual(toRows(table));
  for (const only of ["true", "2024-01-01", "", "7"]) {
    const one = frameFromRows([{ only }]);
    expect(toRows(await frameFromCsv(await toCsv(one)))).toEqual([{ only }]);
  }
  expect(toRows(await frameFromCsv(await toCsv(table, { separator: "\t" }), { separator: "\t" }))).toEqual(
    toRows(table),
  );
});

test("a real file is read with the kinds of its columns", async () => {
  const text = readFileSync(
    new URL("../../../node_modules/vega-datasets/data/seattle-weather.csv", import.meta.url),
    "utf8",
  );
  const table = await frameFromCsv(text);
  expect(table.rowCount).toBe(text.trim().split("\n").length - 1);
  expect([...table.columns].map(([name, { kind }]) => `${name} ${kind}`)).toEqual([
    "date timestamp",
    "precipitation numeric",
    "temp_max numeric",
    "temp_min numeric",
    "wind numeric",
    "weather dictionary",
  ]);
});

test.each<[string, string, CsvOptions?]>([
  ["the text holds no record", ""],
  ["line 3: has 1 fields, but the header has 2", "a,b\n1,2\n3"],
  ["line 4: has 3 fields, but the header has 2", 'a,b\n"x\ny",2\n3,4,5'],
  ["line 2: a quote is opened here and never closed", 'a\n"x'],
  ["line 2: after a closing quote comes", 'a\n"x"y'],
  ['line 2: the field "x\\"y" holds a quote', 'a\nx"y'],
  ['the header names "a" twice', "a,a\n"],
  ["the header's field 2 is empty", "a,\n"],
  ['column "a": line 3 holds "x", but numeric is wanted', "a\n1\nx", { kinds: { a: "numeric" } }],
  ['kinds names a column "b"', "a\n1", { kinds: { b: "numeric" } }],
  ["a separator is one character", "a\n1", { separator: ",," }],
])("refuses with: %s", async (message, text, options) => {
  await expect(frameFromCsv(text, options)).rejects.toThrow(message);
});
