// Derivations: what they compute against the same sums done in JavaScript, the order of their rows, and what they refuse.
import { stageDerived } from "@millrace/gateway/data/dataset/derive.ts";
import { readRows } from "@millrace/gateway/data/dataset/read.ts";
import { type DatasetContent, writeStaged } from "@millrace/gateway/data/dataset/write.ts";
import { parseDerivation, typeDerivation } from "@millrace/gateway/domain/dataset/derivation.ts";
import { withSession } from "@millrace/gateway/source/session.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { failureOf, fileOf, importContent, importFile, store, vega } from "./import.fixture.ts";

const pathsOf = ({ files }: DatasetContent) => Promise.all(files.map(({ hash }) => store.path(hash)));

/** Derives from versions: the dataset first, then a version for each join. */
const derive = async (specification: object, ...versions: DatasetContent[]): Promise<DatasetContent> => {
  const derivation = parseDerivation({ datasetVersionId: "dataset", ...specification });
  const typed = typeDerivation(
    derivation,
    versions.map(({ schema }) => schema),
  );
  const inputs = await Promise.all(
    versions.map(async (version) => ({ schema: version.schema, paths: await pathsOf(version) })),
  );
  return withSession({ readable: inputs.flatMap(({ paths }) => paths) }, async (session) =>
    writeStaged(session, await stageDerived(session, typed, inputs, []), { put: store.put }),
  );
};

const valuesOf = async (version: DatasetContent) =>
  (await readRows(store, version, { first: 1000 })).rows.map(({ values }) => values);

const column = (name: string, join?: string) => ({ column: { name, join } });
const integer = (value: number) => ({ constant: { integer: value } });

const rows = [
  { id: 1, x: 1.5, n: 7, at: "2024-02-29T23:59:30Z", word: "b", yes: true },
  { id: 2, x: null, n: -2, at: "1969-07-20T20:17:40Z", word: null, yes: null },
  { id: 3, x: -0.25, n: 0, at: null, word: "a", yes: false },
];
let table: DatasetContent;
beforeAll(async () => {
  table = await importFile(await fileOf("table.json", JSON.stringify(rows)));
});

/** One expression over the table's three rows. */
const computed = async (expression: object) =>
  (await valuesOf(await derive({ columns: [{ name: "out", expression }] }, table))).map(([value]) => value);

