// Steps over numbers against scikit-learn's recorded answers, on real and on generated columns with gaps, outliers, ties
// and a constant; their chains, merges and refusals.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  type FittedPipeline,
  type Frame,
  finishFit,
  fitColumnPipeline,
  mergeFits,
  nextPass,
  type OutlierClipper,
  oneHotEncoder,
  type PipelineFit,
  type PreprocessStep,
  partialFit,
  simpleImputer,
  sliceRows,
  standardScaler,
  startFit,
} from "@millrace/core";
import {
  kBinsDiscretizer,
  minMaxScaler,
  outlierClipper,
  polynomialFeatures,
  powerTransformer,
  robustScaler,
  transformFrame,
  varianceThreshold,
} from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import { everyRow, expectMatrix, group, type Matrix, reference, rowsOf, tableOf, wasm } from "./recorded-steps.ts";

interface Case {
  readonly name: string;
  readonly table: string;
  readonly steps: readonly PreprocessStep[];
  readonly labels?: string;
  readonly tolerance?: number;
  readonly features: Matrix;
}
const fixture = (name: string) => readFileSync(new URL(`../../fixtures/sklearn-numeric/${name}`, import.meta.url));
const recorded: {
  readonly tables: Readonly<Record<string, Matrix>>;
  readonly labels: Readonly<Record<string, readonly number[]>>;
  readonly cases: readonly Case[];
} = JSON.parse(fixture("steps.json").toString());

const table = (name: string): Frame => tableOf(recorded.tables[name] ?? []);

describe("against scikit-learn", () => {
  test("the recorded files have their manifest's hashes", () => {
    const manifest = JSON.parse(fixture("manifest.json").toString());
    const hashes = { [manifest.script]: manifest.scriptSha256, ...manifest.sha256 };
    for (const [name, hash] of Object.entries(hashes))
      expect(createHash("sha256").update(fixture(name)).digest("hex")).toBe(hash);
  });

  test.each(recorded.cases)("$name on $table", async ({ steps, table: name, labels, features, tolerance }) => {
    const own = table(name);
    const codes = labels === undefined ? undefined : recorded.labels[labels];
    const given = codes && { codes: Int32Array.from(codes), target: Float64Array.from(codes) };
    const pipeline = await fitColumnPipeline(everyRow(own), [group(steps, own)], { device: reference, ...given });
    expectMatrix(await rowsOf(pipeline, own), features, tolerance);
    expectMatrix(await rowsOf(pipeline, own, wasm), features, tolerance);
    expect(pipeline.featureNames.length).toBe(features[0]?.length);
  });
});

describe("passes", () => {
  const steps = [robustScaler(), simpleImputer({ strategy: "median" }), minMaxScaler(), standardScaler()];

  test("a chain fitted over shards, pass by pass, is the chain fitted at once", async () => {
    const own = table("generated");
    const groups = [group(steps, own)];
    const shards = [sliceRows(own, 0, 11), sliceRows(own, 11, own.rowCount)];
    let fit: PipelineFit | undefined = startFit(groups);
    let passes = 0;
    for (let next: PipelineFit | undefined = fit; next; passes++) {
      const [left, right] = await Promise.all(
        shards.map((shard) => partialFit(next as PipelineFit, everyRow(shard), { device: reference })),
      );
      if (!left || !right) throw new Error("no shard");
      fit = await mergeFits(left, right);
      next = await nextPass(fit);
    }
    expect(passes).toBe(4);
    const whole = await fitColumnPipeline(everyRow(own), groups, { device: reference });
    expectMatrix(await rowsOf(await finishFit(fit), own), await rowsOf(whole, own));
  });

  test("a fit that lacks a pass says what to call", async () => {
    const own = table("generated");
    const fit = await partialFit(startFit([group(steps, own)]), everyRow(own), { device: reference });
    await expect(finishFit(fit)).rejects.toThrow(/one more pass.*nextPass/);
  });

  test("numbers far from 0 keep their digits", async () => {
    const near = [0, 1, 2, 5, 9];
    const far = tableOf(near.map((value) => [1.7e9 + value]));
    const pipeline = await fitColumnPipeline(everyRow(far), [group([simpleImputer(), minMaxScaler()], far, false)]);
    expectMatrix(
      await rowsOf(pipeline, far),
      near.map((value) => [value / 9]),
    );
  });
});

