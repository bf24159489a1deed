// Bundles with encoders of every form: what is predicted before saving is predicted after loading, on WASM and the reference.
import {
  columnFrom,
  type FitOptions,
  fitPipeline,
  frame,
  frameSource,
  holdOut,
  loadBundle,
  logisticRegression,
  oneHotEncoder,
  openDevice,
  saveBundle,
  simpleImputer,
  standardScaler,
} from "@millrace/core";
import {
  dateFeatures,
  frequencyEncoder,
  hashingEncoder,
  ordinalEncoder,
  pca,
  textHashing,
} from "@millrace/core/tables";
import { expect, test } from "vitest";

const device = await openDevice("wasm", { deterministic: true });
const reference = await openDevice("reference");

// Two kinds of delivery that each column alone tells well: late ones are in rare cities, at night, in angry words.
const rowCount = 240;
const rows = Array.from({ length: rowCount }, (_, row) => {
  const late = row % 3 === 0;
  const city = late ? `hamlet ${row % 60}` : ["Oslo", "Bergen"][row % 2];
  return {
    city: row % 29 === 0 ? null : city,
    carrier: late ? "slow" : "fast",
    route: `route ${row % 7}`,
    depot: late ? "east" : row % 31 === 1 ? null : "west",
    sent: row % 37 === 5 ? null : new Date(Date.UTC(2024, row % 12, 1 + (row % 28), late ? 4 : 17, row % 60)),
    note: late ? "nobody came, again; angry" : "came on time, thank you",
    outcome: late ? "late" : "on time",
  };
});
type Field = keyof (typeof rows)[number];
const fields: readonly Field[] = ["city", "carrier", "route", "depot", "sent", "note", "outcome"];
const table = frame(
  new Map(
    fields.map((name) => [
      name,
      columnFrom(
        name,
        rows.map((row) => row[name] ?? null),
      ),
    ]),
  ),
);
const options: FitOptions = {
  source: frameSource(table),
  features: [
    { columns: ["city"], steps: [oneHotEncoder({ minFrequency: 10, handleUnknown: "infrequent", drop: "first" })] },
    { columns: ["carrier"], steps: [ordinalEncoder({ handleUnknown: "useEncodedValue", unknownValue: -1 })] },
    { columns: ["route"], steps: [hashingEncoder({ nFeatures: 8 })] },
    { columns: ["depot"], steps: [frequencyEncoder(), standardScaler()] },
    {
      columns: ["sent"],
      steps: [
        dateFeatures({
          timeZone: "Europe/Oslo",
          features: ["hour", "month", "isWeekend", "elapsedDays"],
          cyclic: true,
        }),
        simpleImputer(),
        standardScaler(),
        pca({ nComponents: 4 }),
      ],
    },
    { columns: ["note"], steps: [textHashing({ nFeatures: 32, ngramRange: [1, 2] })] },
  ],
  label: { column: "outcome" },
  estimator: logisticRegression(),
  split: holdOut({ fraction: 0.25, stratify: true, seed: 1 }),
  metrics: ["accuracy"],
  seed: 1,
  device,
};
const asked = [
  { city: "nowhere", carrier: "slow", route: "route 99", depot: "east", sent: null, note: "angry: nobody came" },
  {
    city: "Oslo",
    carrier: "none of these",
    route: "route 1",
    depot: null,
    sent: new Date("2024-05-02T15:00:00Z"),
    note: "thank you",
  },
  { city: null, carrier: "fast", route: null, depot: "north", sent: new Date("2030-10-27T01:30:00Z"), note: null },
];

test("a bundle with every encoder predicts the same after it was saved and loaded", async () => {
  const { bundle } = await fitPipeline(options);
  using before = bundle;
  const bytes = saveBundle(before);
  using after = loadBundle(bytes);
  expect(saveBundle(after)).toEqual(bytes);
  expect(after.pipeline).toEqual(before.pipeline);
  const own = await before.predict(asked, { device });
  const loaded = await after.predict(asked, { device });
  expect(loaded.probabilities).toEqual(own.probabilities);
  expect(own.classes[own.labels[0] ?? -1]).toBe("late");
  expect(own.classes[own.labels[1] ?? -1]).toBe("on time");
  const plain = await after.predict(asked, { device: reference });
  plain.probabilities.forEach((value, i) => {
    expect(Math.abs(value - (own.probabilities[i] ?? 0))).toBeLessThan(1e-5);
  });
  const all = await after.predict(table, { device });
  const right = rows.filter((row, i) => all.classes[all.labels[i] ?? -1] === row.outcome).length;
  expect(right / rowCount).toBeGreaterThan(0.97);
});

test("a bundle without the later fields loads as what it then was", async () => {
  const numbers = { columns: ["size"], steps: [standardScaler()] };
  const words = { columns: ["carrier"], steps: [oneHotEncoder()] };
  const sized = frame(
    new Map([
      ...table.columns,
      [
        "size",
        columnFrom(
          "size",
          rows.map((_, row) => row),
        ),
      ],
    ]),
  );
  const { bundle } = await fitPipeline({ ...options, source: frameSource(sized), features: [numbers, words] });
  using before = bundle;
  const groups = before.pipeline.groups.map((group) => {
    const { dates, grouping, ...older } = { dates: undefined, grouping: undefined, ...group };
    expect([dates, grouping]).toEqual([undefined, undefined]);
    return older;
  });
  // The older form has no type of its own any more.
  const older = JSON.parse(JSON.stringify({ ...before.pipeline, groups }));
  using after = loadBundle(saveBundle({ ...before, pipeline: older }));
  expect(after.pipeline).toEqual(before.pipeline);
  const row = [{ size: 3, carrier: "slow" }];
  expect(await after.predict(row, { device })).toEqual(await before.predict(row, { device }));
});