describe("expressions", () => {
  test("parts of a time are those of the UTC calendar", async () => {
    const moments = rows.map(({ at }) => (at === null ? undefined : new Date(at)));
    const parts: Record<string, (moment: Date) => number> = {
      YEAR: (moment) => moment.getUTCFullYear(),
      MONTH: (moment) => moment.getUTCMonth() + 1,
      DAY: (moment) => moment.getUTCDate(),
      DAY_OF_WEEK: (moment) => moment.getUTCDay() || 7,
      DAY_OF_YEAR: (moment) =>
        1 +
        (Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()) -
          Date.UTC(moment.getUTCFullYear(), 0)) /
          86_400_000,
      HOUR: (moment) => moment.getUTCHours(),
      MINUTE: (moment) => moment.getUTCMinutes(),
      MINUTE_OF_DAY: (moment) => moment.getUTCHours() * 60 + moment.getUTCMinutes(),
    };
    for (const [part, inJavaScript] of Object.entries(parts)) {
      const found = await computed({ datePart: { part, of: column("at") } });
      expect(found, part).toEqual(moments.map((moment) => (moment === undefined ? null : inJavaScript(moment))));
    }
  });

  test("arithmetic keeps whole numbers whole, and a division by zero is missing", async () => {
    const arithmetic = (operator: string, left: object, right: object) => ({ arithmetic: { operator, left, right } });
    expect(await computed(arithmetic("ADD", column("n"), integer(1)))).toEqual([8, -1, 1]);
    expect(await computed(arithmetic("MULTIPLY", column("n"), column("x")))).toEqual([10.5, null, -0]);
    expect(await computed(arithmetic("SUBTRACT", column("x"), column("n")))).toEqual([-5.5, null, -0.25]);
    expect(await computed(arithmetic("DIVIDE", integer(7), column("n")))).toEqual([1, -3.5, null]);
    const whole = await derive(
      { columns: [{ name: "out", expression: arithmetic("ADD", column("n"), integer(1)) }] },
      table,
    );
    expect(whole.schema).toEqual([{ name: "out", type: "INTEGER", nullable: false, missingCount: 0 }]);
  });

  test("comparison and logic know three values", async () => {
    const compare = (operator: string, left: object, right: object) => ({ compare: { operator, left, right } });
    const positive = compare("GREATER", column("x"), integer(0));
    expect(await computed(positive)).toEqual([true, null, false]);
    expect(await computed(compare("LESS_OR_EQUAL", column("word"), { constant: { text: "a" } }))).toEqual([
      false,
      null,
      true,
    ]);
    expect(await computed(compare("LESS", column("at"), { constant: { timestamp: "1970-01-01T00:00:00Z" } }))).toEqual([
      false,
      true,
      null,
    ]);
    expect(await computed({ all: [positive, column("yes")] })).toEqual([true, null, false]);
    expect(await computed({ any: [positive, { constant: { boolean: true } }] })).toEqual([true, true, true]);
    expect(await computed({ not: positive })).toEqual([false, null, true]);
    expect(await computed({ isMissing: column("word") })).toEqual([false, true, false]);
    expect(await computed({ firstPresent: [column("x"), column("n")] })).toEqual([1.5, -2, -0.25]);
  });

  test("sine and cosine place a value on its circle", async () => {
    const minute = { datePart: { part: "MINUTE_OF_DAY", of: column("at") } };
    const sine = await computed({ sine: { of: minute, period: 1440 } });
    const cosine = await computed({ cosine: { of: minute, period: 1440 } });
    const minutes = [23 * 60 + 59, 20 * 60 + 17];
    for (const [row, value] of minutes.entries()) {
      expect(sine[row]).toBeCloseTo(Math.sin((2 * Math.PI * value) / 1440), 12);
      expect(cosine[row]).toBeCloseTo(Math.cos((2 * Math.PI * value) / 1440), 12);
    }
    expect([sine[2], cosine[2]]).toEqual([null, null]);
  });

  test("the great-circle distance from Nashville to Los Angeles is the textbook's", async () => {
    // Rosetta Code, "Haversine formula": BNA (36.12, -86.67) to LAX (33.94, -118.40) is 2887.2599506071106 km at radius 6372.8.
    const degrees = (value: number) => ({ constant: { float: value } });
    const [distance] = await computed({
      greatCircleDistance: {
        fromLatitude: degrees(36.12),
        fromLongitude: degrees(-86.67),
        toLatitude: degrees(33.94),
        toLongitude: degrees(-118.4),
      },
    });
    expect(Number(distance) * (6372.8 / 6371.0088)).toBeCloseTo(2887.2599506071106, 8);
  });

  test("names and texts with quotes stay names and texts", async () => {
    const odd = await importContent("odd.csv", `"a""; drop table staged; --",b\n'; select 1,2\n`);
    const name = odd.schema[0]?.name ?? "";
    const text = { constant: { text: "'; select 1" } };
    const found = await derive(
      {
        columns: [
          { name: `"'x`, expression: column(name) },
          { name: "same", expression: { compare: { operator: "EQUAL", left: column(name), right: text } } },
        ],
      },
      odd,
    );
    expect(found.schema.map((out) => out.name)).toEqual([`"'x`, "same"]);
    expect(await valuesOf(found)).toEqual([["'; select 1", true]]);
  });
});

