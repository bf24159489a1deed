// Flights (the 20,000 of vega-datasets) with their airports as categories: boosting over ordinal and target codes, fitted on
// rows that row steps leave, judged on all held-out ones, and said again by the loaded bundle.
import { readFileSync } from "node:fs";
import {
  type FitOptions,
  fitPipeline,
  frameFromRows,
  frameSource,
  holdOut,
  loadBundle,
  openDevice,
  saveBundle,
  simpleImputer,
} from "@millrace/core";
import {
  dateFeatures,
  gradientBoostingClassifier,
  gradientBoostingRegressor,
  ordinalEncoder,
  ridge,
  targetEncoder,
} from "@millrace/core/tables";
import { describe, expect, test } from "vitest";

interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}
const file = new URL("../../../node_modules/vega-datasets/data/flights-20k.json", import.meta.url);
const flights: readonly Flight[] = JSON.parse(readFileSync(file, "utf8"));
const rows = flights.map(({ date, delay, ...own }) => ({
  ...own,
  at: new Date(`${date.replaceAll("/", "-").replace(" ", "T")}:00Z`),
  late: delay > 15 ? "late" : "on time",
  delay,
}));
const device = await openDevice("wasm", { deterministic: true });
const reference = await openDevice("reference");
const options: FitOptions = {
  source: frameSource(frameFromRows(rows)),
  features: [
    { columns: ["origin"], steps: [ordinalEncoder({ handleUnknown: "useEncodedValue" })] },
    { columns: ["destination"], steps: [targetEncoder({ seed: 3 })] },
    { columns: ["at"], steps: [dateFeatures({ features: ["hour", "dayOfWeek", "month"] })] },
    { columns: ["distance"], steps: [] },
  ],
  label: { column: "late", positiveClass: "late" },
  estimator: gradientBoostingClassifier({ nEstimators: 15 }),
  split: holdOut({ fraction: 0.25, seed: 1 }),
  metrics: ["rocAuc", "logLoss"],
  seed: 1,
  device,
};

describe("boosting over encoded flights", () => {
  test("splits by airports as categories, ranks late flights, and says the same from its bundle", async () => {
    const { bundle, metrics, rows: counted } = await fitPipeline(options);
    using before = bundle;
    expect(counted).toEqual({ training: 15_000, heldOut: 5_000 });
    // The tour's network on all three million reaches 0.65; guessing has 0.5.
    expect(metrics.rocAuc).toBeGreaterThan(0.6);
    using after = loadBundle(saveBundle(before));
    const asked = [
      ...rows.slice(0, 60),
      { ...rows[0], origin: null, destination: null },
      { ...rows[1], origin: "XYZ" },
    ];
    const said = await after.predict(asked, { device });
    expect(said).toEqual(await before.predict(asked, { device }));
    const plain = await after.predict(asked, { device: reference });
    plain.probabilities.forEach((value, i) => {
      expect(Math.abs(value - (said.probabilities[i] ?? 0))).toBeLessThan(1e-6);
    });
    // Codes below 0 are no categories: the trees then split by size.
    const asNumbers = await fitPipeline({
      ...options,
      features: [
        { columns: ["origin"], steps: [ordinalEncoder({ handleUnknown: "useEncodedValue", unknownValue: -1 })] },
        ...options.features.slice(1),
      ],
    });
    using numbers = asNumbers.bundle;
    const sets = "estimator.trees.categories";
    expect([before.parameters.has(sets), numbers.parameters.has(sets)]).toEqual([true, false]);
  });

  test("target codes of training rows do not know their own answer", async () => {
    // Every flight its own category: codes that saw their own answer would be the answer.
    const single = rows.slice(0, 4000).map((row, i) => ({ ...row, number: `flight ${i}` }));
    const { metrics } = await fitPipeline({
      ...options,
      source: frameSource(frameFromRows(single)),
      features: [
        { columns: ["number"], steps: [targetEncoder({ smooth: 0 })] },
        { columns: ["distance"], steps: [] },
      ],
    });
    // 0.54; without cross fitting the trees read the code alone, which says nothing of unseen flights: 1.02.
    expect(metrics.logLoss).toBeLessThan(0.6);
  });

  test("row steps leave out training rows alone, and the bundle tells how many", async () => {
    const { bundle, rows: counted } = await fitPipeline({
      ...options,
      label: { column: "delay" },
      metrics: ["meanAbsoluteError"],
      estimator: gradientBoostingRegressor({ nEstimators: 5, loss: "absoluteError" }),
      rowSteps: [
        { kind: "DropDuplicates" },
        { kind: "DropOutliers", columns: ["delay"], method: "zScore" },
        { kind: "ReservoirSample", count: 5000 },
      ],
    });
    using own = bundle;
    expect(counted).toEqual({ training: 5_000, heldOut: 5_000 });
    using loaded = loadBundle(saveBundle(own));
    expect(loaded.split).toEqual(own.split);
    const counts = loaded.split.rowSteps?.map(({ step, before, after }) => [step.kind, before, after]) ?? [];
    const distinct = counts[0]?.[2];
    const inside = counts[1]?.[2];
    expect(counts).toEqual([
      ["DropDuplicates", 15_000, distinct],
      ["DropOutliers", distinct, inside],
      ["ReservoirSample", inside, 5_000],
    ]);
    expect(Number(distinct)).toBeLessThanOrEqual(15_000);
    expect(Number(inside)).toBeLessThan(Number(distinct));
  });

  test("a model that takes no gaps refuses an ordinal code for one by its row", async () => {
    const gapped = frameFromRows(rows.slice(0, 50).map((row, i) => (i === 7 ? { ...row, origin: null } : row)));
    const fitted = (encoder: ReturnType<typeof ordinalEncoder>) =>
      fitPipeline({
        ...options,
        source: frameSource(gapped),
        split: { kind: "NoHoldOut" },
        label: { column: "delay" },
        metrics: ["r2"],
        estimator: ridge(),
        features: [
          { columns: ["origin"], steps: [encoder] },
          { columns: ["distance"], steps: [simpleImputer()] },
        ],
      });
    await expect(fitted(ordinalEncoder())).rejects.toThrow(/column "origin", row 7: is missing.*encodedMissingValue/);
    (await fitted(ordinalEncoder({ encodedMissingValue: -1 }))).bundle.release();
  });
});