describe("missing values", () => {
  test("are NaN among the features where allowed, with and without steps, and refused elsewhere", async () => {
    const own = tableOf([[1], [null], [3]]);
    for (const steps of [[], [minMaxScaler()]]) {
      const pipeline = await fitColumnPipeline(everyRow(own), [group(steps, own)]);
      expect((await rowsOf(pipeline, own)).map(([value]) => Number.isNaN(value))).toEqual([false, true, false]);
      const strict = await fitColumnPipeline(everyRow(own), [group(steps, own, false)]);
      expect(() => transformFrame(strict, own)).toThrow(/x0.*row 1.*missing/);
    }
  });
});

describe("outliers", () => {
  // Quartiles 2 and 4: Tukey's fences are at -1 and 7. Median 3, median deviation 1: 3.5 of them / 0.6745 is 5.189.
  // Mean 21.8, deviation 38.613: half of it is 19.3065.
  const own = tableOf([[1], [2], [3], [4], [99]]);
  const judged = async (options: Partial<OutlierClipper>, rows = own) =>
    rowsOf(await fitColumnPipeline(everyRow(own), [group([outlierClipper(options)], own)]), rows);

  test.each<[Partial<OutlierClipper>, number[]]>([
    [{}, [1, 2, 3, 4, 7]],
    [{ method: "robustZ" }, [1, 2, 3, 4, 3 + 3.5 / 0.6744897501960817]],
    [{ method: "zScore", threshold: 0.5 }, [2.4935, 2.4935, 3, 4, 41.1065]],
  ])("are held at the fence: %j", async (options, wanted) => {
    const got = await judged(options);
    for (const [i, value] of wanted.entries()) expect(got[i]?.[0]).toBeCloseTo(value, 3);
  });

  test("are flagged beside their values, and a gap is none", async () => {
    const got = await judged({ action: "flag" }, tableOf([[3], [99], [null]]));
    expect(got).toEqual([
      [3, 0],
      [99, 1],
      [Number.NaN, 0],
    ]);
  });
});

describe("a bundle's pipeline", () => {
  test("gives the same features after it went through JSON", async () => {
    const own = table("generated");
    const pipeline = await fitColumnPipeline(everyRow(own), [group([powerTransformer(), simpleImputer()], own)]);
    const read: FittedPipeline = JSON.parse(JSON.stringify(pipeline));
    expect(await rowsOf(read, own)).toEqual(await rowsOf(pipeline, own));
  });
});

describe("refusals", () => {
  const own = tableOf([[1], [2], [4]]);
  const learn = (steps: readonly PreprocessStep[], rows = own) =>
    fitColumnPipeline(everyRow(rows), [group(steps, rows)]);
  const empty = tableOf([[null], [null]]);

  test.each<[string, readonly PreprocessStep[], RegExp, Frame?]>([
    ["a range that does not rise", [minMaxScaler({ featureRange: [1, 1] })], /featureRange/],
    ["percentages past 100", [robustScaler({ quantileRange: [25, 110] })], /quantileRange/],
    ["a column without a value", [minMaxScaler()], /x0.*no training row has a value/, empty],
    [
      "Box and Cox of what is not above 0",
      [powerTransformer({ method: "boxCox" })],
      /x0.*not above 0/,
      tableOf([[1], [0]]),
    ],
    [
      "gaps where a step takes none",
      [polynomialFeatures()],
      /x0.*takes no missing values.*imputer/,
      tableOf([[1], [null]]),
    ],
    ["columns that all stand still", [varianceThreshold()], /variance above 0/, tableOf([[2], [2]])],
    ["a bin alone", [kBinsDiscretizer({ nBins: 1 })], /nBins/],
    ["a threshold below 0", [outlierClipper({ threshold: -1 })], /threshold/],
    ["a step after an encoder", [oneHotEncoder(), minMaxScaler()], /encoded/],
    ["an infinite value", [minMaxScaler()], /infinite/, tableOf([[1], [Infinity]])],
  ])("%s", async (_, steps, message, rows) => {
    await expect(learn(steps, rows)).rejects.toThrow(message);
  });
});
