// Tables: layout as Arrow defines it (checked against apache-arrow), rows taken and joined, and what is refused.
import { readFileSync } from "node:fs";
import {
  bitAt,
  bitmapFrom,
  booleanColumn,
  columnOf,
  concatenateFrames,
  countValid,
  dictionaryColumn,
  filterRows,
  frame,
  frameFromRows,
  frameSource,
  numericColumn,
  rowsWhere,
  selectColumns,
  sliceRows,
  takeRows,
  timestampColumn,
  toRows,
  valueAt,
} from "@millrace/core";
import { Bool, Float64, vectorFromArray } from "apache-arrow";
import { describe, expect, test } from "vitest";

const penguins: Record<string, string | number | null>[] = JSON.parse(
  readFileSync(new URL("../../../node_modules/vega-datasets/data/penguins.json", import.meta.url), "utf8"),
);

describe("layout", () => {
  test("validity and boolean bitmaps have Arrow's bit order", () => {
    const masses = penguins.map((row) => row["Body Mass (g)"] ?? null);
    const arrow = vectorFromArray(masses, new Float64()).data[0];
    const ours = columnOf(frameFromRows(penguins), "Body Mass (g)");
    expect(ours.validity).toEqual(arrow?.nullBitmap.slice(0, Math.ceil(penguins.length / 8)));
    expect(countValid(ours)).toBe(penguins.length - (arrow?.nullCount ?? 0));
    const truths = penguins.map((row) => row.Species === "Gentoo");
    const bits = vectorFromArray(truths, new Bool()).data[0]?.values;
    expect(booleanColumn(truths).values).toEqual(bits?.slice(0, Math.ceil(truths.length / 8)));
  });
  test("typed arrays are held without a copy", () => {
    const values = new Float64Array([1, 2, 3]);
    const codes = new Int32Array([0, 1, 0]);
    expect(numericColumn(values).values).toBe(values);
    expect(dictionaryColumn(codes, ["a", "b"]).codes).toBe(codes);
    const table = frame({ x: numericColumn(values) });
    const slice = columnOf(sliceRows(table, 1, 3), "x");
    values[1] = 9;
    expect(valueAt(slice, 0)).toBe(9);
  });
});

describe("rows", () => {
  test("row objects come back as they went in, gaps included", () => {
    expect(toRows(frameFromRows(penguins))).toEqual(penguins);
  });
  test("a date, a truth and an absent field keep their kind", () => {
    const rows = [
      { when: new Date(Date.UTC(2001, 0, 1)), on: true },
      { on: false, note: "x" },
    ];
    expect(toRows(frameFromRows(rows))).toEqual([
      { when: rows[0]?.when, on: true, note: null },
      { when: null, on: false, note: "x" },
    ]);
  });
  test("taking, slicing, filtering and joining agree with the same acts on arrays", () => {
    const table = frameFromRows(penguins);
    const order = [343, 0, 3, 3, 17];
    expect(toRows(takeRows(table, order))).toEqual(order.map((row) => penguins[row]));
    for (const [from, to] of [
      [0, 344],
      [5, 21],
      [8, 9],
      [344, 344],
    ] as const)
      expect(toRows(sliceRows(table, from, to))).toEqual(penguins.slice(from, to));
    const mask = bitmapFrom((row) => row % 3 === 1, penguins.length);
    expect(toRows(filterRows(table, mask))).toEqual(penguins.filter((_, row) => row % 3 === 1));
    expect(rowsWhere(mask, 10)).toEqual(new Uint32Array([1, 4, 7]));
    expect(rowsWhere(mask, 5, false)).toEqual(new Uint32Array([0, 2, 3]));
    const parts = [penguins.slice(200), penguins.slice(0, 7), penguins.slice(3, 4)];
    expect(toRows(concatenateFrames(parts.slice(0, 2).map(frameFromRows)))).toEqual(parts.slice(0, 2).flat());
  });
  test("joining keeps booleans, times and whole numbers", () => {
    const one = frame({
      b: booleanColumn([true, false, true]),
      t: timestampColumn(new Float64Array([1, 2, 3])),
      i: numericColumn(new Int32Array([1, 2, 3])),
    });
    const joined = concatenateFrames([one, sliceRows(one, 1), one]);
    expect(toRows(joined).map((row) => row.b)).toEqual([true, false, true, false, true, true, false, true]);
    expect(columnOf(joined, "i")).toMatchObject({ values: new Int32Array([1, 2, 3, 2, 3, 1, 2, 3]) });
    expect(toRows(joined)[3]?.t).toEqual(new Date(2));
  });
  test("a source reads ranges of the named columns", async () => {
    const source = frameSource(frameFromRows(penguins));
    const read = await source.read(["Sex"], 9, 12);
    expect(toRows(read)).toEqual(penguins.slice(9, 12).map((row) => ({ Sex: row.Sex })));
  });
});

describe("what is refused", () => {
  const table = frame({ x: numericColumn(new Float64Array(3)), y: numericColumn(new Int32Array(3)) });
  test("an unknown column names the columns there are", () => {
    expect(() => selectColumns(table, ["z"])).toThrow('there is no column "z"; the columns are x, y');
  });
  test("ragged lengths name both columns", () => {
    expect(() => frame({ x: numericColumn(new Float64Array(3)), y: numericColumn(new Float64Array(4)) })).toThrow(
      /"y" has 4 rows, but "x" has 3/,
    );
  });
  test("a code outside its dictionary, a short bitmap and a row out of range", () => {
    expect(() => dictionaryColumn(new Int32Array([0, 2]), ["a", "b"])).toThrow(/row 1 .* code 2/);
    expect(dictionaryColumn(new Int32Array([0, -1]), ["a"], bitmapFrom([true, false])).length).toBe(2);
    expect(() => numericColumn(new Float64Array(9), new Uint8Array(1))).toThrow(/at least 2 bytes/);
    expect(() => takeRows(table, [0, 3])).toThrow(/row index 3 at position 1/);
    expect(() => sliceRows(table, 2, 4)).toThrow(/\[2, 4\)/);
    expect(() => filterRows(table, new Uint8Array(0))).toThrow(/mask over 3 rows/);
  });
  test("a column of mixed kinds names the row", () => {
    expect(() => frameFromRows([{ a: 1 }, { a: null }, { a: "b" }])).toThrow(/"a": row 2 is dictionary/);
    expect(() => frameFromRows([{ a: { b: 1 } }])).toThrow(/row 0 holds a value of type object/);
  });
  test("tables of other columns or kinds are not put together", () => {
    expect(() => concatenateFrames([table, selectColumns(table, ["x"])])).toThrow(/same columns/);
    const other = frame({ x: numericColumn(new Float64Array(1)), y: booleanColumn([true]) });
    expect(() => concatenateFrames([table, other])).toThrow(/"y": is numeric in one table and boolean in another/);
    expect(bitAt(new Uint8Array([2]), 1)).toBe(true);
  });
});
