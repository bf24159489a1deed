// QuantileTransformer against scikit-learn's recorded answers, on rows that were fitted on and on others; feature crosses.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { featureCrosses, quantileTransformer } from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import { expectMatrix, fitShards, fitSteps, type Matrix, rowsOf, tableOf, wasm } from "./recorded-steps.ts";

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/sklearn-steps/${name}`, import.meta.url));
const recorded: {
  readonly tables: Readonly<Record<string, Matrix>>;
  readonly others: Readonly<Record<string, Matrix>>;
  readonly cases: readonly {
    readonly table: string;
    readonly nQuantiles: number;
    readonly outputDistribution: "uniform" | "normal";
    readonly features: Matrix;
    readonly others: Matrix;
  }[];
} = JSON.parse(fixture("quantiles.json").toString());

test("the recorded files have their manifest's hashes", () => {
  const { sha256 } = JSON.parse(fixture("manifest.json").toString());
  expect(Object.keys(sha256).length).toBeGreaterThan(2);
  for (const [name, hash] of Object.entries(sha256))
    expect(createHash("sha256").update(fixture(name)).digest("hex")).toBe(hash);
});

describe("QuantileTransformer", () => {
  test.each(recorded.cases)(
    "$outputDistribution of $nQuantiles quantiles on $table",
    async ({ table, nQuantiles, outputDistribution, features, others }) => {
      const own = tableOf(recorded.tables[table] ?? []);
      const more = tableOf(recorded.others[table] ?? []);
      const pipeline = await fitSteps([quantileTransformer({ nQuantiles, outputDistribution })], own);
      for (const device of [undefined, wasm]) {
        expectMatrix(await rowsOf(pipeline, own, device), features);
        expectMatrix(await rowsOf(pipeline, more, device), others);
      }
    },
  );

  test("fitted over shards is the one fitted at once", async () => {
    const own = tableOf(recorded.tables.generated ?? []);
    const steps = [quantileTransformer({ nQuantiles: 9 })];
    expect(await rowsOf(await fitShards(steps, own, 23), own)).toEqual(await rowsOf(await fitSteps(steps, own), own));
  });

  test("tells close values apart far from 0", async () => {
    const own = tableOf([0, 1, 2, 5, 9].map((value) => [1.7e9 + value]));
    const pipeline = await fitSteps([quantileTransformer()], own);
    expect(await rowsOf(pipeline, own)).toEqual([[0], [0.25], [0.5], [0.75], [1]]);
  });

  test.each([
    [{ nQuantiles: 1 }, /nQuantiles/],
    [{ outputDistribution: "even" as "uniform" }, /outputDistribution/],
  ])("refuses %j", async (options, message) => {
    await expect(fitSteps([quantileTransformer(options)], tableOf([[1], [2]]))).rejects.toThrow(message);
  });
});

describe("FeatureCrosses", () => {
  const own = tableOf([
    [2, 3, 5],
    [7, 11, 13],
  ]);

  test("puts products of the named columns behind them, or in their place", async () => {
    const crosses = [
      ["x0", "x2"],
      ["x0", "x1", "x2"],
    ];
    const beside = await fitSteps([featureCrosses(crosses)], own);
    expect(beside.featureNames).toEqual(["x0", "x1", "x2", "x0 x2", "x0 x1 x2"]);
    expect(await rowsOf(beside, own)).toEqual([
      [2, 3, 5, 10, 30],
      [7, 11, 13, 91, 1001],
    ]);
    const alone = await fitSteps([featureCrosses(crosses, { keepColumns: false })], own);
    expect(await rowsOf(alone, own)).toEqual([
      [10, 30],
      [91, 1001],
    ]);
  });

  test.each([
    ["a name that is not there", [["x0", "y"]], /"y".*x0, x1, x2/],
    ["a cross of one column", [["x0"]], /two or more/],
    ["no cross", [], /two or more/],
  ])("refuses %s", async (_, crosses, message) => {
    await expect(fitSteps([featureCrosses(crosses)], own)).rejects.toThrow(message);
  });
});
