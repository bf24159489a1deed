// Decompositions against scikit-learn's recorded answers; their merges, random directions and refusals.
import { readFileSync } from "node:fs";
import type { FittedPipeline, PreprocessStep } from "@millrace/core";
import {
  gaussianRandomProjection,
  incrementalPCA,
  pca,
  sparseRandomProjection,
  truncatedSVD,
} from "@millrace/core/tables";
import { describe, expect, test } from "vitest";
import { johnsonLindenstrauss } from "../../../core/preprocess/random-projection.ts";
import { expectMatrix, fitShards, fitSteps, type Matrix, rowsOf, tableOf, wasm } from "./recorded-steps.ts";

const recorded: {
  readonly tables: Readonly<Record<string, Matrix>>;
  readonly cases: readonly {
    readonly table: string;
    readonly steps: readonly PreprocessStep[];
    readonly features: Matrix;
    readonly explainedVariance: readonly number[];
    readonly explainedVarianceRatio: readonly number[];
    readonly singularValues: readonly number[];
  }[];
  readonly lindenstrauss: readonly (readonly [number, number, number])[];
} = JSON.parse(readFileSync(new URL("../../fixtures/sklearn-steps/decomposition.json", import.meta.url)).toString());

const table = (name: string) => tableOf(recorded.tables[name] ?? []);
const foundBy = ({ groups }: FittedPipeline): Readonly<Record<string, readonly number[]>> => {
  const [group] = groups;
  const last = group?.kind === "numeric" ? group.operations.at(-1) : undefined;
  return (last?.kind === "graph" && last.found) || {};
};

describe("against scikit-learn", () => {
  const cases = recorded.cases.map((own) => ({ ...own, name: JSON.stringify(own.steps.at(-1)) }));
  test.each(cases)("$name on $table", async ({ table: name, steps, features, ...wanted }) => {
    const own = table(name);
    const pipeline = await fitSteps(steps, own);
    // A float32 product has the digits of the longest rows, and their length is the first component's.
    const longest = Math.max(1, ...features.flatMap((row) => row.map((value) => Math.abs(value ?? 0))));
    for (const device of [undefined, wasm]) expectMatrix(await rowsOf(pipeline, own, device), features, 1e-6, longest);
    const found = foundBy(pipeline);
    for (const what of ["explainedVariance", "explainedVarianceRatio", "singularValues"] as const) {
      expect(found[what]?.length).toBe(wanted[what].length);
      const most = Math.max(...wanted[what]);
      // Random directions go through float32.
      wanted[what].forEach((value, i) => {
        expect(Math.abs((found[what]?.[i] ?? Number.NaN) - value)).toBeLessThan(1e-6 * most);
      });
    }
  });

  test("names features as scikit-learn does", async () => {
    expect((await fitSteps([pca({ nComponents: 2 })], table("iris"))).featureNames).toEqual(["pca0", "pca1"]);
  });
});

describe("fits over shards", () => {
  test.each([
    ["PCA", [pca({ nComponents: 3 })], "wine"],
    ["PCA of fewer rows than columns", [pca({ nComponents: 3 })], "wide"],
    ["truncated SVD", [truncatedSVD({ nComponents: 3 })], "tall"],
    ["randomised PCA", [pca({ nComponents: 3, svdSolver: "randomized" })], "tall"],
    // Its components are all there is, so nothing is lost between batches.
    ["incremental PCA", [incrementalPCA({ batchSize: 9 })], "iris"],
  ] as const)("%s are the fit at once", async (_, steps, name) => {
    const own = table(name);
    const whole = await rowsOf(await fitSteps(steps, own), own);
    expectMatrix(await rowsOf(await fitShards(steps, own, 11), own), whole, 2e-6);
  });
});

describe("random projections", () => {
  test.each(recorded.lindenstrauss)("%d rows within %d take %d components", (rows, eps, components) => {
    expect(johnsonLindenstrauss(rows, eps)).toBe(components);
  });

  const own = tableOf(
    Array.from({ length: 40 }, (_, row) =>
      Array.from({ length: 400 }, (_, k) => Math.sin(row * 401 + k * k + 0.7 * row * k)),
    ),
  );
  test.each([
    ["Gaussian", gaussianRandomProjection({ nComponents: 300, seed: 3 })],
    ["sparse", sparseRandomProjection({ nComponents: 300, seed: 3 })],
  ] as const)("%s keep lengths within a few deviations, and the same ones for a seed", async (_, step) => {
    const pipeline = await fitSteps([step], own);
    const rows = await rowsOf(pipeline, own);
    const squares = rows.map((row) => row.reduce((sum, value) => sum + value * value, 0));
    // Squared lengths are about 200; their share that is kept deviates by sqrt(2 / 300) = 0.08.
    for (const square of squares) expect(Math.abs(square / 200 - 1)).toBeLessThan(0.35);
    expect(Math.abs(squares.reduce((sum, square) => sum + square, 0) / 40 / 200 - 1)).toBeLessThan(0.06);
    expect(await rowsOf(await fitSteps([step], own), own)).toEqual(rows);
    const other = await rowsOf(await fitSteps([{ ...step, seed: 4 }], own), own);
    expect(other).not.toEqual(rows);
  });

  test("sparse ones have the density that was asked for", async () => {
    const pipeline = await fitSteps([sparseRandomProjection({ nComponents: 50, density: 0.2 })], own);
    const [group] = pipeline.groups;
    const last = group?.kind === "numeric" ? group.operations.at(-1) : undefined;
    const weights = last?.kind === "graph" ? (last.parameters.weights?.data ?? []) : [];
    const share = weights.filter((weight) => weight !== 0).length / weights.length;
    expect(weights.length).toBe(50 * 400);
    expect(Math.abs(share - 0.2)).toBeLessThan(0.01);
    expect(new Set(weights.map(Math.abs))).toEqual(new Set([0, Math.sqrt(5 / 50)]));
  });
});

describe("refusals", () => {
  test.each<[string, PreprocessStep, RegExp]>([
    ["more components than columns", pca({ nComponents: 5 }), /at most 4 components.*nComponents is 5/],
    ["half a component and more", pca({ nComponents: 1.5 }), /nComponents/],
    ["a share from random directions", pca({ nComponents: 0.9, svdSolver: "randomized" }), /randomized.*whole/],
    ["another solver", pca({ svdSolver: "arpack" as "full" }), /svdSolver/],
    ["no component", truncatedSVD({ nComponents: 0 }), /nComponents/],
    ["batches of fewer rows than components", incrementalPCA({ nComponents: 3, batchSize: 2 }), /batchSize/],
    ["columns too few for the lemma", gaussianRandomProjection(), /take 3353 components, but there are 4/],
    ["a density above 1", sparseRandomProjection({ density: 2 }), /density/],
  ])("%s", async (_, step, message) => {
    await expect(fitSteps([step], table("iris"))).rejects.toThrow(message);
  });

  test("gaps", async () => {
    await expect(
      fitSteps(
        [pca()],
        tableOf([
          [1, 2],
          [null, 3],
          [2, 5],
        ]),
      ),
    ).rejects.toThrow(/takes no missing values/);
  });
});
