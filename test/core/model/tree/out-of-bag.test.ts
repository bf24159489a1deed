// Out-of-bag scores against scikit-learn's; see test/fixtures/out-of-bag/record.py.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Device, openDevice } from "@millrace/core";
import {
  extraTreesClassifier,
  extraTreesRegressor,
  fitEstimator,
  matrixOf,
  randomForestClassifier,
  randomForestRegressor,
} from "@millrace/core/tables";
import { afterAll, beforeAll, expect, test } from "vitest";
import { labelsOf, rowsOf, treeTable } from "./forest-fixture.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("wasm", { deterministic: true, threads: 1 });
});
afterAll(() => device[Symbol.dispose]?.());

const folder = new URL("../../../fixtures/out-of-bag/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), "utf8");
type Recorded = Record<"RandomForest" | "ExtraTrees", { readonly mean: number; readonly deviation: number }>;
const scores: Record<string, Recorded> = JSON.parse(read("scores.json"));

test("the recorded scores are those of the script in the manifest", () => {
  const manifest = JSON.parse(read("manifest.json"));
  const hash = (name: string): string => createHash("sha256").update(read(name)).digest("hex");
  expect(hash("scores.json")).toBe(manifest.sha256["scores.json"]);
  expect(hash("record.py")).toBe(manifest.scriptSha256);
  expect(Object.keys(scores)).toHaveLength(5);
});

const seeds = 3;

test.each(["iris", "wine", "diabetes", "rare-classes", "ties"] as const)("of %s", async (name) => {
  const table = treeTable(name);
  const isClassification = table.task === "classification";
  const rows = [...table.folds.keys()];
  const data = { x: rowsOf(table, rows), ...labelsOf(table, rows) };
  for (const kind of ["RandomForest", "ExtraTrees"] as const) {
    const makes = {
      RandomForest: isClassification ? randomForestClassifier : randomForestRegressor,
      ExtraTrees: isClassification ? extraTreesClassifier : extraTreesRegressor,
    };
    let sum = 0;
    for (let seed = 0; seed < seeds; seed++) {
      using model = await fitEstimator(makes[kind]({ oobScore: true, bootstrap: true }), data, { seed, device });
      const { oobScore, oobRows } = Object(model.state);
      // A tree leaves out a row by chance 1/e: that all of 100 trees draw one is 1e-20.
      expect(oobRows).toBe(rows.length);
      sum += oobScore;
    }
    const { mean = Number.NaN, deviation = Number.NaN } = scores[name]?.[kind] ?? {};
    // 0.005 between the means, and three deviations of a mean over so few seeds.
    expect(Math.abs(sum / seeds - mean)).toBeLessThan(0.005 + 3 * deviation * Math.sqrt(1 / seeds + 1 / 10));
  }
});

test("one tree speaks only of rows that it did not draw, and without drawing there are none", async () => {
  const x = matrixOf(Array.from({ length: 400 }, (_, i) => [i]));
  const codes = Int32Array.from({ length: 400 }, (_, i) => i % 2);
  const data = { x, codes, classCount: 2 };
  using model = await fitEstimator(randomForestClassifier({ oobScore: true, nEstimators: 1 }), data, {
    device,
    seed: 4,
  });
  const { oobScore, oobRows } = Object(model.state);
  // (1 - 1/400)^400 of the rows are left out, 147 with a deviation of 6; neighbours are of the other class.
  expect(Math.abs(oobRows - 147)).toBeLessThan(30);
  expect(oobScore).toBeLessThan(0.5);
  await expect(fitEstimator(extraTreesClassifier({ oobScore: true }), data, { device })).rejects.toThrow(
    "oobScore is false without bootstrap",
  );
});