describe("rows", () => {
  const outputs = [
    { name: "id", expression: column("id") },
    { name: "label", expression: column("label", "names") },
  ];
  const join = (kind: string) => [
    { name: "names", datasetVersionId: "names", kind, on: [{ left: { name: "word" }, right: "word" }] },
  ];

  test("joins keep the order of the left, then of the right; a missing key matches nothing", async () => {
    const names = await importContent("names.csv", "word,label\nb,first\na,only\nb,second\n,none\n");
    const inner = await derive({ columns: outputs, joins: join("INNER") }, table, names);
    expect(await valuesOf(inner)).toEqual([
      [1, "first"],
      [1, "second"],
      [3, "only"],
    ]);
    const left = await derive({ columns: outputs, joins: join("LEFT") }, table, names);
    expect(await valuesOf(left)).toEqual([
      [1, "first"],
      [1, "second"],
      [2, null],
      [3, "only"],
    ]);
    expect(left.schema[1]).toMatchObject({ nullable: true, missingCount: 1 });
  });

  test("a filter keeps what is true, an order sorts with missing values last", async () => {
    const columns = [{ name: "id", expression: column("id") }];
    const kept = await derive({ columns, where: { isMissing: column("yes") } }, table);
    expect(await valuesOf(kept)).toEqual([[2]]);
    const sorted = await derive({ columns, orderBy: [{ expression: column("x"), direction: "DESCENDING" }] }, table);
    expect(await valuesOf(sorted)).toEqual([[1], [3], [2]]);
  });

  test("order holds over many files and equal keys", async () => {
    const lines = Array.from({ length: 3000 }, (_, row) => `${row},${row % 3}`).join("\n");
    const many = await importFile(await fileOf("many.csv", `row,key\n${lines}\n`), {}, { rowsPerFile: 700 });
    const columns = [{ name: "row", expression: column("row") }];
    const sorted = await derive({ columns, orderBy: [{ expression: column("key") }] }, many);
    const page = await readRows(store, sorted, { first: 1000, after: 999 });
    expect(page.rows.map(({ values }) => values[0])).toEqual(Array.from({ length: 1000 }, (_, row) => row * 3 + 1));
  });

  test("flights joined twice with airports: three million rows in their order, the same hash again", {
    timeout: 120_000,
  }, async () => {
    const flights = await importFile(vega("flights-3m.parquet"));
    const airports = await importFile(vega("airports.csv"));
    const joins = (["origin", "destination"] as const).map((name) => ({
      name: `${name} airport`,
      datasetVersionId: "airports",
      kind: "LEFT",
      on: [{ left: { name }, right: "iata" }],
    }));
    const specification = {
      joins,
      columns: [
        { name: "hour", expression: { datePart: { part: "HOUR", of: column("date") } } },
        { name: "dayOfWeek", expression: { datePart: { part: "DAY_OF_WEEK", of: column("date") } } },
        { name: "distance", expression: column("distance") },
        { name: "fromLatitude", expression: column("latitude", "origin airport") },
        { name: "toLongitude", expression: column("longitude", "destination airport") },
        { name: "date", expression: column("date") },
        { name: "late", expression: { compare: { operator: "GREATER", left: column("delay"), right: integer(15) } } },
      ],
    };
    const derived = await derive(specification, flights, airports, airports);
    expect(derived.rowCount).toBe(3_000_000);
    const [first, second] = await valuesOf(derived);
    // Las Vegas to Philadelphia, 33 minutes late, on Monday the 1st of January 2001 at 00:01: rows of the two files.
    expect(first).toEqual([0, 1, 2176, 36.08036111, -75.24114083, new Date("2001-01-01T00:01:00Z"), true]);
    expect(second).toEqual([0, 1, 215, 33.64044444, -81.20213889, new Date("2001-01-01T00:01:00Z"), true]);
    const again = await derive(specification, flights, airports, airports);
    expect(again.contentHash).toBe(derived.contentHash);
    const [there, here] = await Promise.all(
      [flights, derived].map((version) => readRows(store, version, { first: 100, after: 2_499_990 })),
    );
    expect(here?.rows.map(({ values }) => [values[2], values[5]])).toEqual(
      there?.rows.map(({ values }) => [values[2], values[0]]),
    );
  });
});

describe("refusals", () => {
  const refusal = async (specification: object) => {
    try {
      typeDerivation(parseDerivation({ datasetVersionId: "dataset", ...specification }), [table.schema, table.schema]);
    } catch (error) {
      return error;
    }
    throw new Error("It should have been refused, and was not.");
  };
  const out = (expression: object) => ({ columns: [{ name: "out", expression }] });

  test("an unknown column or join is told with its path, before anything runs", async () => {
    expect(await refusal(out({ datePart: { part: "HOUR", of: column("when") } }))).toMatchObject({
      code: "UNKNOWN_COLUMN",
      available: ["id", "x", "n", "at", "word", "yes"],
      path: ["columns", "0", "expression", "datePart", "of", "column", "name"],
    });
    expect(await refusal(out(column("x", "other")))).toMatchObject({ code: "UNKNOWN_JOIN" });
  });

  test("types that do not fit are told at the node at fault", async () => {
    const cases: [object, string[]][] = [
      [{ datePart: { part: "HOUR", of: column("x") } }, ["datePart", "of"]],
      [{ arithmetic: { operator: "ADD", left: column("n"), right: column("word") } }, ["arithmetic", "right"]],
      [{ compare: { operator: "LESS", left: column("n"), right: column("word") } }, ["compare"]],
      [{ compare: { operator: "LESS", left: column("yes"), right: column("yes") } }, ["compare", "operator"]],
      [{ all: [column("yes"), column("n")] }, ["all", "1"]],
      [{ firstPresent: [column("word"), column("n")] }, ["firstPresent", "1"]],
      [{ sine: { of: column("word"), period: 1 } }, ["sine", "of"]],
    ];
    for (const [expression, path] of cases) {
      expect(await refusal(out(expression)), JSON.stringify(expression)).toMatchObject({
        code: "EXPRESSION_TYPE_MISMATCH",
        path: ["columns", "0", "expression", ...path],
      });
    }
    expect(await refusal({ ...out(column("x")), where: column("x") })).toMatchObject({
      code: "EXPRESSION_TYPE_MISMATCH",
      path: ["where"],
    });
  });

  test("output names and joins that come twice are refused", async () => {
    const columns = ["a", "A"].map((name) => ({ name, expression: column("x") }));
    expect(await refusal({ columns })).toMatchObject({
      code: "DUPLICATE_OUTPUT_COLUMN",
      path: ["columns", "1", "name"],
    });
    const join = { name: "j", datasetVersionId: "d", kind: "INNER", on: [{ left: { name: "id" }, right: "id" }] };
    expect(await refusal({ ...out(column("x")), joins: [join, join] })).toMatchObject({ code: "DUPLICATE_JOIN" });
    const mismatched = { ...join, on: [{ left: { name: "id" }, right: "word" }] };
    expect(await refusal({ ...out(column("x")), joins: [mismatched] })).toMatchObject({
      code: "EXPRESSION_TYPE_MISMATCH",
      path: ["joins", "0", "on", "0"],
    });
  });

  test("a node with no member or two, and one nested too deep, are refused where they stand", async () => {
    expect(await refusal(out({}))).toMatchObject({ code: "INVALID_INPUT", path: ["columns", "0", "expression"] });
    expect(await refusal(out({ ...column("x"), not: column("yes") }))).toMatchObject({ code: "INVALID_INPUT" });
    let deep: object = column("yes");
    for (let level = 0; level < 40; level++) deep = { not: deep };
    expect(await refusal(out(deep))).toMatchObject({ code: "INVALID_INPUT" });
    expect(await refusal({ columns: [] })).toMatchObject({ code: "INVALID_INPUT", path: ["columns"] });
  });

  test("a filter that leaves nothing, and integers that leave their range, fail by name", async () => {
    const none = derive({ ...out(column("x")), where: { constant: { boolean: false } } }, table);
    expect(await failureOf(none)).toMatchObject({ code: "DERIVED_DATASET_EMPTY", path: ["where"] });
    const times = (left: object, right: object) => ({ arithmetic: { operator: "MULTIPLY", left, right } });
    const large = times(column("n"), integer(2 ** 52));
    expect(await failureOf(derive(out(large), table))).toMatchObject({
      code: "DERIVED_INTEGER_OUT_OF_RANGE",
      path: ["columns", "0"],
    });
    const huge = times(large, integer(2 ** 52));
    expect(await failureOf(derive(out(huge), table))).toMatchObject({ code: "DERIVED_INTEGER_OUT_OF_RANGE" });
  });
});
